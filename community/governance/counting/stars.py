"""STAR (score, then automatic run-off), and bloc STAR for several seats: the same again without those elected.

Ties are broken by the Official Tiebreaker Protocol (starvoting.org/ties, 2025). Of options with the same score for
the final those drop out that lose the most comparisons with each other, again and again; where that tells nobody
apart those with the most votes of 5 go on, or those with the fewest drop out, and it begins anew. A final that is
level goes to the higher score, then to more votes of 5. Its last step, a draw, is left out: what is level then is a
tie.
"""

import json
from itertools import permutations
from typing import Any

from community.governance.counting.choices import MAX_SCORE, Tally
from community.governance.counting.pairs import Pairs, dropped_by, failed_verdict, pairs_of
from community.governance.counting.single import top_of
from community.governance.counting.terms import Outcome, Terms

FINALISTS = 2


def count_star(tally: Tally, terms: Terms) -> Outcome:
    scores, fives = dict.fromkeys(terms.options, 0), dict.fromkeys(terms.options, 0)
    for choice, number in tally.items():
        for option, score in json.loads(choice).items():
            scores[option] += number * score
            fives[option] += number * (score == MAX_SCORE)
    pairs = pairs_of(tally, terms)
    dropped = dropped_by(pairs, terms)
    standing = sorted(option for option in terms.contenders if option not in dropped)
    elected: list[str] = []
    level: list[str] = []
    rounds: list[dict[str, Any]] = []
    while standing and len(elected) < terms.seats and not level:
        left = terms.seats - len(elected)
        winners, finalists = _Contest(scores, fives, pairs, standing).winners()
        rounds.append(
            {
                "scores": {option: scores[option] for option in standing},
                "finalists": finalists,
                "final": {one: pairs[one][other] for one, other in permutations(finalists, 2)}
                if len(finalists) == FINALISTS
                else {},
            }
        )
        if len(winners) == 1 or len(standing) <= left:
            elected += winners
            standing = [option for option in standing if option not in winners]
        else:
            # With several seats left, who is level now decides who stands in the next final: anyone may still win.
            level = winners if left == 1 else standing
    ballots = sum(tally.values())
    if not elected and not level:
        return Outcome(failed_verdict(dropped), [], ballots, dropped=dropped, votes=scores)
    verdict = "tied" if level else "passed"
    return Outcome(verdict, sorted(elected + level), ballots, sorted(elected), dropped, scores, rounds)


class _Contest:
    """One seat among `standing`."""

    def __init__(self, scores: dict[str, int], fives: dict[str, int], pairs: Pairs, standing: list[str]) -> None:
        self.scores, self.fives, self.pairs, self.standing = scores, fives, pairs, standing

    def winners(self) -> tuple[list[str], list[str]]:
        """(winners: several are level, finalists: more than two could not be told apart)."""
        if len(self.standing) == 1:
            return list(self.standing), list(self.standing)
        finalists = self._finalists()
        if len(finalists) > FINALISTS:
            return finalists, finalists
        one, other = finalists
        margin = self.pairs[one][other] - self.pairs[other][one]
        for difference in (margin, self.scores[one] - self.scores[other], self.fives[one] - self.fives[other]):
            if difference:
                return [one if difference > 0 else other], finalists
        return finalists, finalists

    def _finalists(self) -> list[str]:
        """Two, or all that could not be told apart."""
        certain, level = top_of({option: self.scores[option] for option in self.standing}, FINALISTS)
        while len(level) > FINALISTS - len(certain) > 0:
            places = FINALISTS - len(certain)
            dropped = self._most_losses(level) or self._fewest_fives(level, places)
            if not dropped:
                return sorted(certain + level)
            kept = [option for option in level if option not in dropped]
            if len(kept) > places:
                level = kept
            else:  # they have their places; of the others some may get what is left
                certain += kept
                level = sorted(dropped)
        return sorted(certain)

    def _most_losses(self, level: list[str]) -> set[str]:
        """Those of `level` that lose the most comparisons with each other; none if that tells nobody apart."""
        losses = {a: sum(self.pairs[b][a] > self.pairs[a][b] for b in level if b != a) for a in level}
        return _worst({option: -number for option, number in losses.items()})

    def _fewest_fives(self, level: list[str], places: int) -> set[str]:
        """All but those with the most votes of 5, if that many places are left; else those with the fewest."""
        fives = {option: self.fives[option] for option in level}
        best = {option for option in level if fives[option] == max(fives.values())}
        return set(level) - best if len(best) <= places else _worst(fives)


def _worst(points: dict[str, int]) -> set[str]:
    """Those with the fewest; none if all are equal."""
    worst = {option for option, number in points.items() if number == min(points.values())}
    return worst if len(worst) < len(points) else set()
