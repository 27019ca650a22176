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
    """But for three or more of the same score: starvote goes by who won most pairs, we by who lost fewest."""
    starvote = pytest.importorskip("starvote")
    scores = Counter(sum(ballot[option] for ballot in ballots) for option in OPTIONS)
    assume(max(scores.values()) < 3)
    ours = counted(Terms("star", OPTIONS), ballots)
    try:
        theirs = starvote.star_voting(ballots, maximum_score=5, tiebreaker=None)
    except starvote.UnbreakableTieError:
        assert ours.verdict == "tied"
    else:
        assert (ours.verdict, ours.winners) == ("passed", theirs)


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
