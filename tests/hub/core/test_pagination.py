"""Keyset pages: nothing twice, nothing lost, and no trust in what comes back."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.members.models import User
from hub.core.errors import Invalid
from hub.core.pagination import page
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def walk(ordering: list[str], limit: int = 2) -> list[str]:
    seen, cursor = [], None
    while True:
        rows, cursor = page(Repo.objects.select_related("namespace"), ordering, cursor, limit)
        assert len(rows) <= limit
        seen += [repo.name for repo in rows]
        if cursor is None:
            return seen


@pytest.fixture
def repos(alice: User, bob: User) -> list[Repo]:
    counts = [5, None, 7, 5, None, 0]
    return [
        RepoFactory(
            creator=alice if index % 2 else bob,
            name=f"r{index}",
            parameter_count=count,
            last_modified=NOON + timedelta(microseconds=index // 2),
        )
        for index, count in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        (["name"], ["r0", "r1", "r2", "r3", "r4", "r5"]),
        (["-name"], ["r5", "r4", "r3", "r2", "r1", "r0"]),
        (["-last_modified"], ["r5", "r4", "r3", "r2", "r1", "r0"]),
        (["last_modified", "-name"], ["r1", "r0", "r3", "r2", "r5", "r4"]),
        (["parameter_count"], ["r5", "r0", "r3", "r2", "r1", "r4"]),
        (["-parameter_count"], ["r2", "r3", "r0", "r5", "r4", "r1"]),
        (["namespace__name", "name"], ["r1", "r3", "r5", "r0", "r2", "r4"]),
        ([], ["r0", "r1", "r2", "r3", "r4", "r5"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 6])
def test_pages_together_are_the_whole_list(repos: list[Repo], ordering: list[str], expected: list[str], limit: int):
    assert walk(ordering, limit) == expected


def test_an_annotation_orders_too(repos: list[Repo]):
    tagged = Repo.objects.annotate(tags=Count("tag_rows"))

    first, cursor = page(tagged, ["-tags", "name"], None, 4)
    rest, end = page(tagged, ["-tags", "name"], cursor, 4)

    assert [repo.name for repo in [*first, *rest]] == [f"r{n}" for n in range(6)]
    assert end is None


def test_rows_that_come_and_go_shift_nothing(repos: list[Repo], alice: User):
    _rows, cursor = page(Repo.objects.all(), ["name"], None, 2)
    RepoFactory(creator=alice, name="a-new-one")
    repos[0].delete()

    rows, _cursor = page(Repo.objects.all(), ["name"], cursor, 2)

    assert [repo.name for repo in rows] == ["r2", "r3"]


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "====",
        "W" * 2001,
        encoded(None),
        encoded({}),
        encoded([["name", "pk"]]),
        encoded([["name", "pk"], ["r0"]]),
        encoded([["name", "pk"], ["r0", "one"]]),
        encoded([["name", "pk"], ["r0", 1e400]]),
        encoded([["name", "pk"], [["r0"], 1]]),
        encoded([["name", "pk"], [None, 1]]),
        encoded([["name", "pk"], ["a\x00b", 1]]),
        encoded([["name", "pk"], ["\ud800", 1]]),
        encoded([["-name", "-pk"], ["r0", 1]]),
        base64.urlsafe_b64encode(b"[" * 1000).decode(),
    ],
)
def test_a_damaged_cursor_is_refused(db: None, cursor: str):
    with pytest.raises(Invalid, match="start again at the first page"):
        page(Repo.objects.all(), ["name"], cursor, 2)


@pytest.mark.parametrize("value", ["2026-01-01T12:00:00", "yesterday", 5, "9999-99-99"])
def test_a_time_must_be_a_whole_one(db: None, value: object):
    cursor = encoded([["-last_modified", "-pk"], [value, 1]])

    with pytest.raises(Invalid):
        page(Repo.objects.all(), ["-last_modified"], cursor, 2)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cursor=st.text(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text() | st.floats(), st.lists).map(
        lambda x: encoded([["name", "pk"], x])
    )
)
def test_any_cursor_gives_a_page_or_invalid(db: None, cursor: str):
    try:
        rows, following = page(Repo.objects.all(), ["name"], cursor, 2)
    except Invalid:
        return
    assert (rows, following) == ([], None)
