"""The rules that a hub begins with, and the states of a proposal. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

TITLE_MAX_LENGTH = 200
DEFAULT_KEY = "none"  # the default option: none of the others, further discussion

# state: those that may follow. A database trigger holds the same table.
TRANSITIONS: Mapping[str, tuple[str, ...]] = {
    "draft": ("seconding", "notice", "withdrawn"),
    "seconding": ("discussion", "lapsed", "withdrawn"),
    "notice": ("passed", "discussion", "withdrawn"),
    "discussion": ("frozen", "withdrawn", "void"),
    "frozen": ("voting", "void"),
    "voting": ("counting", "void"),
    "counting": ("passed", "rejected", "no_quorum", "tied"),
    "passed": ("enacted", "held", "enact_failed"),
    "held": ("passed", "rejected"),
    "enact_failed": ("enacted",),
    "withdrawn": ("seconding", "discussion"),
    "rejected": (),
    "no_quorum": (),
    "tied": (),
    "enacted": (),
    "lapsed": (),
    "void": (),
}
EDITABLE = ("draft", "seconding", "discussion")  # the texts may change


@dataclass(frozen=True)
class Kind:
    """What is decided how. Days and hours are whole numbers; `method` is for a vote among several options."""

    key: str
    verbs: tuple[str, ...]
    ratio: int = 1
    method: str = "schulze"
    secret: bool = True
    lazy: bool = False
    seats: int = 1
    discussion_days: int = 14
    longest_days: int = 21
    voting_days: int = 7
    timelock_hours: int = 72
    notice_hours: int = 72


KINDS = {
    kind.key: kind
    for kind in (
        Kind("ordinary", ("none", "model.*", "evaltask.*", "evalsuite.*", "licence.*", "category.*")),
        Kind("lazy", ("none", "model.feature", "model.unfeature", "evaltask.feature"), lazy=True),
        Kind("override", ("none", "decision.overrule", "role.revoke"), ratio=2),
        Kind("charter", ("none", "rules.set", "page.publish"), ratio=3, voting_days=14),
        Kind("election", ("role.grant",), method="stv", voting_days=14),
    )
}
