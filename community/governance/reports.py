"""What came out of a vote, as pages draw it: words, and lengths in per cent of a width. Reads a result, no database."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from community.governance.counting.terms import Terms
from community.governance.counting.transfers import UNIT

Titles = Mapping[str, str]  # {key of an option: its title}


@dataclass(frozen=True)
class Turnout:
    """`needed` is the quorum of approvals, never rounded; lengths are of the roll."""

    members: int
    voted: int
    needed: str
    voted_length: float
    needed_length: float


@dataclass(frozen=True)
class Bar:
    label: str
    value: int
    length: float
    won: bool = False
    fell: str = ""  # why it may not win


@dataclass(frozen=True)
class Cell:
    """How many prefer the option of the row to that of the column, and how many the other way round."""

    votes: int
    against: int
    length: float

    @property
    def won(self) -> bool:
        return self.votes > self.against

    @property
    def lost(self) -> bool:
        return self.votes < self.against


@dataclass(frozen=True)
class PairRow:
    label: str
    cells: list[Cell | None]  # None where an option meets itself
    fell: str = ""


@dataclass(frozen=True)
class Amount:
    """What an option has after a stage; `mark`: "elected" or "excluded" in this one."""

    text: str
    length: float
    mark: str = ""


@dataclass(frozen=True)
class StageRow:
    label: str
    amounts: list[Amount | None]  # None once it is out
    elected: bool


@dataclass(frozen=True)
class Stages:
    """A count by transfers: a column for each stage. `quota_length` is where the quota is on every bar."""

    heads: list[str]
    rows: list[StageRow]
    quota: str
    quota_length: float
    end: str = ""


@dataclass(frozen=True)
class Report:
    """Only what the method has is filled: bars, or pairs, or stages; `steps` tell in words how the winner was found."""

    terms: Terms
    verdict: str
    winners: list[str]
    turnout: Turnout
    bars: list[Bar] = field(default_factory=list)
    pairs: list[PairRow] = field(default_factory=list)
    stages: Stages | None = None
    steps: list[str] = field(default_factory=list)
    fallen: list[tuple[str, str]] = field(default_factory=list)


def report_of(result: Mapping[str, Any], titles: Titles) -> Report:
    """`result` is what `recount.py` takes; options without a title show their key."""
    terms, outcome = Terms.of_json(result["terms"]), result["outcome"]
    named = answer_titles() if terms.method == "yesno" else {key: titles.get(key, key) for key in terms.options}
    parts = {"yesno": _answers, "approval": _sums, "star": _stars, "schulze": _pairwise, "stv": _transfers}
    return Report(
        terms=terms,
        verdict=outcome["verdict"],
        winners=[named[key] for key in outcome["winners"]],
        turnout=turnout_of(result["roll_size"], outcome["ballots"], terms),
        fallen=[(named[key], fall_reason(why)) for key, why in outcome["dropped"].items()],
        **parts[terms.method](terms, outcome, named),
    )


def answer_titles() -> dict[str, str]:
    return {"yes": _("Yes"), "no": _("No"), "abstain": _("Abstain")}


def fall_reason(why: str) -> str:
    return {"quorum": _("too few approvals"), "ratio": _("not enough for each one against")}[why]


def quorum_text(terms: Terms) -> str:
    """The approvals that are needed, to one place and rounded up where that is not exact: 47.43 → ``47.5``."""
    tenths = math.isqrt(math.ceil(100 * terms.quorum_squared))
    if Fraction(tenths, 10) ** 2 < terms.quorum_squared:
        tenths += 1
    return str(number_format(tenths / 10, 1 if tenths % 10 else 0))


def turnout_of(members: int, voted: int, terms: Terms) -> Turnout:
    return Turnout(
        members=members,
        voted=voted,
        needed=quorum_text(terms),
        voted_length=_share(voted, members),
        needed_length=min(100.0, _share(math.sqrt(terms.quorum_squared), members)),
    )


def _share(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else 0.0


def _answers(_terms: Terms, outcome: Mapping[str, Any], named: Titles) -> dict[str, Any]:
    return {"bars": _bars(outcome["votes"], outcome, named)}


def _sums(terms: Terms, outcome: Mapping[str, Any], named: Titles) -> dict[str, Any]:
    bars = _bars({key: outcome["votes"].get(key, 0) for key in terms.options}, outcome, named)
    return {"bars": bars, "steps": [_lot(step, named) for step in outcome["rounds"] if "lot" in step]}


def _bars(votes: Mapping[str, int], outcome: Mapping[str, Any], named: Titles) -> list[Bar]:
    longest = max(votes.values(), default=0)
    dropped, winners = outcome["dropped"], outcome["winners"]
    return [
        Bar(
            named[key],
            value,
            _share(value, longest),
            key in winners,
            fall_reason(dropped[key]) if key in dropped else "",
        )
        for key, value in votes.items()
    ]


def _stars(terms: Terms, outcome: Mapping[str, Any], named: Titles) -> dict[str, Any]:
    return {**_sums(terms, outcome, named), "steps": [_star_step(step, named) for step in outcome["rounds"]]}


def _star_step(step: Mapping[str, Any], named: Titles) -> str:
    if "lot" in step:
        return _lot(step, named)
    if not step["final"]:
        return _("Final between %(finalists)s.") % {"finalists": _list(step["finalists"], named)}
    votes = step["final"]
    finalists = ", ".join(f"{named[key]} {votes[key]}" for key in sorted(votes, key=lambda key: (-votes[key], key)))
    return _("Final, by how many gave one more stars than the other: %(finalists)s.") % {"finalists": finalists}


def _lot(step: Mapping[str, Any], named: Titles) -> str:
    words = {"level": _list(step["level"], named), "drawn": _list(step["lot"], named)}
    return _("Level: %(level)s. The lot, which follows from the published ballots, fell on %(drawn)s.") % words


def _pairwise(terms: Terms, outcome: Mapping[str, Any], named: Titles) -> dict[str, Any]:
    pairs, ballots = outcome["votes"], outcome["ballots"]
    fell = {key: fall_reason(why) for key, why in outcome["dropped"].items()}

    def cell(one: str, other: str) -> Cell | None:
        if one == other:
            return None
        return Cell(pairs[one][other], pairs[other][one], _share(pairs[one][other], ballots))

    rows = [
        PairRow(named[one], [cell(one, other) for other in terms.options], fell.get(one, "")) for one in terms.options
    ]
    return {"pairs": rows, "steps": [text for step in outcome["rounds"] for text in _schwartz_step(step, named)]}


def _schwartz_step(step: Mapping[str, Any], named: Titles) -> list[str]:
    if "lot" in step:
        return [_lot(step, named)]
    found = _("Unbeaten, or beaten only by each other: %(options)s.") % {"options": _list(step["schwartz"], named)}
    gone = [
        _("The weakest defeat is dropped: %(winner)s over %(loser)s.") % {"winner": named[one], "loser": named[other]}
        for one, other in step["dropped_defeats"]
    ]
    return [found, *gone]


def _transfers(_terms: Terms, outcome: Mapping[str, Any], named: Titles) -> dict[str, Any]:
    stages = [step for step in outcome["rounds"] if "votes" in step]
    if not stages:
        return {}
    quota = outcome["votes"]["quota"]
    longest = max(quota, *(value for stage in stages for value in stage["votes"].values()))
    keys = sorted(stages[0]["votes"], key=lambda key: (-stages[0]["votes"][key], key))
    rows = [StageRow(named[key], _amounts(key, stages, longest), key in outcome["elected"]) for key in keys]
    return {
        "stages": Stages(
            heads=[_stage_head(stage, named) for stage in stages],
            rows=rows,
            quota=_papers(quota),
            quota_length=_share(quota, longest),
            end=_end_of(outcome["rounds"][-1], named),
        )
    }


def _amounts(key: str, stages: Sequence[Mapping[str, Any]], longest: int) -> list[Amount | None]:
    amounts: list[Amount | None] = []
    out = False
    for stage in stages:
        if out:
            amounts.append(None)
            continue
        out = stage.get("excluded") == key
        mark = "excluded" if out else "elected" if key in stage["elected"] else ""
        amounts.append(Amount(_papers(stage["votes"][key]), _share(stage["votes"][key], longest), mark))
    return amounts


def _stage_head(stage: Mapping[str, Any], named: Titles) -> str:
    if "surplus_of" in stage:
        return _("Surplus of %(option)s passed on") % {"option": named[stage["surplus_of"]]}
    if "excluded" in stage:
        return _("%(option)s is out") % {"option": named[stage["excluded"]]}
    return _("First preferences")


def _end_of(step: Mapping[str, Any], named: Titles) -> str:
    if "filled" in step:
        return _("The seats that were left went to %(options)s.") % {"options": _list(step["filled"], named)}
    if "level" in step:
        return _("Level in every stage: %(options)s.") % {"options": _list(step["level"], named)}
    return ""


def _papers(value: int) -> str:
    """Votes of 1/UNIT as papers, to two places: 1250000 → ``12.50``."""
    return str(number_format(math.floor(100 * value / UNIT) / 100, 0 if value % UNIT == 0 else 2))


def _list(keys: Sequence[str], named: Titles) -> str:
    return ", ".join(named[key] for key in keys)
