"""Our counts beside those of others, on whatever ballots Hypothesis thinks of.

The libraries are no dependency, for their size or their licence, so where one is not installed its test is skipped:
``pip install starvote stvpoll pref_voting`` in an environment of one's own, and ``PYTHONPATH`` to it.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from community.governance.counting.choices import canonical
from community.governance.counting.count import count
from community.governance.counting.single import top_of
from community.governance.counting.terms import Outcome, Terms

OPTIONS = ("a", "b", "c", "d")
RANKINGS = st.lists(st.permutations(OPTIONS), min_size=1, max_size=25)
many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def counted(terms: Terms, choices: list[Any]) -> Outcome:
    return count(Counter(canonical(choice, terms) for choice in choices), terms)


@many
@given(
    ballots=st.lists(st.fixed_dictionaries({option: st.integers(0, 5) for option in OPTIONS}), min_size=1, max_size=25)
)
def test_star_as_starvote_counts(ballots: list[dict[str, int]]) -> None:
    """But where three or more are level for the final (`test_star_where_starvote_differs`)."""
    starvote = pytest.importorskip("starvote")
    _certain, level = top_of({option: sum(ballot[option] for ballot in ballots) for option in OPTIONS}, 2)
    assume(len(level) < 3)
    ours = counted(Terms("star", OPTIONS), ballots)
    try:
        theirs = starvote.star_voting(ballots, maximum_score=5, tiebreaker=None)
    except starvote.UnbreakableTieError:
        assert ours.verdict == "tied"
    else:
        assert (ours.verdict, ours.winners) == ("passed", theirs)


def test_star_where_starvote_differs() -> None:
    """Three are level. The official protocol counts comparisons: a loses none, b and c lose one each, and c beats
    b, so a and c meet in the final. starvote adds up for each how many voters prefer it to the others, 5, 3 and 3,
    and so lets votes of five decide between b and c; b is level with a then, and wins by another vote of five.
    """
    starvote = pytest.importorskip("starvote")
    rows = [(3, 5, 2), (4, 1, 3), (4, 2, 3), (0, 3, 3)]
    ballots = [dict(zip("abc", row, strict=True)) for row in rows]
    ours = counted(Terms("star", ("a", "b", "c")), ballots)
    theirs = starvote.star_voting(ballots, maximum_score=5, tiebreaker=None)
    assert (ours.winners, theirs) == (["a"], ["b"])


@many
@given(rankings=st.lists(st.permutations(OPTIONS), min_size=2, max_size=25), seats=st.integers(1, 3), data=st.data())
def test_stv_as_stvpoll_counts(rankings: list[list[str]], seats: int, data: st.DataObject) -> None:
    """But where several reach the quota in one stage: STVPoll passes votes on to those who are elected already."""
    stv = pytest.importorskip("stvpoll.scottish_stv")
    papers = [ranking[: data.draw(st.integers(1, len(OPTIONS)))] for ranking in rankings]
    ours = counted(Terms("stv", OPTIONS, seats=seats), [[[option] for option in paper] for paper in papers])
    poll = stv.ScottishSTV(seats=seats, candidates=OPTIONS, random_in_tiebreaks=False)
    for paper in papers:
        poll.add_ballot(paper)
    theirs = poll.calculate()
    assume(all(len(stage["selected"]) == 1 for stage in theirs.as_dict()["rounds"]))
    assert (ours.verdict == "passed") == theirs.complete
    if theirs.complete:
        assert ours.winners == sorted(theirs.elected_as_set())


@many
@given(rankings=RANKINGS)
def test_schulze_as_pref_voting_counts(rankings: list[list[str]]) -> None:
    margins = pytest.importorskip("pref_voting.margin_based_methods")
    profiles = pytest.importorskip("pref_voting.profiles")
    ours = counted(Terms("schulze", OPTIONS), [[[option] for option in ranking] for ranking in rankings])
    profile = profiles.Profile([tuple(OPTIONS.index(option) for option in ranking) for ranking in rankings])
    assert ours.winners == [OPTIONS[index] for index in sorted(margins.beat_path(profile))]
