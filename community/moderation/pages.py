"""Flagging and reporting, the moderators' queue, what they do to threads, and the public log."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.discussions.changes import find_comment, find_thread, frame
from community.discussions.queries import is_moderator, may_moderate
from community.members.actors import ANONYMOUS
from community.members.auth import actor_of
from community.moderation import queries, services
from community.moderation.errors import NotModerator, SubjectNotFound
from community.moderation.forms import DecisionForm, FlagForm, SplitForm
from community.moderation.models import Flag
from community.subjects import Subject, find_subject
from hub.core.errors import DomainError
from hub.core.feeds import LENGTH, Entry, atom
from hub.core.pagination import page

PAGE_SIZE = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: HttpRequest, event: int) -> HttpResponse:
    actor = actor_of(request)
    found, comment = find_comment(actor, event)
    form = FlagForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.flag_comment(actor=actor, comment=comment, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Thank you: moderators will look at it."))
            return redirect(found.address_of(comment))
    return frame(request, found, "flag", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """Report a whole subject."""
    actor = actor_of(request)
    subject = find_subject(actor, kind, key)
    if subject is None:
        raise SubjectNotFound
    form = FlagForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.report(actor=actor, kind=kind, key=key, **form.cleaned_data)
        messages.success(request, _("Thank you: moderators will look at it."))
        return redirect(subject.address)
    context = {"subject": subject, "form": form}
    return render(request, "community/moderation/report.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def mark_thread(request: HttpRequest, thread: int) -> HttpResponse:
    """Pin, lock, hide; ``verb`` says what."""
    actor = actor_of(request)
    found = find_thread(actor, thread)
    verb, reason = request.POST.get("verb", ""), request.POST.get("reason", "")
    services.mark_thread(actor=actor, thread=found.thread, verb=verb, reason=reason)
    return redirect(found.subject.address if verb == "hide-thread" and not is_moderator(actor) else found.address)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, event: int) -> HttpResponse:
    actor = actor_of(request)
    found, comment = find_comment(actor, event)
    if not may_moderate(actor, found.thread):
        raise NotModerator
    form = SplitForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = services.split(actor=actor, comment=comment, **form.cleaned_data)
        except DomainError as error:
            form.add_error("title", error.message)
        else:
            return redirect(found.subject.thread_address(made.number))
    return frame(request, found, "split", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    shown = {"cases": queries.open_cases(actor_of(request)), "form": DecisionForm()}
    return render(request, "community/moderation/queue.html", shown)


@login_required
@require_POST
def settle(request: HttpRequest, flag: int) -> HttpResponse:
    """Answer the flags about one thing: ``agree`` 1, 0, or hide for a subject that is hidden as well."""
    found = Flag.objects.filter(pk=flag, decision=None).select_related("comment__thread__board").first()
    if found is not None:
        answer, reason = request.POST.get("agree", ""), request.POST.get("reason", "")
        agree, hide = answer in {"1", "hide"}, answer == "hide"
        services.settle(actor=actor_of(request), flag=found, agree=agree, hide=hide, reason=reason)
    return redirect("moderation")


@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows, next_cursor = page(queries.decisions(actor), ["-pk"], request.GET.get("cursor"), PAGE_SIZE)
    subjects = queries.subjects_among(actor, rows)
    shown = {
        "rows": [(row, subjects.get((row.kind, row.key))) for row in rows],
        "next_cursor": next_cursor,
        "is_moderator": is_moderator(actor),
    }
    return render(request, "community/moderation/log.html", shown)


@require_safe
def log_feed(request: HttpRequest) -> HttpResponse:
    rows = list(queries.decisions(ANONYMOUS)[:LENGTH])
    subjects = queries.subjects_among(ANONYMOUS, rows)
    entries = [
        Entry(
            title=f"{row.get_verb_display()} · {_name(subjects.get((row.kind, row.key)))}",
            address=reverse("decision", args=[row.pk]),
            updated=row.created_at,
            author=row.moderator.username if row.moderator is not None else "",
            html=escape(row.reason),
        )
        for row in rows
    ]
    return atom(request, title=_("Moderation log"), address=reverse("moderation-log"), entries=entries)


def _name(subject: Subject | None) -> str:
    return subject.title if subject is not None else _("something that is hidden, or gone")


@require_safe
def decision_page(request: HttpRequest, action: int) -> HttpResponse:
    actor = actor_of(request)
    row = queries.get_decision(actor, action)
    subject = queries.subjects_among(actor, [row]).get((row.kind, row.key))
    shown = {
        "row": row,
        "subject": subject,
        "suspensions": queries.suspensions().filter(suspends=row),
        "is_moderator": is_moderator(actor),
        "form": DecisionForm(),
    }
    return render(request, "community/moderation/decision.html", shown)


@require_safe
def why(request: HttpRequest, event: int) -> HttpResponse:
    """To the newest decision about a comment."""
    return redirect("decision", queries.latest_about(actor_of(request), event).pk)


@login_required
@require_POST
def overrule(request: HttpRequest, action: int) -> HttpResponse:
    actor = actor_of(request)
    row = queries.get_decision(actor, action)
    answer = services.overrule(action=row, actor=actor, reason=request.POST.get("reason", ""))
    return redirect("decision", answer.pk)
