"""The follow button, and the lists behind its numbers."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from community.follows import queries, services
from community.members.auth import actor_of
from community.members.queries import get_member, get_owner
from hub.core.pagination import page

PAGE_SIZE = 50


@login_required
@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Follow the owner of `name`, or with ``follow=0`` stop; then back to their page."""
    namespace = get_owner(name)
    act = services.unfollow if request.POST.get("follow") == "0" else services.follow
    act(actor=actor_of(request), namespace=namespace)
    return redirect("profile", namespace.name)


@require_safe
def followers_page(request: HttpRequest, name: str) -> HttpResponse:
    namespace = get_owner(name)
    follows, cursor = page(queries.followers_of(namespace), ["-pk"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {"namespace": namespace, "people": [follow.follower.namespace for follow in follows], "next_cursor": cursor}
    return render(request, "community/follows/people.html", shown | {"followers": True})


@require_safe
def following_page(request: HttpRequest, name: str) -> HttpResponse:
    user = get_member(name)
    follows, cursor = page(queries.followed_by(user), ["-pk"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {"namespace": user.namespace, "people": [follow.namespace for follow in follows], "next_cursor": cursor}
    return render(request, "community/follows/people.html", shown)
