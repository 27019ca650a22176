"""The JSON shapes of discussions and pull requests."""

from community.discussions.models import CommentVersion, Event, EventKind, Thread
from community.members.models import User
from hub.core.markdown.rendering import render_once
from models_app.cards.rendering import base_of
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.hfapi.representations import JSONObject, object_id, timestamp
from models_app.pulls.models import PullRequest
from models_app.pulls.queries import Proposal
from models_app.repos.addresses import repo_path
from models_app.repos.models import Repo


def author_object(user: User | None) -> JSONObject:
    """An account that is gone has no name; clients then say “deleted”."""
    if user is None:
        return {}
    return {
        "author": {
            "name": user.username,
            "fullname": user.full_name or user.username,
            "type": "user",
            "avatarUrl": "",
            "isHf": False,
            "isPro": False,
        }
    }


def thread_object(thread: Thread, repo: Repo, *, is_pull: bool) -> JSONObject:
    return {
        "num": thread.number,
        "title": thread.title,
        "status": thread.status,
        "createdAt": timestamp(thread.created_at),
        "isPullRequest": is_pull,
        "repo": {"name": repo.full_id, "type": repo.kind},
        "repoOwner": {"name": repo.namespace.name},
        **author_object(thread.author),
    }


def event_object(event: Event, repo: Repo) -> JSONObject:
    data = _comment(event, repo) if event.kind == EventKind.COMMENT else event.data
    return {
        "id": object_id(event.pk),
        "type": event.kind,
        "createdAt": timestamp(event.created_at),
        "data": data,
        **author_object(event.author),
    }


def _comment(event: Event, repo: Repo) -> JSONObject:
    versions = event.versions_of()
    latest = _version(versions[-1], repo) if versions else _nothing(event)
    return {
        "edited": len(versions) > 1,
        "hidden": event.hidden,
        "latest": latest,
        "numEdits": max(len(versions) - 1, 0),
        "history": [_version(version, repo) for version in reversed(versions[:-1])],
    }


def _version(version: CommentVersion, repo: Repo) -> JSONObject:
    base = base_of(f"{repo_path(repo)}/resolve/{DEFAULT_BRANCH}/")
    return {
        "raw": version.text,
        "html": str(render_once(version.text, base)),
        "updatedAt": timestamp(version.created_at),
        **author_object(version.author),
    }


def _nothing(event: Event) -> JSONObject:
    """What is left of a hidden comment."""
    return {"raw": "", "html": "", "updatedAt": timestamp(event.created_at)}


def pull_object(pull: PullRequest, proposal: Proposal) -> JSONObject:
    changes = {"base": f"refs/heads/{DEFAULT_BRANCH}"}
    if pull.merge_sha:
        changes["mergeCommitId"] = pull.merge_sha
    return {"changes": changes, "filesWithConflicts": proposal.conflicts}
