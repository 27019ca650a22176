"""Like a repo, and take it back. Both may be repeated: a member counts once."""

from django.db import transaction
from django.db.models import F

from community.members.actors import Actor
from community.members.queries import acting_member
from models_app.likes.models import Like
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos
from models_app.repos.trending import LIKE, weight


@transaction.atomic
def like(*, actor: Actor, repo: Repo) -> None:
    """Raises `RepoNotFound` for a repo that `actor` may not see, and what `acting_member` raises."""
    user = acting_member(actor)
    _check_visible(actor, repo)
    row, created = Like.objects.get_or_create(user=user, repo=repo)
    if created:
        _count(repo, 1, weight(LIKE, row.created_at))


@transaction.atomic
def unlike(*, actor: Actor, repo: Repo) -> None:
    """Raises as `like` does."""
    user = acting_member(actor)
    _check_visible(actor, repo)
    row = Like.objects.filter(user=user, repo=repo).first()
    # Of two that take it back at once, only the one whose delete found the row counts it down.
    if row is not None and Like.objects.filter(pk=row.pk).delete()[0]:
        _count(repo, -1, -weight(LIKE, row.created_at))


def _check_visible(actor: Actor, repo: Repo) -> None:
    if not visible_repos(actor).filter(pk=repo.pk).exists():
        raise RepoNotFound


def _count(repo: Repo, number: int, trend: float) -> None:
    Repo.objects.filter(pk=repo.pk).update(likes=F("likes") + number, trend=F("trend") + trend)
    repo.refresh_from_db(fields=["likes", "trend"])
