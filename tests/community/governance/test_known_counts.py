"""Counts whose outcome others have published."""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

import pytest

from community.governance.counting.choices import canonical
from community.governance.counting.count import count
from community.governance.counting.ranked import decide
from community.governance.counting.terms import Outcome, Terms, approvals_needed_squared, meets_quorum, meets_ratio


def ranked(profile: Mapping[str, int], terms: Terms) -> dict[str, int]:
    """{"ABC": 5}: five ballots that put A before B before C."""
    return {canonical([[option] for option in order], terms): number for order, number in profile.items()}


# Markus Schulze, "A new monotonic … election method", example 1.
SCHULZE_1 = {"ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8}
# The capital of Tennessee (Memphis, Nashville, Chattanooga, Knoxville), the usual example of Condorcet methods.
TENNESSEE = {"MNCK": 42, "NCKM": 26, "CKNM": 15, "KCNM": 17}


@pytest.mark.parametrize(("profile", "winner"), [(SCHULZE_1, "E"), (TENNESSEE, "N")])
def test_schulze(profile: dict[str, int], winner: str) -> None:
    terms = Terms("schulze", tuple(sorted(next(iter(profile)))))
    outcome = count(ranked(profile, terms), terms)
    assert (outcome.verdict, outcome.winners) == ("passed", [winner])


def test_pairs_of_schulzes_example() -> None:
    terms = Terms("schulze", tuple("ABCDE"))
    outcome = count(ranked(SCHULZE_1, terms), terms)
    assert outcome.votes["A"] == {"B": 20, "C": 26, "D": 30, "E": 22}
    assert outcome.votes["E"] == {"A": 23, "B": 27, "C": 21, "D": 31}


def test_debian_2022_vote_003() -> None:
    """Non-free firmware: the table of vote.debian.org; 936 developers, 3:1 for what changes the social contract."""
    table = [
        [0, 158, 206, 270, 72, 129, 264],
        [170, 0, 235, 286, 121, 75, 291],
        [144, 99, 0, 294, 127, 84, 306],
        [80, 64, 53, 0, 74, 55, 135],
        [229, 219, 229, 279, 0, 169, 289],
        [216, 253, 266, 298, 163, 0, 311],
        [91, 63, 51, 197, 63, 42, 0],
    ]
    options = tuple("1234567")
    pairs = {one: {other: table[i][j] for j, other in enumerate(options) if i != j} for i, one in enumerate(options)}
    quorum = Fraction(9 * 936, 4)
    assert round(float(quorum) ** 0.5, 9) == 45.891175622  # as the secretary's program printed it
    three = Fraction(3)
    terms = Terms("schulze", options, "7", quorum, ratios={"5": three, "6": three})
    outcome = decide(pairs, terms, 354)
    assert outcome.dropped == {"4": "ratio"}
    assert (outcome.verdict, outcome.winners) == ("passed", ["5"])


def test_star_in_tennessee() -> None:
    """The example of the article on STAR voting: Nashville and Chattanooga in the final."""
    terms = Terms("star", ("C", "K", "M", "N"))
    scores = {
        42: {"M": 5, "N": 2, "C": 1},
        26: {"N": 5, "C": 2, "K": 2},
        15: {"N": 3, "C": 5, "K": 4},
        17: {"N": 2, "C": 4, "K": 5},
    }
    outcome = count({canonical(choice, terms): number for number, choice in scores.items()}, terms)
    assert outcome.votes == {"C": 237, "K": 197, "M": 210, "N": 293}
    assert (outcome.rounds[0]["finalists"], outcome.rounds[0]["final"]) == (["C", "N"], {"C": 32, "N": 68})
    assert (outcome.verdict, outcome.winners) == ("passed", ["N"])


def test_stv_by_hand() -> None:
    """Three seats, 20 papers: the quota is 6. A's surplus of 2 goes on at 2/8; B, then D, are excluded."""
    terms = Terms("stv", tuple("ABCDE"), seats=3)
    outcome = count(ranked({"AC": 6, "AE": 2, "BE": 2, "CA": 4, "DB": 3, "E": 3}, terms), terms)
    assert outcome.votes == {"quota": 600_000}
    first, second, third, fourth, last = outcome.rounds
    assert first["votes"] == {"A": 800_000, "B": 200_000, "C": 400_000, "D": 300_000, "E": 300_000}
    assert second == {
        "surplus_of": "A",
        "surplus": 200_000,
        "votes": {"A": 600_000, "B": 200_000, "C": 550_000, "D": 300_000, "E": 350_000},
        "elected": [],
    }
    assert third["excluded"] == "B"
    assert third["votes"] == {"A": 600_000, "B": 0, "C": 550_000, "D": 300_000, "E": 550_000}
    assert fourth["excluded"] == "D"
    assert last == {"filled": ["C", "E"]}
    assert (outcome.verdict, outcome.winners) == ("passed", ["A", "C", "E"])


def test_stv_cuts_off_after_five_places() -> None:
    terms = Terms("stv", tuple("ABC"), seats=2)
    outcome = count(ranked({"AB": 7, "B": 1, "C": 3}, terms), terms)  # a quota of 4, a surplus of 3; 3/7 = 0.42857…
    assert outcome.rounds[1]["votes"] == {"A": 400_000, "B": 100_000 + 7 * 42_857, "C": 300_000}
    assert outcome.winners == ["A", "B"]


@pytest.mark.parametrize(
    ("members", "least"),
    [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 3), (8, 4), (9, 5), (50, 11), (300, 26), (1000, 48), (10_000, 150)],
)
def test_quorum_is_never_rounded(members: int, least: int) -> None:
    terms = Terms("yesno", (), quorum_squared=approvals_needed_squared(members))
    assert meets_quorum(least, terms)
    assert not meets_quorum(least - 1, terms)


