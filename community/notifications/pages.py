"""The inbox, how mail comes, and which threads one follows."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.discussions.changes import find_thread
from community.members.auth import actor_of
from community.members.pages import MemberRequest
from community.notifications import mailing, queries, services
from community.notifications.errors import NotificationNotFound
from community.notifications.models import Mail
from hub.core.pagination import page

PAGE_SIZE = 50


class MailForm(forms.Form):
    mail = forms.ChoiceField(label=gettext_lazy("Mail"), choices=Mail.choices, widget=forms.RadioSelect)


@login_required
@require_safe
def inbox_page(request: MemberRequest) -> HttpResponse:
    """Newest first; ``?unread=1`` shows only what is unread."""
    rows = queries.inbox(request.user)
    unread = request.GET.get("unread") == "1"
    if unread:
        rows = rows.filter(read_at=None)
    found, next_cursor = page(rows, ["-pk"], request.GET.get("cursor"), PAGE_SIZE)
    shown = {"lines": queries.lines(actor_of(request), found), "next_cursor": next_cursor, "unread": unread}
    return render(request, "community/notifications/inbox.html", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: MemberRequest) -> HttpResponse:
    initial = {"mail": queries.mail_of(request.user)}
    form = MailForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        services.choose_mail(member=request.user, mail=Mail(form.cleaned_data["mail"]))
        messages.success(request, _("Saved."))
        return redirect("notification-settings")
    return render(request, "community/notifications/settings.html", {"form": form})


@login_required
@require_POST
def open_notification(request: MemberRequest, notification: int) -> HttpResponse:
    """Mark it read, with all that is about the same thread, and go there."""
    row = queries.get_notification(request.user, notification)
    shown = queries.lines(actor_of(request), [row])
    if not shown:
        raise NotificationNotFound
    services.mark_read(member=request.user, notification=row)
    return redirect(shown[0].address)


@login_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    services.mark_read(member=request.user)
    return redirect("inbox")


@login_required
@require_POST
def follow_thread(request: HttpRequest, thread: int) -> HttpResponse:
    found = find_thread(actor_of(request), thread)
    services.follow_thread(actor=actor_of(request), thread=found.thread, level=request.POST.get("level", ""))
    return redirect(found.address)


@csrf_exempt  # mail programs send the POST, and the signature stands for the member
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    member = mailing.member_of(token)
    if member is None:
        raise Http404
    if request.method == "POST":
        services.choose_mail(member=member, mail=Mail.NEVER)
    return render(request, "community/notifications/unsubscribe.html", {"done": request.method == "POST"})
