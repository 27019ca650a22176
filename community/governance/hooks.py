"""Who else must know when a proposal changes its state."""

from collections.abc import Callable

from community.governance.models import Proposal

Handler = Callable[[Proposal, str], None]
_handlers: list[Handler] = []


def register(handler: Handler) -> None:
    """Call `handler(proposal, state before)` on every change of state, inside the transaction that makes it."""
    if handler not in _handlers:
        _handlers.append(handler)


def moved(proposal: Proposal, before: str) -> None:
    for handler in _handlers:
        handler(proposal, before)
