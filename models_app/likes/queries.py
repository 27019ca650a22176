"""Likes as one actor may see them."""

from django.db.models import QuerySet

from community.members.actors import Actor
from community.members.models import User
from models_app.likes.models import Like
from models_app.repos.models import Repo
from models_app.repos.queries import visible_repos


def likes_of(actor: Actor, user: User) -> QuerySet[Like]:
    """What `user` likes of the repos that `actor` may see, with ``.repo.namespace`` joined."""
    likes = Like.objects.filter(user=user, repo__in=visible_repos(actor).values("pk"))
    return likes.select_related("repo__namespace")


def likers_of(repo: Repo) -> QuerySet[Like]:
    """Who likes `repo`, which the caller may read, with ``.user.namespace`` joined; members who left are not named."""
    return Like.objects.filter(repo=repo, user__is_active=True).select_related("user__namespace")


def is_liked(actor: Actor, repo: Repo) -> bool:
    return actor.user is not None and Like.objects.filter(user=actor.user, repo=repo).exists()
