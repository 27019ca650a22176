"""Addresses of the Hub API. Below a repo, everything unknown asks for the repo first."""

from django.urls import path

from models_app.hfapi import (
    access,
    account,
    attachments,
    collections,
    commit,
    discussions,
    eval_results,
    files,
    git_http,
    lfs,
    lifecycle,
    likes,
    listing,
    people,
    reports,
    repos,
    rewriting,
    storage,
    trees,
    webhooks,
    weights,
    xet,
)
from models_app.hfapi.http import UnknownRepoRouteView, UnknownRouteView
from models_app.repos.addresses import PREFIXES

_COLLECTION = "api/collections/<str:namespace>/<str:slug>"
_REPO = "api/<kind:kind>/<str:namespace>/<str:name>"
_FILE = "<str:namespace>/<str:name>/{way}/<str:revision>/<file:path>"

urlpatterns = [
    path(
        "api/evaluation/records/<str:sha256>/eval_results.yaml",
        eval_results.EvalResultsFileView.as_view(),
        name="eval-results-file",
    ),
    path("api/whoami-v2", account.WhoAmI.as_view()),
    path("api/users/<str:name>/overview", people.UserOverview.as_view()),
    path("api/users/<str:name>/followers", people.Followers.as_view()),
    path("api/users/<str:name>/following", people.Following.as_view()),
    path("api/users/<str:name>/likes", likes.UserLikes.as_view()),
    path("api/organizations/<str:name>/overview", people.OrganizationOverview.as_view()),
    path("api/organizations/<str:name>/followers", people.Followers.as_view(organizations=True)),
    path("api/organizations/<str:name>/members", people.Members.as_view()),
    path("api/users/<str:name>/follow", people.FollowView.as_view()),
    path("api/organizations/<str:name>/follow", people.FollowView.as_view(organizations=True)),
    path("api/agent-harnesses", account.AgentHarnesses.as_view()),
    path("api/telemetry/<file:topic>", account.Telemetry.as_view()),
    path("api/validate-yaml", account.ValidateYaml.as_view()),
    path("api/repos/create", lifecycle.CreateRepo.as_view()),
    path("api/repos/delete", lifecycle.DeleteRepo.as_view()),
    path("api/repos/move", lifecycle.MoveRepo.as_view()),
    path("api/settings/repositories", storage.OwnRepositories.as_view()),
    path("api/organizations/<str:name>/settings/repositories", storage.OrganizationRepositories.as_view()),
    path("api/settings/webhooks", webhooks.Webhooks.as_view()),
    path("api/settings/webhooks/<str:webhook_id>", webhooks.OneWebhook.as_view()),
    path("api/settings/webhooks/<str:webhook_id>/enable", webhooks.Switch.as_view(enabled=True)),
    path("api/settings/webhooks/<str:webhook_id>/disable", webhooks.Switch.as_view(enabled=False)),
    path("uploads", attachments.Attach.as_view()),
    path("uploads/<uuid:attachment>.<slug:ending>", attachments.AttachmentView.as_view()),
    path("api/collections", collections.Collections.as_view()),
    path(_COLLECTION, collections.OneCollection.as_view()),
    path(f"{_COLLECTION}/items", collections.Items.as_view()),
    path(f"{_COLLECTION}/items/<str:item>", collections.OneItem.as_view()),
    path("api/<kind:kind>-tags-by-type", listing.TagsByType.as_view()),
    path("api/<kind:kind>", listing.RepoList.as_view()),
    *lfs.routes,
    *git_http.routes,
    *xet.routes,
    *discussions.routes,
    path(_REPO, repos.RepoInfo.as_view()),
    path(f"{_REPO}/revision/<str:revision>", repos.RepoInfo.as_view()),
    path(f"{_REPO}/duplicate", lifecycle.DuplicateRepo.as_view()),
    path(f"{_REPO}/super-squash/<str:revision>", rewriting.SuperSquash.as_view()),
    path(f"{_REPO}/lfs-files", rewriting.LfsFiles.as_view()),
    path(f"{_REPO}/lfs-files/batch", rewriting.DeleteLfsFiles.as_view()),
    path(f"{_REPO}/lfs-files/duplicate", rewriting.DuplicateLfsFiles.as_view()),
    path(f"{_REPO}/settings", lifecycle.Settings.as_view()),
    path(f"{_REPO}/like", likes.LikeView.as_view()),
    path(f"{_REPO}/report", reports.Report.as_view()),
    path(f"{_REPO}/likers", likes.Likers.as_view()),
    path(f"{_REPO}/auth-check", access.AuthCheck.as_view()),
    path(f"{_REPO}/auth-check/write", access.AuthCheck.as_view(write=True)),
    path(f"{_REPO}/user-access-request/handle", access.HandleAccessRequest.as_view()),
    path(f"{_REPO}/user-access-request/grant", access.GrantAccess.as_view()),
    path(f"{_REPO}/user-access-request/<str:status>", access.AccessRequests.as_view()),
    path(f"{_REPO}/tree/<str:revision>", trees.Tree.as_view()),
    path(f"{_REPO}/tree/<str:revision>/<file:path>", trees.Tree.as_view(schema=None)),  # documented once
    path(f"{_REPO}/paths-info/<str:revision>", trees.PathsInfo.as_view()),
    path(f"{_REPO}/commits/<str:revision>", trees.Commits.as_view()),
    path(f"{_REPO}/safetensors-metadata/<file:path>", weights.SafetensorsMetadata.as_view()),
    path(f"{_REPO}/refs", trees.Refs.as_view()),
    path(f"{_REPO}/branch/<str:revision>", trees.Branch.as_view()),
    path(f"{_REPO}/tag/<str:revision>", trees.Tag.as_view()),
    path(f"{_REPO}/preupload/<str:revision>", commit.Preupload.as_view()),
    path(f"{_REPO}/commit/<str:revision>", commit.CommitView.as_view()),
    path(f"{_REPO}/<file:rest>", UnknownRepoRouteView.as_view()),
    *(
        path(f"{prefix}{_FILE.format(way=way)}", view.as_view(), {"kind": kind.value})
        # Without a prefix it is a model, so that comes last.
        for kind, prefix in reversed(PREFIXES.items())
        for way, view in (("resolve", files.Resolve), ("raw", files.Raw))
    ),
    path("<str:name>/resolve/<common_revision:revision>/<file:path>", files.LegacyResolve.as_view()),
    path("api/<kind:kind>/<str:name>", files.LegacyResolve.as_view()),
    path("api/", UnknownRouteView.as_view()),
    path("api/<file:rest>", UnknownRouteView.as_view()),
]
