"""Numbers and novelties for the home page, as far as an actor may see them."""

from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, QuerySet, Sum

from community.members.actors import Actor
from community.members.models import User
from models_app.evaluation.models import Run, RunState
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import visible_repos


@dataclass(frozen=True)
class Activity:
    models: int
    members: int
    evaluations: int
    downloads: int


def activity(actor: Actor) -> Activity:
    """Totals over the models that `actor` may see: three queries."""
    totals = visible_repos(actor, RepoKind.MODEL).aggregate(models=Count("pk"), downloads=Sum("downloads"))
    runs = Run.objects.filter(state=RunState.DONE, repo__in=visible_repos(actor, RepoKind.MODEL))
    return Activity(
        models=totals["models"],
        members=_people().count(),
        evaluations=runs.count(),
        downloads=totals["downloads"] or 0,
    )


def _people() -> QuerySet[User]:
    """Active members without the service accounts, which have no password."""
    return User.objects.filter(is_active=True).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def featured_models(actor: Actor, limit: int) -> list[Repo]:
    """The models that votes feature, the newest vote first, each with its namespace."""
    featured = visible_repos(actor, RepoKind.MODEL).exclude(featured_by=None)
    return list(featured.order_by("-featured_by", "-pk")[:limit])


def newest_models(actor: Actor, limit: int) -> list[Repo]:
    """The models that came last, each with its namespace."""
    return list(visible_repos(actor, RepoKind.MODEL).order_by("-created_at", "-pk")[:limit])
