"""What each method promises, on whatever ballots Hypothesis thinks of."""

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.governance.counting.choices import InvalidChoice, canonical
from community.governance.counting.count import count
from community.governance.counting.pairs import dropped_by, pairs_of
from community.governance.counting.terms import METHODS, Outcome, Terms

OPTIONS = ("a", "b", "c", "d", "n")


@st.composite
def votes(draw: st.DrawFn, methods: tuple[str, ...] = METHODS[1:]) -> tuple[Terms, list[str]]:
    """A vote with options, a default or none, and its ballots."""
    terms = Terms(
        method=draw(st.sampled_from(methods)),
        options=OPTIONS,
        default=draw(st.sampled_from([None, "n"])),
        quorum_squared=Fraction(draw(st.integers(0, 9))),
        ratio=draw(st.sampled_from([Fraction(1), Fraction(3)])),
        unranked=draw(st.sampled_from(["last", "ignored"])),
        seats=draw(st.integers(1, 3)),
    )
    return terms, draw(st.lists(ballots(terms), max_size=12))


@st.composite
def ballots(draw: st.DrawFn, terms: Terms) -> str:
    if terms.method == "approval":
        return canonical(sorted(draw(st.sets(st.sampled_from(OPTIONS)))), terms)
    if terms.method == "star":
        return canonical(draw(st.dictionaries(st.sampled_from(OPTIONS), st.integers(0, 5))), terms)
    order = draw(st.permutations(OPTIONS))[: draw(st.integers(0, 5))]
    tiers: list[list[str]] = []
    for option in order:
        if tiers and terms.method == "schulze" and draw(st.booleans()):
            tiers[-1].append(option)
        else:
            tiers.append([option])
    return canonical(tiers, terms)


def tell(outcome: Outcome) -> tuple[str, list[str], list[str], dict[str, str]]:
    return outcome.verdict, outcome.winners, outcome.elected, outcome.dropped


def renamed(choice: Any, names: dict[str, str]) -> Any:
    if isinstance(choice, dict):
        return {names[option]: score for option, score in choice.items()}
    return [renamed(part, names) for part in choice] if isinstance(choice, list) else names[choice]


@given(votes(), st.permutations(OPTIONS), st.randoms())
def test_the_order_of_options_and_ballots_decides_nothing(
    vote: tuple[Terms, list[str]], order: Any, random: Any
) -> None:
    terms, cast = vote
    expected = tell(count(Counter(cast), terms))
    random.shuffle(cast)
    assert tell(count(Counter(cast), replace(terms, options=tuple(order)))) == expected


@given(votes(), st.permutations(OPTIONS))
def test_names_decide_nothing(vote: tuple[Terms, list[str]], order: Any) -> None:
    terms, cast = vote
    names = dict(zip(OPTIONS, order, strict=True))
    default = terms.default and names[terms.default]
    other = replace(terms, default=default)
    again = [canonical(renamed(json.loads(choice), names), other) for choice in cast]
    verdict, winners, elected, dropped = tell(count(Counter(cast), terms))
    assert tell(count(Counter(again), other)) == (
        verdict,
        sorted(names[option] for option in winners),
        sorted(names[option] for option in elected),
        {names[option]: why for option, why in dropped.items()},
    )


@given(votes())
def test_what_an_outcome_says_of_itself(vote: tuple[Terms, list[str]]) -> None:
    terms, cast = vote
    outcome = count(Counter(cast), terms)
    assert set(outcome.winners).isdisjoint(outcome.dropped)
    assert terms.default not in outcome.winners
    assert set(outcome.elected) <= set(outcome.winners)
    assert (outcome.winners == []) == (outcome.verdict in {"rejected", "no_quorum"})
    assert outcome.ballots == len(cast)
    seats = 1 if terms.method == "schulze" else terms.seats
    if outcome.verdict == "passed":
        assert len(outcome.winners) <= seats
    if outcome.verdict == "tied":
        assert len(outcome.winners) > seats
    assert json.loads(json.dumps(outcome.as_json())) == outcome.as_json()


@given(votes(("stv",)))
def test_an_election_drops_whom_the_pairs_say(vote: tuple[Terms, list[str]]) -> None:
    terms, cast = vote
    assert count(Counter(cast), terms).dropped == dropped_by(pairs_of(Counter(cast), terms), terms)


@given(votes(("stv",)))
def test_lots_end_every_tie_of_an_election(vote: tuple[Terms, list[str]]) -> None:
    terms, cast = vote
    outcome = count(Counter(cast), terms, draw="aa")
    assert outcome.verdict != "tied"
    without = count(Counter(cast), terms)
    assert set(outcome.winners) <= set(without.winners)


@given(votes(("schulze",)))
def test_schulze_is_the_beatpath_winner(vote: tuple[Terms, list[str]]) -> None:
    """Another way to the same winners: the strongest paths, by winning votes, then by fewer against."""
    terms, cast = vote
    outcome = count(Counter(cast), terms)
    pairs = pairs_of(Counter(cast), terms)
    standing = [option for option in OPTIONS if option not in outcome.dropped]
    none = (0, 0)
    path = {
        (a, b): (pairs[a][b], -pairs[b][a]) if pairs[a][b] > pairs[b][a] else none
        for a in standing
        for b in standing
        if a != b
    }
    for k in standing:
        for a in standing:
            for b in standing:
                if len({a, b, k}) == 3:
                    path[a, b] = max(path[a, b], min(path[a, k], path[k, b]))
    winners = [a for a in standing if all(path[a, b] >= path[b, a] for b in standing if a != b)]
    if winners == [terms.default]:
        winners = []
    assert winners == outcome.winners


