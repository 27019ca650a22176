"""Schulze's method as Debian counts it: cloneproof Schwartz sequential dropping (Debian constitution, A.5)."""

from community.governance.counting.choices import Tally
from community.governance.counting.pairs import Pairs, dropped_by, failed_verdict, pairs_of
from community.governance.counting.terms import Outcome, Terms

Defeats = set[tuple[str, str]]


def count_schulze(tally: Tally, terms: Terms) -> Outcome:
    """One winner, or all that remain in the Schwartz set without a defeat between them."""
    return decide(pairs_of(tally, terms), terms, sum(tally.values()))


def decide(pairs: Pairs, terms: Terms, ballots: int) -> Outcome:
    """The outcome from the table of pairs alone, which is all that Debian publishes of a secret vote."""
    dropped = dropped_by(pairs, terms)
    standing = sorted(option for option in terms.options if option not in dropped)
    winners, rounds = _sequential_dropping(pairs, standing)
    if winners == [terms.default]:
        verdict, winners = failed_verdict(dropped), []
    else:
        verdict = "passed" if len(winners) == 1 else "tied"
    return Outcome(verdict, winners, ballots, dropped=dropped, votes=dict(pairs), rounds=rounds)


def _sequential_dropping(pairs: Pairs, standing: list[str]) -> tuple[list[str], list[dict[str, object]]]:
    defeats = {(a, b) for a in standing for b in standing if a != b and pairs[a][b] > pairs[b][a]}
    rounds: list[dict[str, object]] = []
    while True:
        schwartz = _schwartz_set(standing, defeats)
        inside = {(a, b) for a, b in defeats if a in schwartz and b in schwartz}
        if not inside:
            return schwartz, [*rounds, {"schwartz": schwartz, "dropped_defeats": []}]
        weakest = max(_weakness(pairs, defeat) for defeat in inside)
        gone = sorted(defeat for defeat in inside if _weakness(pairs, defeat) == weakest)
        rounds.append({"schwartz": schwartz, "dropped_defeats": [list(defeat) for defeat in gone]})
        defeats = inside - set(gone)
        standing = schwartz


def _weakness(pairs: Pairs, defeat: tuple[str, str]) -> tuple[int, int]:
    """Fewer votes for make a defeat weaker; among as many, more votes against (A.5.7)."""
    a, b = defeat
    return -pairs[a][b], pairs[b][a]


def _schwartz_set(standing: list[str], defeats: Defeats) -> list[str]:
    """Those that beat, over however many steps, everyone by whom they are so beaten."""
    beats = {a: {b for b in standing if (a, b) in defeats} for a in standing}
    for middle in standing:
        for a in standing:
            if middle in beats[a]:
                beats[a] |= beats[middle]
    return [a for a in standing if all(b in beats[a] for b in standing if a in beats[b])]
