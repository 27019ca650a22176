"""What pages and API share: proposals as they are at this moment, and what members do with them, by name."""

from collections.abc import Callable, Mapping

from community.governance import officers, proposing, queries, sponsoring
from community.governance.clock import advance
from community.governance.errors import OptionNotFound
from community.governance.models import Option, Proposal, Revision
from community.members.actors import Actor

Deed = Callable[..., object]

# With nothing more than the proposal, the option or the amendment.
OF_PROPOSALS: Mapping[str, Deed] = {
    "submit": proposing.submit,
    "adopt": proposing.adopt,
    "enact": officers.enact_again,
}
OF_OPTIONS: Mapping[str, Deed] = {
    "sponsor": sponsoring.sponsor,
    "unsponsor": sponsoring.unsponsor,
    "withdraw": proposing.withdraw,
}
OF_AMENDMENTS: Mapping[str, Deed] = {
    "accept": sponsoring.accept_amendment,
    "reject": sponsoring.reject_amendment,
}
# With a text, and the word by which the service takes it.
WITH_TEXT: Mapping[str, tuple[Deed, str]] = {
    "object": (sponsoring.object_to, "text"),
    "ask-for-roll": (officers.request_vote, "text"),
    "stand": (sponsoring.stand, "body"),
    "hold": (officers.hold, "reason"),
    "void": (officers.void, "reason"),
}


def proposal_at(actor: Actor, number: int) -> Proposal:
    """With all done that is due, whether or not any clock runs. Raises `ProposalNotFound`."""
    queries.get_proposal(actor, number)
    advance(number)
    return queries.get_proposal(actor, number)


def option_at(actor: Actor, number: int, key: str) -> Option:
    """Raises `ProposalNotFound`, `OptionNotFound`."""
    proposal = proposal_at(actor, number)
    option = proposal.options.filter(key=key).first()
    if option is None:
        raise OptionNotFound
    option.proposal = proposal
    return option


def revision_at(actor: Actor, number: int, revision_id: int) -> Revision:
    """Raises `ProposalNotFound`, `OptionNotFound`."""
    proposal = proposal_at(actor, number)
    revision = Revision.objects.filter(option__proposal=proposal, pk=revision_id).select_related("option").first()
    if revision is None:
        raise OptionNotFound
    return revision


def do_with_text(name: str, *, actor: Actor, proposal: Proposal, text: str) -> object:
    """Raises what the service raises."""
    act, word = WITH_TEXT[name]
    return act(actor=actor, proposal=proposal, **{word: text})