@given(votes(("schulze",)))
def test_a_clone_changes_nothing_for_the_others(vote: tuple[Terms, list[str]]) -> None:
    """Beside each `a` a twin that all rank with it: the same of the others win (without quorum and ratio)."""
    terms, cast = vote
    terms = replace(terms, default=None)
    twins = replace(terms, options=(*OPTIONS, "a2"))
    cloned = [
        canonical([[*tier, "a2"] if "a" in tier else tier for tier in json.loads(choice)], twins) for choice in cast
    ]
    before, after = count(Counter(cast), terms).winners, count(Counter(cloned), twins).winners
    assert set(before) - {"a"} == set(after) - {"a", "a2"}
    assert ("a" in before) == ("a" in after) == ("a2" in after)


@given(*[st.integers(0, 40)] * 4, st.sampled_from([Fraction(1), Fraction(2), Fraction(3)]))
def test_to_vote_against_never_helps(yes: int, no: int, abstain: int, needed: int, ratio: Fraction) -> None:
    terms = Terms("yesno", (), quorum_squared=Fraction(needed**2), ratio=ratio)
    before = count({'"yes"': yes, '"no"': no, '"abstain"': abstain}, terms)
    after = count({'"yes"': yes, '"no"': no + 1, '"abstain"': abstain}, terms)
    assert before.verdict == "passed" or after.verdict != "passed"
    more = count({'"yes"': yes + 1, '"no"': no, '"abstain"': abstain}, terms)
    assert before.verdict != "passed" or more.verdict == "passed"
    shown = count({'"yes"': yes, '"no"': no, '"abstain"': abstain + 9}, terms)
    assert shown.verdict == before.verdict


@given(votes(("schulze",)), st.sampled_from(OPTIONS[:-1]))
def test_to_put_an_option_below_the_default_never_lifts_it_over_it(vote: tuple[Terms, list[str]], option: str) -> None:
    terms, cast = vote
    terms = replace(terms, default="n")
    before = count(Counter(cast), terms).dropped
    after = count(Counter([*cast, canonical([["n"], [option]], terms)]), terms).dropped
    assert option not in before or option in after


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_box_passes_nothing(method: str) -> None:
    default = None if method == "yesno" else "n"
    outcome = count({}, Terms(method, OPTIONS, default, quorum_squared=Fraction(1)))
    assert (outcome.verdict, outcome.winners) == ("no_quorum", [])


@pytest.mark.parametrize("unranked", ["last", "ignored"])
def test_what_is_left_out(unranked: str) -> None:
    """The one rule that changes real results (Debian 2006, Kubernetes 2021): it is part of the terms."""
    terms = Terms("schulze", ("a", "b", "c"), unranked=unranked)
    pairs = pairs_of({'[["a"]]': 3}, terms)
    assert pairs["a"]["b"] == (3 if unranked == "last" else 0)
    assert pairs["b"]["c"] == 0


def test_a_tie_stays_a_tie() -> None:
    terms = Terms("schulze", ("a", "b", "c"))
    cycle = {'[["a"],["b"],["c"]]': 1, '[["b"],["c"],["a"]]': 1, '[["c"],["a"],["b"]]': 1}
    assert count(cycle, terms).winners == ["a", "b", "c"]
    assert count(cycle, terms).verdict == "tied"
    approval = Terms("approval", ("a", "b", "c"), seats=2)
    outcome = count({'["a","b"]': 1, '["a","c"]': 1}, approval)
    assert (outcome.verdict, outcome.elected, outcome.winners) == ("tied", ["a"], ["a", "b", "c"])


@pytest.mark.parametrize(
    ("method", "choice"),
    [
        ("yesno", "maybe"),
        ("yesno", ["yes"]),
        ("approval", "a"),
        ("approval", ["a", "a"]),
        ("approval", [["a"]]),
        ("schulze", ["a"]),
        ("schulze", [[]]),
        ("schulze", [["a"], ["a"]]),
        ("schulze", [["x"]]),
        ("stv", [["a", "b"]]),
        ("star", {"a": 6}),
        ("star", {"a": True}),
        ("star", {"a": 1.0}),
        ("star", {"x": 1}),
        ("star", None),
    ],
)
def test_what_no_ballot_can_say(method: str, choice: Any) -> None:
    with pytest.raises(InvalidChoice):
        canonical(choice, Terms(method, OPTIONS))


def test_one_way_to_write_a_choice() -> None:
    assert canonical([["b", "a"]], Terms("schulze", OPTIONS)) == '[["a","b"]]'
    assert canonical(["b", "a"], Terms("approval", OPTIONS)) == '["a","b"]'
    assert canonical({"b": 1, "a": 5, "c": 0}, Terms("star", OPTIONS)) == '{"a":5,"b":1}'


@given(votes())
def test_terms_survive_json(vote: tuple[Terms, list[str]]) -> None:
    terms, _cast = vote
    assert Terms.of_json(json.loads(json.dumps(terms.as_json()))) == terms
