"""What webhooks are told of repos, in the words of the Hub (version 3 of its payload)."""

from typing import Any

from community.members.actors import Actor
from community.members.models import Namespace
from community.members.queries import may_read_namespace
from community.webhooks.events import Event, emit
from hub.core.paths import public_url
from models_app.hfapi.representations import JSONObject, object_id, repo_url
from models_app.repos.hooks import RefUpdate, RepoChange, What
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos

_EVENTS: dict[What, JSONObject] = {
    "created": {"action": "create", "scope": "repo"},
    "settings": {"action": "update", "scope": "repo.config"},
    "moved": {"action": "move", "scope": "repo"},
    "content": {"action": "update", "scope": "repo.content"},
    "deleted": {"action": "delete", "scope": "repo"},
}


def tell_of_repo(change: RepoChange) -> None:
    """A handler of `repos.hooks`."""
    repo = change.repo
    payload: JSONObject = {"event": _EVENTS[change.what], "repo": repo_payload(repo)}
    names = {repo.full_id}
    if change.refs:
        payload["updatedRefs"] = [_ref(update) for update in change.refs]
    if change.moved_from:
        names.add(change.moved_from)
        payload["repo"]["name"] = change.moved_from
        payload["movedTo"] = {"name": repo.full_id, "owner": {"id": object_id(repo.namespace_id)}}
    subject = f"deleted:{0 if repo.is_public else repo.namespace_id}" if change.what == "deleted" else subject_of(repo)
    emit(Event(domain="repo", subject=subject, followed=followed(repo.kind, names), payload=payload))


def subject_of(repo: Repo) -> str:
    """What the receiver of an event must be allowed to see."""
    return f"repo:{repo.pk}"


def followed(kind: str, names: set[str]) -> tuple[tuple[str, str], ...]:
    """By what a webhook may follow the repos of `kind` called `names`: each itself, or its namespace."""
    found = []
    for name in sorted(names):
        namespace = name.partition("/")[0]
        found += [(kind, name), ("user", namespace), ("org", namespace)]
    return tuple(found)


def repo_payload(repo: Repo) -> JSONObject:
    return {
        "type": repo.kind,
        "name": repo.full_id,
        "id": object_id(repo.pk),
        "private": repo.private,
        "url": {
            "web": repo_url(repo.kind, repo.full_id),
            "api": public_url(f"/api/{repo.kind}s/{repo.full_id}"),
        },
        "headSha": repo.head_sha,
        "owner": {"id": object_id(repo.namespace_id)},
    }


def _ref(update: RefUpdate) -> dict[str, Any]:
    return {"ref": update.ref, "oldSha": update.old, "newSha": update.new}


def may_see(actor: Actor, subject: str) -> bool:
    """Decides for `community.webhooks`: a repo by what is true now, a deleted one by who could read its namespace."""
    kind, _, number = subject.partition(":")
    if kind == "repo":
        return visible_repos(actor).filter(pk=int(number)).exists()
    if kind == "deleted":
        namespace = Namespace.objects.filter(pk=int(number)).first()
        return number == "0" or (namespace is not None and may_read_namespace(actor, namespace))
    return False
