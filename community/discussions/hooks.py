"""What else must happen when people write, registered by slices that discussions do not know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from community.discussions.models import Event, Thread
from community.members.models import User


@dataclass(frozen=True)
class Happening:
    """`actor` did `action` in `thread`: opened it (with its first comment as `event`, if there is one), added `event`
    of any kind, or edited or hid the comment `event`, a moderator maybe with a `reason`.
    """

    action: Literal["opened", "added", "edited", "hidden"]
    thread: Thread
    event: Event | None
    actor: User
    reason: str = ""


Handler = Callable[[Happening], None]
_handlers: list[Handler] = []


def register(handler: Handler) -> None:
    """Call `handler(happening)` for everything that happens from now on, inside the transaction that writes it."""
    if handler not in _handlers:
        _handlers.append(handler)


def happened(happening: Happening) -> None:
    for handler in _handlers:
        handler(happening)
