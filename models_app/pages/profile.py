"""The page of a member or an organisation: who they are and what they share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.members.actors import Actor
from community.members.auth import actor_of
from community.members.errors import NamespaceNotFound
from community.members.models import Namespace, Role
from community.members.queries import (
    get_namespace,
    members_of,
    namespace_role,
    organizations_of,
)
from community.members.rules import role_includes
from hub.core.pagination import page
from models_app.repos.models import RepoKind
from models_app.repos.queries import visible_repos

PAGE_SIZE = 24


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
    return render(request, "models_app/pages/profile.html", shown | _owner_context(actor, owner))


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
        "may_create": may_create,
        "may_manage": may_create,
    }
