"""Single transferable vote by the rules of Scottish councils (SSI 2007/42, rules 45 to 52), in whole numbers."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from community.governance.counting.choices import Tally
from community.governance.counting.pairs import Pairs, dropped_by, failed_verdict
from community.governance.counting.terms import Outcome, Terms

UNIT = 100_000  # values of papers have five decimal places, the rest is cut off


@dataclass
class Parcel:
    """Papers that say the same, with one value each (in 1/UNIT)."""

    preferences: list[str]
    number: int
    value: int


def count_stv(tally: Tally, terms: Terms, draw: str = "") -> Outcome:
    """`seats` winners. Those level in every stage are told apart by lot, from `draw`; without one the vote is tied.

    Options that do not beat the default are left out first, and the default with them.
    """
    papers = [([option for (option,) in json.loads(choice)], number) for choice, number in tally.items()]
    dropped = dropped_by(_beside_default(papers, terms), terms)
    standing = sorted(option for option in terms.contenders if option not in dropped)
    ballots = sum(tally.values())
    if not standing:
        return Outcome(failed_verdict(dropped), [], ballots, dropped=dropped)
    parcels = [
        Parcel([option for option in preferences if option in standing], number, UNIT) for preferences, number in papers
    ]
    count = _Count(standing, terms.seats, parcels, draw)
    try:
        count.run()
    except _LevelError as tie:
        winners = sorted({*count.elected, *count.continuing})
        rounds = [*count.rounds, {"level": tie.options}]
        return Outcome("tied", winners, ballots, sorted(count.elected), dropped, {"quota": count.quota}, rounds)
    winners = sorted(count.elected)
    return Outcome("passed", winners, ballots, winners, dropped, {"quota": count.quota}, count.rounds)


def _beside_default(papers: Iterable[tuple[list[str], int]], terms: Terms) -> Pairs:
    """Of `pairs.pairs_of` what `dropped_by` asks for: each option and the default. An election needs no other pair."""
    if terms.default is None:
        return {}
    for_option, for_default = dict.fromkeys(terms.contenders, 0), dict.fromkeys(terms.contenders, 0)
    for preferences, number in papers:
        if terms.default not in preferences:
            above, below = preferences if terms.unranked == "last" else [], []
        else:
            place = preferences.index(terms.default)
            above, below = preferences[:place], preferences[place + 1 :]
            if terms.unranked == "last":
                below = [option for option in terms.contenders if option not in above]
        for option in above:
            for_option[option] += number
        for option in below:
            for_default[option] += number
    return {option: {terms.default: votes} for option, votes in for_option.items()} | {terms.default: for_default}


class _LevelError(Exception):
    def __init__(self, options: list[str]) -> None:
        self.options = options


class _Count:
    def __init__(self, standing: list[str], seats: int, papers: list[Parcel], draw: str) -> None:
        self.continuing, self.seats, self.draw = list(standing), seats, draw
        self.elected: list[str] = []
        self.waiting: list[str] = []  # elected, surplus not yet passed on
        self.held: dict[str, list[Parcel]] = {option: [] for option in standing}
        self.votes = dict.fromkeys(standing, 0)  # what is held is worth
        self.stages: list[dict[str, int]] = []
        self.rounds: list[dict[str, Any]] = []
        self.quota = (sum(paper.number for paper in papers if paper.preferences) // (seats + 1) + 1) * UNIT
        self._give(papers)

    def run(self) -> None:
        what: dict[str, Any] = {"counted": "first preferences"}
        while True:
            self._close_stage(what)
            if len(self.elected) == self.seats or not self.continuing:
                return
            if len(self.continuing) <= self.seats - len(self.elected):
                self.elected += self.continuing
                self.rounds.append({"filled": list(self.continuing)})
                self.continuing = []
                return
            what = self._pass_surplus() if self.waiting else self._exclude()

    def _close_stage(self, what: dict[str, Any]) -> None:
        votes = dict(self.votes)
        self.stages.append(votes)
        over = sorted(option for option in self.continuing if votes[option] >= self.quota)
        self.elected += over
        self.continuing = [option for option in self.continuing if option not in over]
        self.waiting += [option for option in over if votes[option] > self.quota]
        self.rounds.append({**what, "votes": votes, "elected": over})

    def _pass_surplus(self) -> dict[str, Any]:
        option = self._extreme(self.waiting, max)
        self.waiting.remove(option)
        total = self.stages[-1][option]
        surplus = total - self.quota
        moved = [
            Parcel(parcel.preferences, parcel.number, surplus * parcel.value // total) for parcel in self.held[option]
        ]
        self.held[option], self.votes[option] = [], self.quota
        self._give(moved)
        return {"surplus_of": option, "surplus": surplus}

    def _exclude(self) -> dict[str, Any]:
        option = self._extreme(self.continuing, min)
        self.continuing.remove(option)
        moved, self.held[option], self.votes[option] = self.held[option], [], 0
        self._give(moved)
        return {"excluded": option}

    def _give(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            for option in parcel.preferences:
                if option in self.continuing:
                    self.held[option].append(parcel)
                    self.votes[option] += parcel.number * parcel.value
                    break

    def _extreme(self, options: list[str], best: Callable[[Iterable[int]], int]) -> str:
        """The one with most or fewest votes now; among equals, at the last stage where they differed; then by lot."""
        level = list(options)
        for votes in reversed(self.stages):
            wanted = best(votes[option] for option in level)
            level = [option for option in level if votes[option] == wanted]
            if len(level) == 1:
                return level[0]
        if not self.draw:
            raise _LevelError(sorted(level))
        return min(level, key=lambda option: hashlib.sha256(f"{self.draw}|{option}".encode()).hexdigest())
