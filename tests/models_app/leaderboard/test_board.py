"""What is ranked, in which order, for whom."""

import copy
import json
from typing import Any

import pytest
from django.http import QueryDict

from community.members.actors import ANONYMOUS, Actor
from community.members.models import Role, User
from models_app.evaluation.models import RunState, Score, SuiteVersion
from models_app.leaderboard.queries import Board, leaderboard
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import DEFINITION, RunFactory, SuiteVersionFactory
from tests.factories.members import MembershipFactory, OrganizationFactory
from tests.models_app.leaderboard.conftest import Finish


def board(query: str = "", actor: Actor = ANONYMOUS) -> Board:
    found = leaderboard(actor, QueryDict(query))
    assert found is not None
    return found


def names(query: str = "", actor: Actor = ANONYMOUS) -> list[str]:
    return [row.record.run.repo.name for row in board(query, actor).rows]


def test_nothing_to_rank_by(db: None) -> None:
    assert leaderboard(ANONYMOUS, QueryDict()) is None


def test_best_first(finish: Finish) -> None:
    for name, overall in (("mid", 0.5), ("top", 0.9), ("low", 0.1)):
        finish(name, overall)
    assert names() == ["top", "mid", "low"]
    assert names("sort=-overall") == ["low", "mid", "top"]
    assert [row.rank for row in board("sort=-overall").rows] == [3, 2, 1]


def test_ties_share_a_rank(finish: Finish) -> None:
    for name, overall in (("a", 0.5), ("b", 0.5), ("c", 0.1)):
        finish(name, overall)
    assert [(row.record.run.repo.name, row.rank) for row in board().rows] == [("a", 1), ("b", 1), ("c", 3)]


def ranks(query: str = "") -> list[tuple[str, int, int]]:
    rows = board(query).rows
    return [(row.record.run.repo.name, row.ranks.best, row.ranks.worst) for row in rows if row.ranks]


def test_ranks_are_ranges_where_models_cannot_be_told_apart(finish: Finish) -> None:
    for name, overall in (("a", 0.50), ("b", 0.48), ("c", 0.465), ("d", 0.1)):  # ± 0.01 each: 0.0277 apart differ
        finish(name, overall, prose=overall)
    assert ranks() == [("a", 1, 2), ("b", 1, 3), ("c", 2, 3), ("d", 4, 4)]
    assert ranks("sort=prose") == [("d", 1, 1), ("c", 2, 3), ("b", 2, 4), ("a", 3, 4)]  # lower is better
    Score.objects.filter(record__run__repo__name="d").update(stderr=None)
    assert ranks() == [("a", 1, 3), ("b", 1, 4), ("c", 2, 4), ("d", 1, 4)]


def test_by_a_task_in_its_own_direction(finish: Finish) -> None:
    finish("fluent", 0.5, prose=1.0, grammar=0.6)
    finish("strict", 0.6, prose=3.0, grammar=0.9)
    assert names("sort=prose") == ["fluent", "strict"]
    assert names("sort=-prose") == ["strict", "fluent"]
    assert names("sort=grammar") == ["strict", "fluent"]
    assert [row.rank for row in board("sort=prose").rows] == [1, 2]


def test_tasks_are_those_of_the_families_on_the_board(finish: Finish) -> None:
    content = copy.deepcopy(DEFINITION) | {"families": ["causal", "masked"]}
    content["tasks"]["grammar"]["families"] = ["masked"]
    SuiteVersionFactory(definition=json.dumps(content))
    finish("writer", 0.5, family="causal")
    assert [task.name for task in board().tasks] == ["prose"]
    finish("filler", 0.6, family="masked")
    assert [task.name for task in board().tasks] == ["prose", "grammar"]
    assert [task.name for task in board("family=causal").tasks] == ["prose"]


def test_by_name_and_size(finish: Finish) -> None:
    finish("Beta", 0.9, parameter_count=10)
    finish("alpha", 0.5, parameter_count=1000)
    assert names("sort=name") == ["alpha", "Beta"]
    assert [row.rank for row in board("sort=name").rows] == [2, 1]
    assert names("sort=parameters") == ["Beta", "alpha"]
    assert names("sort=-parameters") == ["alpha", "Beta"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("licence=mit", ["small"]),
        ("family=masked", ["large"]),
        ("min_parameters=1M", ["large"]),
        ("max_parameters=999k", ["small"]),
        ("min_parameters=1&max_parameters=10B", ["large", "small"]),
        ("q=SMA", ["small"]),
        ("q=alice/sma", ["small"]),
        ("q=bob/sma", []),
        ("q=alice+large", ["large"]),
        ("licence=mit&family=masked", []),
        ("licence=&family=&q=", ["large", "small"]),
    ],
)
def test_filters(finish: Finish, query: str, expected: list[str]) -> None:
    finish("small", 0.4, licence="mit", parameter_count=1000)
    finish("large", 0.9, licence="apache-2.0", family="masked", parameter_count=10**9)
    assert names(query) == expected


