"""The frame around every page of one repo: its title line, its tabs, and how to use it from code."""

from django.http import HttpRequest

from community.discussions.queries import count_open
from community.members.auth import actor_of
from community.moderation.queries import latest_hiding, suspensions
from hub.core.errors import Moved
from hub.core.paths import renamed
from models_app.likes.queries import is_liked
from models_app.pages.kinds import words_of
from models_app.pages.snippets import use_snippets
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import get_repo, is_called, may_write
from models_app.repos.subject import KIND


def open_repo(request: HttpRequest, namespace: str, name: str, kind: str = RepoKind.MODEL) -> Repo:
    """The repo at this address. Raises `RepoNotFound`, the same for a missing and for a hidden one.

    Raises `Moved` if it was called so before; a form that was opened before the move is still taken.
    """
    called = f"{namespace}/{name}"
    repo = get_repo(actor_of(request), kind, called)
    if request.method in {"GET", "HEAD"} and not is_called(repo, called):
        raise Moved(renamed(request, called, repo.full_id))
    return repo


def repo_context(request: HttpRequest, repo: Repo, tab: str) -> dict[str, object]:
    """What ``models_app/pages/repo_base.html`` shows; `tab`: card, files, evaluation, attention, history, discussions,
    settings.
    """
    actor = actor_of(request)
    return {
        "repo": repo,
        "tab": tab,
        "may_write": may_write(actor, repo),
        "snippets": use_snippets(repo),
        "is_model": repo.kind == RepoKind.MODEL,
        "words": words_of(repo.kind),
        "is_liked": is_liked(actor, repo),
        "open_threads": count_open(KIND, repo.pk),
        "suspensions": suspensions().filter(kind=KIND, key=repo.pk, thread=None),
        "hidden_by": latest_hiding(KIND, repo.pk) if repo.hidden else None,
    }
