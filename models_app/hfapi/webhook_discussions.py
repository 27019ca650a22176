"""What webhooks are told of discussions and pull requests, in the words of the Hub."""

from community.discussions.hooks import Happening
from community.discussions.models import Event, EventKind, Thread, ThreadStatus
from community.members.models import User
from community.webhooks import events
from hub.core.paths import public_url
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.hfapi.representations import JSONObject, object_id, repo_url
from models_app.hfapi.webhook_events import followed, repo_payload, subject_of
from models_app.pulls.models import PullRequest
from models_app.repos.models import Repo
from models_app.repos.subject import KIND

_MAX_COMMENT = 10_000  # characters that travel with an event


def tell_of_thread(happening: Happening) -> None:
    """A handler of `community.discussions.hooks`."""
    thread, event = happening.thread, happening.event
    if thread.board.kind != KIND:
        return
    repo = Repo.objects.select_related("namespace").get(pk=thread.board.key)
    commented = event is not None and event.kind == EventKind.COMMENT
    payload: JSONObject = {
        "event": _event(happening, commented=commented),
        "repo": repo_payload(repo),
        "discussion": _discussion(thread, repo),
    }
    if event is not None and commented:
        payload["comment"] = _comment(event, payload["discussion"]["url"]["web"])
    events.emit(
        events.Event(
            domain="discussion",
            subject=subject_of(repo),
            followed=followed(repo.kind, {repo.full_id}),
            payload=payload,
        )
    )


def _event(happening: Happening, *, commented: bool) -> JSONObject:
    if happening.action == "opened":
        return {"action": "create", "scope": "discussion"}
    if commented:
        return {"action": "create" if happening.action == "added" else "update", "scope": "discussion.comment"}
    return {"action": "update", "scope": "discussion"}


def _discussion(thread: Thread, repo: Repo) -> JSONObject:
    pull = PullRequest.objects.filter(thread=thread).first()
    web = f"{repo_url(repo.kind, repo.full_id)}/discussions/{thread.number}"
    answer: JSONObject = {
        "id": object_id(thread.pk),
        "num": thread.number,
        "title": thread.title,
        "status": thread.status,
        # The thread of a pull request is told of before there is a pull request; only such threads are drafts.
        "isPullRequest": pull is not None or thread.status == ThreadStatus.DRAFT,
        "author": _author(thread.author),
        "url": {"web": web, "api": public_url(f"/api/{repo.kind}s/{repo.full_id}/discussions/{thread.number}")},
    }
    if pull is not None:
        answer["changes"] = {"base": f"refs/heads/{DEFAULT_BRANCH}", "mergeCommitId": pull.merge_sha or None}
    return answer


def _comment(event: Event, thread_url: str) -> JSONObject:
    version = next(reversed(event.versions_of()), None)
    return {
        "id": object_id(event.pk),
        "author": _author(event.author),
        "hidden": event.hidden,
        "content": version.text[:_MAX_COMMENT] if version is not None else None,
        "url": {"web": f"{thread_url}#{object_id(event.pk)}"},
    }


def _author(user: User | None) -> JSONObject:
    return {"id": object_id(user.pk if user is not None else 0)}
