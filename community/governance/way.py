"""The way of a proposal: what was, what is and what is to come, with times."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from community.governance.models import AuditEvent, Proposal, State

_NEXT = {
    State.DRAFT: State.SECONDING,
    State.SECONDING: State.DISCUSSION,
    State.DISCUSSION: State.FROZEN,
    State.FROZEN: State.VOTING,
    State.NOTICE: State.PASSED,
    State.PASSED: State.ENACTED,
}


@dataclass(frozen=True)
class Step:
    """`status`: done, now or ahead. `at` is when it began or will begin, `until` when what is now ends by itself."""

    title: str
    status: str
    at: datetime | None = None
    until: datetime | None = None


def way_of(proposal: Proposal, events: Sequence[AuditEvent]) -> list[Step]:
    """`events` are the lines of the log about it, in order."""
    steps = [Step(str(State.DRAFT.label), "done", proposal.created_at), *_past(events)]
    now = Step(str(State(proposal.state).label), "now", proposal.state_changed_at, proposal.due_at)
    return [*(steps[:-1] if len(steps) > 1 else []), now, *_ahead(proposal)]


def _past(events: Sequence[AuditEvent]) -> Iterator[Step]:
    for event in events:
        body = json.loads(event.body)
        state = body["verb"].removeprefix("proposal.")
        if state in State.values and state != State.COUNTING:
            yield Step(str(State(state).label), "done", datetime.fromisoformat(body["at"]))


def _ahead(proposal: Proposal) -> Iterator[Step]:
    """The usual way on from here."""
    starts = {State.FROZEN: proposal.discussion_ends_at, State.VOTING: proposal.opens_at}
    state = State(proposal.state)
    due = proposal.due_at
    while state in _NEXT:
        state = State.NOTICE if state == State.DRAFT and proposal.kind == "lazy" else _NEXT[state]
        yield Step(str(state.label), "ahead", starts.get(state) or due)
        due = None
    if state == State.VOTING:
        yield Step(_("result"), "ahead", proposal.closes_at)
