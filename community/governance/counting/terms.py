"""What a count is told and what it gives back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

METHODS = ("yesno", "approval", "schulze", "stv", "star")
UNRANKED = ("last", "ignored")
TIES = ("runoff", "lot")


@dataclass(frozen=True)
class Terms:
    """The terms of one vote, fixed when it opens.

    `quorum_squared` is the square of the approvals that an option needs: a quorum such as 3·√N/2 is compared as it is,
    never rounded. `ratio` is how many must be for an option for each one against it; `ratios` says otherwise for single
    options. `unranked` tells what an option is that a ballot leaves out: below all others (``last``, as in Debian), or
    not compared (``ignored``). A vote with options has a `default` that any of them must beat; a yes/no vote and a
    run-off have none. `ties` tells what becomes of those who stay level: another vote (``runoff``), or lots are cast
    (``lot``).
    """

    method: str
    options: tuple[str, ...]
    default: str | None = None
    quorum_squared: Fraction = Fraction(0)
    ratio: Fraction = Fraction(1)
    ratios: Mapping[str, Fraction] = field(default_factory=dict)
    unranked: str = "last"
    seats: int = 1
    ties: str = "runoff"

    @property
    def contenders(self) -> list[str]:
        return [option for option in self.options if option != self.default]

    def ratio_of(self, option: str) -> Fraction:
        return self.ratios.get(option, self.ratio)

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "options": list(self.options),
            "quorum_squared": str(self.quorum_squared),
            "ratio": str(self.ratio),
            "ratios": {option: str(ratio) for option, ratio in self.ratios.items()},
        }

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> "Terms":
        return cls(
            **{
                **content,
                "options": tuple(content["options"]),
                "quorum_squared": Fraction(content["quorum_squared"]),
                "ratio": Fraction(content["ratio"]),
                "ratios": {option: Fraction(ratio) for option, ratio in content["ratios"].items()},
            }
        )


@dataclass(frozen=True)
class Outcome:
    """What came out. `verdict` is passed, rejected, no_quorum or tied.

    `winners` are sorted and, when tied, hold all that are still level: order never decides. A yes/no vote that passes
    has the winner ``yes``. `elected` are those of the tied who have a seat for certain. `dropped` gives for each option
    that may not win ``quorum`` or ``ratio``. `votes` are pairs or sums, `rounds` the steps of the method, as JSON.
    """

    verdict: str
    winners: list[str]
    ballots: int
    elected: list[str] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    votes: dict[str, Any] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def approvals_needed_squared(members: int) -> Fraction:
    """The square of min(3Q, N/2) with Q = √N/2 (Debian 4.2.7), at least 3; more than half of fewer than five members.

    Approvals, not turnout: under a quorum of turnout a vote against can make a proposal pass.
    """
    if members < 5:  # noqa: PLR2004 (fewer cannot be asked for three)
        return Fraction((members // 2 + 1) ** 2)
    return max(Fraction(9), min(Fraction(9 * members, 4), Fraction(members**2, 4)))


def meets_quorum(approvals: int, terms: Terms) -> bool:
    return approvals**2 >= terms.quorum_squared


def meets_ratio(in_favour: int, against: int, ratio: Fraction) -> bool:
    """Debian A.5.3: at least `ratio` times as many, and in any case more."""
    return in_favour > against and in_favour >= ratio * against