def test_ratio_at_its_boundary() -> None:
    assert meets_ratio(30, 10, Fraction(3))
    assert not meets_ratio(29, 10, Fraction(3))
    assert not meets_ratio(10, 10, Fraction(1))
    assert meets_ratio(1, 0, Fraction(3))
    assert not meets_ratio(0, 0, Fraction(3))
    assert meets_ratio(2, 1, Fraction(2))


def star(*rows: tuple[int, ...]) -> Outcome:
    """Of ballots that give so many stars to a, b, c …"""
    terms = Terms("star", tuple("abcdef"[: len(rows[0])]))
    return count(Counter(canonical(dict(zip(terms.options, row, strict=True)), terms) for row in rows), terms)


def test_three_level_for_the_final_are_told_apart_by_comparisons_they_lose() -> None:
    """11 stars each: a beats c and is level with b, c beats b."""
    outcome = star((3, 5, 2), (4, 1, 3), (4, 2, 3), (0, 3, 3))
    assert (outcome.verdict, outcome.winners, outcome.rounds[0]["finalists"]) == ("passed", ["a"], ["a", "c"])


def test_three_that_beat_each_other_in_a_circle_are_told_apart_by_votes_of_five() -> None:
    """9 stars each: a beats b, b beats c and c beats a, by 2 to 1; b has the one vote of 5, and c beats a."""
    outcome = star((4, 3, 2), (2, 5, 3), (3, 1, 4))
    assert outcome.rounds[0]["scores"] == {"a": 9, "b": 9, "c": 9}
    assert (outcome.winners, outcome.rounds[0]["finalists"]) == (["b"], ["b", "c"])


def test_three_that_nothing_tells_apart_are_tied() -> None:
    outcome = star((5, 3, 1), (1, 5, 3), (3, 1, 5))
    assert (outcome.verdict, outcome.winners, outcome.rounds[0]["finalists"]) == (
        "tied",
        ["a", "b", "c"],
        ["a", "b", "c"],
    )
