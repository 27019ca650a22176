"""The rules by themselves, at their edges."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from community.governance.models import Proposal, RuleValue, State
from community.governance.queries import kind_of
from community.governance.rules import (
    KINDS,
    allows,
    closing_time,
    extended,
    is_parameter,
    is_title,
    option_key,
    sponsors_needed,
)
from community.members.actors import Actor
from tests.community.governance.conftest import decided, opened

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("members", "needed"),
    [(0, 0), (1, 0), (2, 1), (4, 1), (5, 2), (16, 2), (17, 3), (36, 3), (37, 4), (64, 4), (65, 5), (10_000, 5)],
)
def test_sponsors_follow_the_root_of_the_members(members: int, needed: int) -> None:
    assert sponsors_needed(members) == needed


def test_beyond_ten_thousand_ten_are_needed() -> None:
    assert sponsors_needed(10_001) == 10


@pytest.mark.parametrize(("days", "day"), [(7, 8), (14, 15), (3, 4), (1, 4), (0, 4)])
def test_a_vote_ends_with_a_day_and_not_within_three(days: int, day: int) -> None:
    assert closing_time(NOON, days) == datetime(2026, 3, day, 23, 59, 59, tzinfo=UTC)


def test_a_day_is_one_of_utc_wherever_the_server_stands() -> None:
    """Also over the night when clocks change."""
    local = timezone(timedelta(hours=8))
    late = datetime(2026, 3, 28, 2, tzinfo=local)  # still the 27th in UTC
    assert closing_time(late, 7) == datetime(2026, 4, 3, 23, 59, 59, tzinfo=UTC)


def test_a_discussion_is_made_longer_never_shorter_and_has_an_end() -> None:
    week = timedelta(days=7)
    assert extended(NOON + 2 * week, NOON + 3 * week, NOON) == NOON + 2 * week
    assert extended(NOON + week / 2, NOON + 3 * week, NOON) == NOON + week
    assert extended(NOON + week / 2, NOON + week / 2, NOON) == NOON + week / 2


def test_keys_of_options_go_on_behind_z() -> None:
    assert [option_key(number) for number in (0, 1, 25, 26, 27, 51, 52, 701, 702)] == [
        *("a", "b", "z", "aa", "ab", "az", "ba", "zz", "aaa")
    ]


@pytest.mark.parametrize(("title", "good"), [("Why", True), ("Wh", False), ("x" * 201, False), ("a\nb c", False)])
def test_titles(title: str, *, good: bool) -> None:
    assert is_title(title) is good


def test_a_star_allows_the_verbs_behind_it() -> None:
    assert allows(KINDS["ordinary"], "model.hide")
    assert not allows(KINDS["ordinary"], "modelling.hide")
    assert not allows(KINDS["ordinary"], "rules.set")
    assert allows(KINDS["charter"], "rules.set")


@pytest.mark.parametrize(
    ("name", "value", "may"),
    [
        ("ratio", 2, True),
        ("ratio", 0, False),
        ("ratio", 11, False),
        ("ratio", 1.5, False),
        ("ratio", True, False),
        ("voting_days", 3, True),
        ("voting_days", 2, False),
        ("discussion_days", 21, True),
        ("discussion_days", 22, False),  # longer than the longest
        ("notice_hours", 23, False),
        ("method", 1, False),
    ],
)
def test_what_a_vote_may_set(name: str, value: object, *, may: bool) -> None:
    assert is_parameter(KINDS["ordinary"], name, value) is may


@pytest.mark.django_db
def test_a_rule_that_changes_does_not_touch_an_open_vote(members: list[Actor]) -> None:
    before, decision = opened(members), Proposal.objects.create(kind="charter", title="Stricter", state="passed")
    RuleValue.objects.create(kind="ordinary", name="ratio", value="3", proposal=decision)
    assert kind_of("ordinary").ratio == 3
    after = opened(members[3:])
    assert (before.terms["ratio"], after.terms["ratio"]) == ("1", "3")
    assert decided(members, before, yes=8, no=4).state == State.PASSED
    assert decided(members, after, yes=8, no=4).state == State.REJECTED
