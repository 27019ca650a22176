"""Addresses of the pages. Repos come last: ``/<namespace>/<name>`` would catch everything else."""

from django.urls import URLPattern, path

from models_app.pages import (
    access,
    badges,
    card,
    collection_items,
    collections,
    compare,
    discussions,
    duplicate,
    evaluation,
    feeds,
    files,
    gate,
    history,
    home,
    imports,
    large_files,
    leaderboard,
    licences,
    likes,
    listing,
    new,
    profile,
    pulls,
    queue,
    references,
    repo_settings,
    storage,
    upload,
    webhooks,
)
from models_app.repos.addresses import PREFIXES
from models_app.repos.models import RepoKind

_COLLECTION = "collections/<namespace>/<slug>"


def _discussions(repo: str, kind: RepoKind) -> list[URLPattern]:
    threads, arguments = f"{repo}/discussions", {"kind": kind}
    thread = f"{threads}/<int:number>"
    return [
        path(threads, discussions.list_page, arguments, name=f"{kind}-discussions"),
        path(f"{threads}/new", discussions.new_page, arguments, name=f"{kind}-discussion-new"),
        path(thread, discussions.thread_page, arguments, name=f"{kind}-discussion"),
        path(f"{thread}/files", pulls.files_page, arguments, name=f"{kind}-pull-files"),
        path(f"{thread}/merge", discussions.merge, arguments, name=f"{kind}-pull-merge"),
    ]


def _repo_pages(kind: RepoKind) -> list[URLPattern]:
    """The pages of one repo of `kind`. A revision is one segment, its slashes written as ``%2F``."""
    repo, arguments = f"{PREFIXES[kind]}<namespace>/<name>", {"kind": kind}
    return [
        path(repo, card.card_page, arguments, name=f"{kind}-card"),
        path(f"{repo}/settings", repo_settings.settings_page, arguments, name=f"{kind}-settings"),
        path(f"{repo}/settings/visibility", repo_settings.change_visibility, arguments, name=f"{kind}-visibility"),
        path(f"{repo}/settings/gate", repo_settings.change_gate, arguments, name=f"{kind}-gate"),
        path(f"{repo}/settings/move", repo_settings.move, arguments, name=f"{kind}-move"),
        path(f"{repo}/settings/delete", repo_settings.delete, arguments, name=f"{kind}-delete"),
        path(f"{repo}/settings/access", access.requests_page, arguments, name=f"{kind}-access"),
        path(f"{repo}/settings/access/decide", access.decide_request, arguments, name=f"{kind}-access-decide"),
        path(f"{repo}/settings/access/grant", access.grant, arguments, name=f"{kind}-access-grant"),
        path(f"{repo}/settings/references", references.references_page, arguments, name=f"{kind}-references"),
        path(f"{repo}/settings/references/create", references.create, arguments, name=f"{kind}-reference-create"),
        path(f"{repo}/settings/references/<sort>/<action>", references.change, arguments, name=f"{kind}-reference"),
        path(f"{repo}/settings/large-files", large_files.large_files_page, arguments, name=f"{kind}-large-files"),
        path(f"{repo}/settings/large-files/delete", large_files.delete, arguments, name=f"{kind}-large-files-delete"),
        path(f"{repo}/ask-access", gate.ask, arguments, name=f"{kind}-ask-access"),
        path(f"{repo}/duplicate", duplicate.duplicate_page, arguments, name=f"{kind}-duplicate"),
        path(f"{repo}/tree/<revision>", files.tree_page, arguments, name=f"{kind}-root"),
        path(f"{repo}/tree/<revision>/<file:path>", files.tree_page, arguments, name=f"{kind}-tree"),
        path(f"{repo}/blob/<revision>/<file:path>", files.blob_page, arguments, name=f"{kind}-blob"),
        *_discussions(repo, kind),
        path(f"{repo}/like", likes.change, arguments, name=f"{kind}-like"),
        path(f"{repo}/collect", collection_items.collect_page, arguments, name=f"{kind}-collect"),
        path(f"{repo}/likes", likes.likers_page, arguments, name=f"{kind}-likers"),
        path(f"{repo}/upload/<revision>", upload.upload_page, arguments, name=f"{kind}-upload"),
        path(f"{repo}/upload/<revision>/<file:path>", upload.upload_page, arguments, name=f"{kind}-upload-into"),
        path(f"{repo}/commits/<revision>", history.commits_page, arguments, name=f"{kind}-commits"),
        path(f"{repo}/commit/<revision>", history.commit_page, arguments, name=f"{kind}-commit"),
    ]