def test_a_filter_that_makes_no_sense_is_told_and_filters_nothing(finish: Finish) -> None:
    finish("small", 0.4)
    shown = board("min_parameters=lots&licence=wtf")
    assert [row.record.run.repo.name for row in shown.rows] == ["small"]
    assert set(shown.filters.errors) == {"min_parameters", "licence"}


def test_chosen_columns(finish: Finish) -> None:
    finish("small", 0.4)
    assert [task.name for task in board().tasks] == ["prose", "grammar"]
    shown = board("tasks=grammar&tasks=chess")
    assert [task.name for task in shown.tasks] == ["grammar"]
    assert [cell.score.value for cell in shown.rows[0].cells if cell] == [0.75]


def test_featured_columns_until_somebody_chooses(finish: Finish) -> None:
    content = copy.deepcopy(DEFINITION)
    content["tasks"]["grammar"]["featured"] = True
    SuiteVersionFactory(definition=json.dumps(content))
    finish("small", 0.4)
    assert [task.name for task in board().tasks] == ["grammar"]
    assert [task.name for task in board("tasks=chess").tasks] == ["grammar"]
    assert [task.name for task in board("tasks=prose").tasks] == ["prose"]
    assert [task.name for task in board("tasks=prose&tasks=grammar").tasks] == ["grammar", "prose"]
    assert [task.name for task in board().all_tasks] == ["grammar", "prose"]


def test_the_bars_run_from_chance_to_best(finish: Finish) -> None:
    finish("small", 0.4)
    row = board().rows[0]
    prose, grammar = row.cells
    assert prose is not None
    assert grammar is not None
    assert (prose.bar.length, grammar.bar.length) == (75.0, 50.0)
    assert (row.overall.bar.length, row.overall.bar.low, row.overall.bar.high) == pytest.approx((40, 39, 41))


def test_a_newer_record_takes_the_place_of_an_older_one(finish: Finish) -> None:
    old = finish("small", 0.4)
    repo = old.run.repo
    repo.head_sha = "a" * 40
    repo.save()
    RunFactory(repo=repo, commit_sha=repo.head_sha)
    assert [row.record for row in board().rows] == [old]
    repo.runs.filter(state=RunState.QUEUED).delete()
    new = finish("small", 0.3, repo=repo)
    assert [row.record for row in board().rows] == [new]


def test_a_branch_that_went_back_shows_its_head(finish: Finish) -> None:
    first = finish("small", 0.4)
    repo = first.run.repo
    old_head, repo.head_sha = repo.head_sha, "a" * 40
    finish("small", 0.3, repo=repo)
    repo.head_sha = old_head
    repo.save()
    assert [row.record for row in board().rows] == [first]


def test_only_the_active_suite_counts_unless_another_is_asked_for(finish: Finish) -> None:
    finish("small", 0.4)
    SuiteVersion.objects.update(active=False)
    second = SuiteVersionFactory(version=2)
    SuiteVersionFactory(version=3, active=False)
    assert names() == []
    assert names("suite=standard/1") == ["small"]
    assert [version.key for version in board("suite=standard/1").versions] == ["standard/2", "standard/1"]
    assert board("suite=standard/3").suite_version == second  # proposed only: nothing to rank by


@pytest.mark.parametrize("who", ["nobody", "bob", "carol", "alice"])
def test_private_models(finish: Finish, alice: User, bob: User, carol: User, who: str) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=lab, user=carol, role=Role.READ)
    finish("public", 0.1)
    finish("of-lab", 0.5, namespace=lab.namespace, private=True)
    finish("secret", 0.9, private=True, licence="mit")
    actor = {"nobody": ANONYMOUS, "bob": Actor(bob), "carol": Actor(carol), "alice": Actor(alice)}[who]
    expected = {"carol": ["of-lab", "public"], "alice": ["secret", "of-lab", "public"]}.get(who, ["public"])
    shown = board("", actor)
    assert [row.record.run.repo.name for row in shown.rows] == expected
    assert [row.rank for row in shown.rows] == list(range(1, len(expected) + 1))
    assert shown.page.paginator.count == len(expected)
    licences = [value for value, _label in shown.filters.form.fields["licence"].choices if value]
    assert licences == (["mit"] if who == "alice" else [])


@pytest.mark.parametrize("count", [2, 20])
def test_a_fixed_number_of_queries(finish: Finish, bob: User, count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        finish(f"model-{number}", number / 20)
    with django_assert_num_queries(6):
        shown = board("sort=prose", Actor(bob))
        assert len([row.record.run.repo.full_id for row in shown.rows]) == count


def test_pages(finish: Finish, alice: User) -> None:
    for number in range(51):
        finish(f"model-{number:02}", number / 100)
    first, second = board(), board("page=2")
    assert (len(first.rows), len(second.rows)) == (50, 1)
    assert (first.rows[0].rank, second.rows[0].rank) == (1, 51)
    assert board("page=999").page.number == 2
    assert board("page=x").page.number == 1


def test_unfinished_models_are_not_ranked(alice: User) -> None:
    SuiteVersionFactory()
    for state in ({}, {"running": True}, {"failed": True}):
        RunFactory(repo=RepoFactory(creator=alice), **state)
    assert names() == []
