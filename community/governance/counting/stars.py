"""STAR (score, then automatic run-off), and bloc STAR for several seats: the same again without those elected.

Ties are broken as the STAR Voting protocol says (starvoting.org/ties), but for its last step, a draw: what is level
then is a tie.
"""

import json
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
        rounds.append({"scores": {option: scores[option] for option in standing}, "finalists": finalists})
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
        certain, level = top_of({option: self.scores[option] for option in self.standing}, FINALISTS)
        if level:
            losses = {a: -sum(self.pairs[b][a] > self.pairs[a][b] for b in level if b != a) for a in level}
            more, level = top_of(losses, FINALISTS - len(certain))
            certain += more
        if level:
            more, level = top_of({option: self.fives[option] for option in level}, FINALISTS - len(certain))
            certain += more
        return sorted(certain + level)
