"""The page of a member or an organisation: who they are and what they share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.follows.queries import followed_by, followers_of, is_following
from community.governance.offices import offices_of
from community.members.actors import Actor
from community.members.auth import actor_of
from community.members.errors import NamespaceNotFound
from community.members.models import Namespace, Role, User
from community.members.queries import (
    get_member,
    get_namespace,
    members_of,
    namespace_role,
    organizations_of,
)
from community.members.rules import role_includes
from hub.core.pagination import page
from models_app.collections.queries import first_items, visible_collections
from models_app.likes.queries import likes_of
from models_app.pages.collections import PREVIEW
from models_app.repos.models import RepoKind
from models_app.repos.queries import visible_repos

PAGE_SIZE = 24
COLLECTIONS = 6


@require_safe
def profile_page(request: HttpRequest, namespace: str) -> HttpResponse:
    actor = actor_of(request)
    owner = get_namespace(namespace)
    models = visible_repos(actor, RepoKind.MODEL).filter(namespace=owner)
    repos, next_cursor = page(models, ["-last_modified"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {
        "namespace": owner,
        "repos": repos,
        "next_cursor": next_cursor,
        "model_count": models.count(),
        "datasets": visible_repos(actor, RepoKind.DATASET)
        .filter(namespace=owner)
        .order_by("-last_modified")[:PAGE_SIZE],
    }
    collections = list(visible_collections(actor).filter(namespace=owner).order_by("position", "-pk")[:COLLECTIONS])
    previews = first_items(actor, collections, PREVIEW)
    shown["collections"] = [(collection, previews[collection.pk]) for collection in collections]
    context = shown | _owner_context(actor, owner) | _follow_context(actor, owner)
    return render(request, "models_app/pages/profile.html", context)


def _follow_context(actor: Actor, owner: Namespace) -> dict[str, object]:
    """What ``components/follow_button.html`` shows, and the numbers beside it."""
    user = owner.owner if isinstance(owner.owner, User) else None
    return {
        "may_follow": actor.user is not None and actor.user.namespace_id != owner.pk,
        "follows": is_following(actor, owner),
        "follower_count": followers_of(owner).count(),
        "following_count": followed_by(user).count() if user else 0,
        "like_count": likes_of(actor, user).count() if user else 0,
    }


@require_safe
def likes_page(request: HttpRequest, name: str) -> HttpResponse:
    """What a member likes, of the repos that the visitor may see."""
    user = get_member(name)
    likes, next_cursor = page(likes_of(actor_of(request), user), ["-pk"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {"member": user, "repos": [row.repo for row in likes], "next_cursor": next_cursor}
    return render(request, "models_app/pages/likes.html", shown)


def _owner_context(actor: Actor, owner: Namespace) -> dict[str, object]:
    """The side of the page that differs between a member and an organisation."""
    role = namespace_role(actor, owner)
    may_create = role_includes(role, Role.CONTRIBUTOR)
    if organization := getattr(owner, "organization", None):
        memberships = members_of(organization)
        may_manage = role == Role.ADMIN
        return {
            "profile": organization,
            "is_organization": True,
            "memberships": memberships,
            "may_create": may_create,
            "may_manage": may_manage,
        }
    user = getattr(owner, "user", None)
    if user is None or not user.is_active:
        raise NamespaceNotFound(owner.name)
    return {
        "profile": user,
        "is_organization": False,
        "memberships": organizations_of(user),
        "offices": offices_of(user),
        "may_create": may_create,
        "may_manage": may_create,
    }
