"""What a member or an organisation stores, for those who belong there."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.members.auth import actor_of
from community.members.errors import NotAllowed
from community.members.models import Namespace, Role
from community.members.queries import get_organization, may_read_namespace, namespace_role
from community.members.rules import role_includes
from hub.core.pagination import page
from models_app.storage.queries import Usage, repos_of, usage_of

PAGE_SIZE = 20


@dataclass(frozen=True)
class Bar:
    """`length` in per cent of the longest bar."""

    label: str
    size: int
    length: float
    series: int


@login_required
@require_safe
def member_page(request: HttpRequest) -> HttpResponse:
    user = actor_of(request).user
    assert user is not None  # noqa: S101 (`login_required` has looked)
    assert user.namespace is not None  # noqa: S101 (every member has one)
    return _show(request, user.namespace, {"may_write": True})


@login_required
@require_safe
def organization_page(request: HttpRequest, name: str) -> HttpResponse:
    organization = get_organization(name)
    if not may_read_namespace(actor_of(request), organization.namespace):
        raise NotAllowed(_("Only members of %(name)s may see its settings.") % {"name": organization})
    role = namespace_role(actor_of(request), organization.namespace)
    return _show(
        request, organization.namespace, {"organization": organization, "may_write": role_includes(role, Role.WRITE)}
    )


def _show(request: HttpRequest, namespace: Namespace, context: dict[str, object]) -> HttpResponse:
    usage = usage_of(namespace)
    repos, cursor = page(repos_of(actor_of(request), namespace), ["-storage"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {
        "namespace": namespace,
        "usage": usage,
        "bars": _bars(usage),
        "full": min(100.0, 100 * usage.counted / usage.allowed) if usage.allowed else 100.0,
        "repos": repos,
        "next_cursor": cursor,
    }
    return render(request, "models_app/pages/storage.html", context | shown)


def _bars(usage: Usage) -> list[Bar]:
    sizes = [
        (_("All files of all repositories"), usage.files),
        (_("Each large file once"), usage.counted),
        (_("On the disk, without repeated chunks"), usage.stored),
    ]
    longest = max(1, *(size for _label, size in sizes))
    return [Bar(label, size, 100 * size / longest, number) for number, (label, size) in enumerate(sizes, 1)]
