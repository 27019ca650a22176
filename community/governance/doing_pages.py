"""What members do: propose, support, amend, stand, object, vote. What a service refuses is told in its own words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.governance import officers, proposing, queries, sponsoring
from community.governance.actions import Action, action_of, all_actions
from community.governance.ballots import Ballot
from community.governance.casting import Receipt, cast
from community.governance.counting.terms import Terms
from community.governance.deeds import (
    OF_AMENDMENTS,
    OF_OPTIONS,
    OF_PROPOSALS,
    do_with_text,
    option_at,
    proposal_at,
    revision_at,
)
from community.governance.errors import NotEligible, ProposalInvalid, VotingClosed
from community.governance.forms import (
    OptionForm,
    ProposalForm,
    TextForm,
    TitledOptionForm,
    TitleForm,
    initial_of,
)
from community.governance.models import Option, Proposal, State
from community.governance.pages import framed
from community.governance.rules import KINDS, allows
from community.governance.showing import deeds_of
from community.governance.words import ballot_rules
from community.members.actors import Actor
from community.members.auth import actor_of
from hub.core.errors import DomainError

Act = Callable[[], object]


def _tried(form: forms.Form, act: Act) -> bool:
    """Whether the filled `form` is valid and `act` went well; else the form tells why not."""
    if not form.is_valid():
        return False
    try:
        act()
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    return True


def _form(request: HttpRequest, proposal: Proposal, form: forms.Form, **words: object) -> HttpResponse:
    """A page with one form: `title`, maybe a `lead`, and what its `button` says."""
    response = framed(request, proposal, "proposal", "form", {"form": form, **words})
    response.status_code = 422 if form.errors else 200
    return response


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@login_required
@require_safe
def choose_kind(request: HttpRequest) -> HttpResponse:
    """What kind of decision, and what it shall change."""
    kinds = [(kind, [action for action in all_actions() if allows(kind, action.verb)]) for kind in queries.all_kinds()]
    return render(request, "community/governance/choose.html", {"kinds": kinds, "refusal": _refusal(request)})


def _refusal(request: HttpRequest) -> str:
    """Why the reader cannot propose anything, told before they write; else ""."""
    user = actor_of(request).user
    return "" if user is not None and queries.is_eligible(user) else NotEligible().message


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_proposal(request: HttpRequest, kind: str, verb: str) -> HttpResponse:
    """Write a draft; its page shows it as others will see it, before it is submitted."""
    rules, action = _allowed(kind, verb)
    form = ProposalForm(_data(request), action=action, kind=rules)
    made: list[Proposal] = []
    if _tried(form, lambda: made.append(_propose(actor_of(request), kind, form))):
        return redirect("proposal", made[0].pk)
    shown = {"form": form, "kind": rules, "action": action, "refusal": "" if form.errors else _refusal(request)}
    return render(request, "community/governance/new.html", shown, status=422 if form.errors else 200)


def _allowed(kind: str, verb: str) -> tuple[Any, Action]:
    """Raises `ProposalInvalid`, `UnknownVerb`."""
    if kind not in KINDS or not allows(KINDS[kind], verb):
        raise ProposalInvalid(_("There is no such kind of proposal."))
    return queries.kind_of(kind), action_of(verb)


def _propose(actor: Actor, kind: str, form: ProposalForm) -> Proposal:
    given = form.cleaned_data
    return proposing.propose(
        actor=actor, kind=kind, title=given["title"], body=given["body"], action=form.action, secret=form.secret
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_option(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Give an option of one's own another text and action."""
    actor = actor_of(request)
    option = option_at(actor, number, key)
    form = _option_form(request, option)
    if _tried(form, lambda: proposing.revise(actor=actor, option=option, **_text_and_action(form, option))):
        return redirect("proposal", number)
    return _form(request, option.proposal, form, title=_("Change the text"), button=_("Save"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amend_option(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Propose another text to who wrote this one."""
    actor = actor_of(request)
    option = option_at(actor, number, key)
    form = _option_form(request, option)
    if _tried(form, lambda: sponsoring.amend(actor=actor, option=option, **_text_and_action(form, option))):
        messages.success(request, _("Who proposed this decides whether your text takes the place of theirs."))
        return redirect("proposal", number)
    lead = _("Change the text below as it should be. If it is rejected, you can make it an option of its own.")
    return _form(request, option.proposal, form, title=_("Propose an amendment"), lead=lead, button=_("Propose"))


def _option_form(request: HttpRequest, option: Option) -> OptionForm:
    """With the option's text; a candidate's action is the election's."""
    current = option.revisions.filter(status="current").first()
    body, action = (current.body, current.action) if current is not None else ("", {})
    known = action_of("none" if _is_candidate(option) else action.get("verb", "none"))
    election = option.is_default and option.proposal.kind == "election"
    return OptionForm(_data(request), action=known, election=election, initial=initial_of(body, action))


def _is_candidate(option: Option) -> bool:
    return option.proposal.kind == "election" and not option.is_default


def _text_and_action(form: OptionForm, option: Option) -> dict[str, Any]:
    return {"body": form.cleaned_data["body"], "action": None if _is_candidate(option) else form.action}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_option(request: HttpRequest, number: int) -> HttpResponse:
    """A rival option; ``?verb=`` says what it shall do, where its kind allows several things."""
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    main = queries.main_option(proposal).revisions.latest("number")
    verb = request.GET.get("verb", main.action.get("verb", "none"))
    kind, action = _allowed(proposal.kind, verb)
    form = TitledOptionForm(_data(request), action=action)

    def add() -> object:
        given = form.cleaned_data
        return sponsoring.add_option(
            actor=actor, proposal=proposal, title=given["title"], body=given["body"], action=form.action
        )

    if _tried(form, add):
        return redirect("proposal", number)
    others = [other for other in all_actions() if allows(kind, other.verb)]
    lead = _("It stands on the ballot if as many members sponsor it as sponsored the proposal.")
    return _form(
        request, proposal, form, title=_("Add an option"), lead=lead, button=_("Add"), action=action, actions=others
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def promote(request: HttpRequest, number: int, revision: int) -> HttpResponse:
    """Make one's amendment an option of its own."""
    actor = actor_of(request)
    found = revision_at(actor, number, revision)
    form = TitleForm(_data(request))
    if _tried(
        form,
        lambda: sponsoring.promote_amendment(actor=actor, revision=found, title=form.cleaned_data["title"]),
    ):
        return redirect("proposal", number)
    return _form(request, found.option.proposal, form, title=_("Make it an option of its own"), button=_("Add"))


@dataclass(frozen=True)
class Asked:
    """The words of a page that asks for the text of a deed."""

    title: str | Promise
    lead: str | Promise
    button: str | Promise


_ASKED = {
    "object": Asked(
        gettext_lazy("Object"),
        gettext_lazy("Say why. Enough objections send it the long way: discussion and vote."),
        gettext_lazy("Object"),
    ),
    "ask-for-roll": Asked(
        gettext_lazy("Ask to be on the roll"),
        gettext_lazy("Say what you contribute that the rule does not see. Election officers decide, in the log."),
        gettext_lazy("Ask"),
    ),
    "stand": Asked(
        gettext_lazy("Become a candidate"),
        gettext_lazy("Say who you are and what you stand for. Markdown works."),
        gettext_lazy("Stand"),
    ),
    "hold": Asked(
        gettext_lazy("Hold what passed"),
        gettext_lazy("Only for law or security. Your reason is published, and the members vote on it at once."),
        gettext_lazy("Hold"),
    ),
    "void": Asked(
        gettext_lazy("Void"),
        gettext_lazy("Your reason is published; what was voted is destroyed uncounted. It cannot be undone."),
        gettext_lazy("Void"),
    ),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def with_text(request: HttpRequest, number: int, deed: str) -> HttpResponse:
    actor, asked = actor_of(request), _ASKED[deed]
    proposal = proposal_at(actor, number)
    form = TextForm(_data(request))
    if _tried(form, lambda: do_with_text(deed, actor=actor, proposal=proposal, text=form.cleaned_data["text"])):
        return redirect("proposal", number)
    return _form(request, proposal, form, title=asked.title, lead=asked.lead, button=asked.button)


def _done(request: HttpRequest, number: int, act: Act) -> HttpResponse:
    """Back to the proposal, with what went wrong if something did."""
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("proposal", number)


@login_required
@require_POST
def do(request: HttpRequest, number: int, deed: str) -> HttpResponse:
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    return _done(request, number, lambda: OF_PROPOSALS[deed](actor=actor, proposal=proposal))


@login_required
@require_POST
def discard(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    proposing.discard(actor=actor, proposal=proposal_at(actor, number))
    messages.success(request, _("The draft is gone."))
    return redirect("governance")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    form = TitleForm(_data(request), initial={"title": proposal.title})
    if _tried(form, lambda: proposing.rename(actor=actor, proposal=proposal, title=form.cleaned_data["title"])):
        return redirect("proposal", number)
    return _form(request, proposal, form, title=_("Change the title"), button=_("Save"))


@login_required
@require_POST
def do_with_option(request: HttpRequest, number: int, key: str, deed: str) -> HttpResponse:
    actor = actor_of(request)
    option = option_at(actor, number, key)
    return _done(request, number, lambda: OF_OPTIONS[deed](actor=actor, option=option))


@login_required
@require_POST
def do_with_amendment(request: HttpRequest, number: int, revision: int, deed: str) -> HttpResponse:
    actor = actor_of(request)
    found = revision_at(actor, number, revision)
    return _done(request, number, lambda: OF_AMENDMENTS[deed](actor=actor, revision=found))


@login_required
@require_POST
def decide_request(request: HttpRequest, number: int, roll_request: int) -> HttpResponse:
    """``granted`` is 1 or 0."""
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    asked = proposal.roll_requests.filter(pk=roll_request).first()
    if asked is not None:
        try:
            officers.decide_request(actor=actor, request=asked, granted=request.POST.get("granted") == "1")
        except DomainError as error:
            messages.error(request, error.message)
    return redirect("proposal-roll", number)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ballot_page(request: HttpRequest, number: int) -> HttpResponse:
    """Vote, or vote anew. The receipt is in the answer to a first vote, and nowhere else ever after."""
    actor = actor_of(request)
    proposal = proposal_at(actor, number)
    if proposal.state != State.VOTING:
        raise VotingClosed
    terms = Terms.of_json(proposal.terms)
    titles = {option.key: option.label for option in queries.options_of(proposal)}
    form = Ballot(_data(request), terms=terms, titles=titles)
    receipts: list[Receipt] = []
    if _tried(form, lambda: receipts.append(cast(actor=actor, proposal=proposal, choice=form.choice))):
        shown: dict[str, object] = {"receipt": receipts[0]}
        response = framed(request, proposal, "vote", "voted", shown)
    else:
        shown = {"form": form, "terms": terms, "rules": ballot_rules(terms), "deeds": deeds_of(actor, proposal)}
        response = framed(request, proposal, "vote", "ballot", shown)
        response.status_code = 422 if form.errors else 200
    response["Cache-Control"] = "no-store"
    return response