urlpatterns = [
    path("", home.home_page, name="home"),
    path("settings/storage", storage.member_page, name="storage-settings"),
    path("settings/organizations/<name>/storage", storage.organization_page, name="organization-storage"),
    path("feeds/models", feeds.models_feed, name="models-feed"),
    path("feeds/models/<name>", feeds.owner_feed, name="owner-feed"),
    path("models", listing.models_page, name="models"),
    path("datasets", listing.datasets_page, name="datasets"),
    path("spaces", listing.spaces_page, name="spaces"),
    path("collections", collections.list_page, name="collections"),
    path("collections/new", collections.new_page, name="new-collection"),
    path("collections/<namespace>", collections.list_page, name="owner-collections"),
    path(_COLLECTION, collections.collection_page, name="collection"),
    path(f"{_COLLECTION}/edit", collections.edit_page, name="edit-collection"),
    path(f"{_COLLECTION}/delete", collections.delete, name="delete-collection"),
    path(f"{_COLLECTION}/upvote", collections.vote, name="upvote-collection"),
    path(f"{_COLLECTION}/items/<item>", collection_items.change_item, name="change-collection-item"),
    path("licences", licences.licences_page, name="licences"),
    path("likes/<name>", profile.likes_page, name="likes"),
    path("new", new.new_page, name="new"),
    path("import", imports.imports_page, name="imports"),
    path("import/<int:job_id>", imports.import_page, name="import"),
    path("import/<int:job_id>/live", imports.live, name="import-live"),
    path("import/<int:job_id>/cancel", imports.cancel, name="cancel-import"),
    path("import/<int:job_id>/retry", imports.retry, name="retry-import"),
    path("settings/webhooks", webhooks.webhooks_page, name="webhooks"),
    path("settings/webhooks/new", webhooks.new_page, name="new-webhook"),
    path("settings/webhooks/<int:webhook_id>", webhooks.webhook_page, name="webhook"),
    path("settings/webhooks/<int:webhook_id>/enable", webhooks.switch, {"enabled": True}, name="enable-webhook"),
    path("settings/webhooks/<int:webhook_id>/disable", webhooks.switch, {"enabled": False}, name="disable-webhook"),
    path("settings/webhooks/<int:webhook_id>/delete", webhooks.delete, name="delete-webhook"),
    path("settings/webhooks/<int:webhook_id>/<uuid:delivery_id>", webhooks.delivery_page, name="webhook-delivery"),
    path("settings/webhooks/<int:webhook_id>/<uuid:delivery_id>/replay", webhooks.replay, name="webhook-replay"),
    path("leaderboard", leaderboard.leaderboard_page, name="leaderboard"),
    path("compare", compare.compare_page, name="compare"),
    path("queue", queue.queue_page, name="queue"),
    path("queue/donate", queue.donate_page, name="donate-worker"),
    path("queue/operate", queue.operate_page, name="queue-operate"),
    path("queue/operate/pause", queue.pause, name="queue-pause"),
    path("queue/operate/workers/<int:worker_id>", queue.change_worker, name="queue-worker"),
    path("queue/operate/runs/<int:run_id>/priority", queue.change_priority, name="queue-priority"),
    path("evaluation/runs/<int:run_id>/<action>", evaluation.change, name="evaluation-change"),
    *_repo_pages(RepoKind.DATASET),
    *_repo_pages(RepoKind.SPACE),
    path("<namespace>/<name>/badge.svg", badges.badge, name="badge"),
    path("<namespace>/<name>/evaluation", evaluation.evaluation_page, name="evaluation"),
    path("<namespace>/<name>/evaluation/live", evaluation.live, name="evaluation-live"),
    path("<namespace>/<name>/evaluation/begin", evaluation.begin, name="evaluation-begin"),
    *_repo_pages(RepoKind.MODEL),
    path("<namespace>", profile.profile_page, name="profile"),
]
