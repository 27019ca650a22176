"""Proposals as something that the community talks about. Everybody sees all but drafts."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from community.governance.models import Proposal
from community.governance.queries import visible_proposals
from community.members.models import User
from community.subjects import Subject, SubjectKind

KIND = "proposal"


def subject_of(proposal: Proposal) -> Subject:
    return Subject(title=proposal.title, address=proposal.address)


def _describe(keys: Collection[int]) -> dict[int, Subject]:
    return {proposal.pk: subject_of(proposal) for proposal in Proposal.objects.filter(pk__in=keys)}


def _keepers(key: int) -> Iterable[User]:
    return User.objects.filter(proposals=key)


SUBJECT = SubjectKind(
    name=KIND,
    visible_keys=lambda actor: visible_proposals(actor).order_by().values("pk"),
    readers=lambda key: Q(proposals=key),  # of a draft
    may_moderate=lambda _actor, _key: False,
    describe=_describe,
    keepers=_keepers,
)
