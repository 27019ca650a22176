"""The rules that a hub begins with, and the states of a proposal. Pure: what votes changed is in `queries.kind_of`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext_noop

TITLE_MAX_LENGTH = 200
TITLE_MIN_LENGTH = 3
BODY_MAX_LENGTH = 50_000
REASON_MAX_LENGTH = 2_000
MAX_OPTIONS = 30
MAX_SEATS = 20
MAX_UNFINISHED = 10  # proposals of one member
DEFAULT_KEY = "none"  # the default option: none of the others, further discussion
DEFAULT_TITLE = gettext_noop("None of the above")  # in the log and in files, which are the same for all readers

# state: those that may follow. A database trigger holds the same table.
TRANSITIONS: Mapping[str, tuple[str, ...]] = {
    "draft": ("seconding", "notice", "voting"),  # voting: run-offs and confirmations, whose text stood before
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
COUNTED = ("passed", "rejected", "no_quorum", "tied", "held", "enacted", "enact_failed")

SECONDING = timedelta(days=30)
ADOPTION = timedelta(hours=24)
FREEZE = timedelta(hours=24)
EXTENSION = timedelta(days=7)
LEAST_VOTING = timedelta(hours=72)
REQUESTS_END = timedelta(hours=72)  # before voting opens
MEMBER_FOR = timedelta(days=30)  # how old an account is that may vote
ACTIVE_WITHIN = timedelta(days=365)
FEWEST_BALLOTS = 5  # of fewer only the tally is published


@dataclass(frozen=True)
class Kind:
    """What is decided how. Days and hours are whole numbers; `method` is for a vote among several options.

    About `people` ballots are always secret; otherwise those who propose may choose a public vote.
    """

    key: str
    verbs: tuple[str, ...]
    ratio: int = 1
    method: str = "schulze"
    people: bool = False
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
        Kind("lazy", ("none", "model.feature", "model.unfeature", "evaltask.feature"), lazy=True, timelock_hours=0),
        Kind("override", ("none", "decision.overrule", "role.revoke"), ratio=2, people=True),
        Kind("charter", ("none", "rules.*", "page.publish"), ratio=3, voting_days=14),
        Kind("election", ("role.grant",), method="stv", voting_days=14, people=True),
    )
}

# What a vote may set, and the least of it.
PARAMETERS: Mapping[str, int] = {
    "ratio": 1,
    "seats": 1,
    "discussion_days": 2,
    "longest_days": 2,
    "voting_days": 3,
    "timelock_hours": 0,
    "notice_hours": 24,
}
_MOST = {"ratio": 10, "seats": MAX_SEATS}


def allows(kind: Kind, verb: str) -> bool:
    """Whether a proposal of `kind` may lead to `verb`."""
    return any(verb == known or (known.endswith("*") and verb.startswith(known[:-1])) for known in kind.verbs)


def methods_of(kind: Kind) -> tuple[str, ...]:
    """How a vote among several options may be counted; Schulze's method finds one winner, and fills no seats."""
    return ("stv" if kind.key == "election" else "schulze", "star", "approval")


def with_values(kind: Kind, values: Mapping[str, str]) -> Kind:
    """`kind` as votes have set it; of its numbers `values` has the digits."""
    known = {field.name for field in fields(Kind)}
    changes: dict[str, Any] = {
        name: int(value) if name in PARAMETERS else value for name, value in values.items() if name in known
    }
    return replace(kind, **changes)


def is_parameter(kind: Kind, name: str, value: Any) -> bool:
    """Whether a vote may set `name` of `kind` to `value`."""
    if name not in PARAMETERS or type(value) is not int or not PARAMETERS[name] <= value <= _MOST.get(name, 366):
        return False
    changed = with_values(kind, {name: str(value)})
    return changed.discussion_days <= changed.longest_days


def sponsors_needed(members: int) -> int:
    """Debian's K: the smaller of 5 and Q = √N/2, rounded up; up to 10 in a hub of more than 10,000 members.

    Sponsors are others than who proposes, so a hub of one needs none.
    """
    most = 10 if members > 10_000 else 5  # noqa: PLR2004
    needed = next(k for k in range(1, most + 1) if k == most or 4 * k * k >= members)
    return min(needed, max(members - 1, 0))


def suspending_sponsors(needed: int) -> int:
    """Debian's 2K: so many suspend the decision that they want to be overruled, until the vote ends."""
    return 2 * max(needed, 1)


def closing_time(opens: datetime, voting_days: int) -> datetime:
    """The last second, in UTC, of the day on which `voting_days` have gone by; never less than 72 hours away."""
    day = (opens + max(timedelta(days=voting_days), LEAST_VOTING)).astimezone(UTC).date()
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def extended(ends: datetime, longest: datetime, now: datetime) -> datetime:
    """When a discussion ends after a new option or amendment at `now`: a week is left to read it, up to the longest."""
    return min(max(ends, now + EXTENSION), longest)


def option_key(number: int) -> str:
    """The key of the option `number`, from 0 on: a … z, aa, ab …"""
    letters = ""
    while True:
        letters = chr(ord("a") + number % 26) + letters
        number = number // 26 - 1
        if number < 0:
            return letters


def is_title(text: str) -> bool:
    return re.fullmatch(rf"[^\x00-\x1f\x7f]{{{TITLE_MIN_LENGTH},{TITLE_MAX_LENGTH}}}", text) is not None


def proposal_address(number: int) -> str:
    """A path of this site. What a vote changed leads there."""
    return f"/governance/{number}"
