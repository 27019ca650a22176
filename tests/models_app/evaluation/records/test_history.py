"""A model's scores from commit to commit."""

import json
from typing import Any

import pytest
from django.test import Client

from community.members.models import User
from models_app.evaluation.models import Record, SuiteVersion
from models_app.evaluation.records.history import charts, history
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, ScoreFactory, SuiteVersionFactory

CONDITIONS = {"architecture": {"layers": 4}, "device": "cpu", "precision": "float32", "versions": {"torch": "2.13.0"}}
pytestmark = pytest.mark.django_db


@pytest.fixture
def repo(alice: User) -> Repo:
    SuiteVersionFactory()
    return RepoFactory(creator=alice, name="tiny")


def measured(repo: Repo, number: int, value: float, **facts: Any) -> Record:
    run_facts = {"suite_version": SuiteVersion.objects.get(active=True), "done": True} | facts.pop("run", {})
    run = RunFactory(repo=repo, commit_sha=f"{number:040}", **run_facts)
    payload = json.dumps({**CONDITIONS, "seed": run.pk})
    record: Record = RecordFactory(run=run, payload=payload, **facts)
    ScoreFactory(record=record, task="overall", metric="score", value=value, stderr=0.01)
    return record


def test_by_suite_version_the_active_one_first_oldest_commit_first(repo: Repo) -> None:
    first = measured(repo, 1, 0.25)
    measured(repo, 2, 0.5)
    SuiteVersion.objects.update(active=False)
    SuiteVersionFactory(version=2)
    measured(repo, 2, 0.75)
    answer = Client().get("/api/evaluation/history?repo=alice/tiny").json()
    assert [(series["suite"]["version"], [point["value"] for point in series["points"]]) for series in answer] == [
        (2, [0.75]),
        (1, [0.25, 0.5]),
    ]
    point = answer[1]["points"][0]
    assert point.pop("finished_at")
    assert point == {
        "commit": f"{1:040}",
        "record": first.sha256,
        "value": 0.25,
        "stderr": 0.01,
        "verdict": "alone",
    }


def test_of_repetitions_only_the_one_that_stands(repo: Repo) -> None:
    first = measured(repo, 1, 0.25, stands=False)
    measured(repo, 2, 0.5)
    measured(repo, 1, 0.3, run={"repeat_of": first.run})
    (series,) = history(repo)
    assert [point.value for point in series.points] == [0.3, 0.5]


def test_a_chart_fits_its_frame(repo: Repo) -> None:
    measured(repo, 1, 0.2)
    assert charts(history(repo)) == []
    measured(repo, 2, 0.6)
    measured(repo, 3, 0.4)
    (chart,) = charts(history(repo))
    assert (chart.bottom, chart.top) == pytest.approx((0.19, 0.61))
    assert [mark.x for mark in chart.marks] == [4, 50, 96]
    assert chart.marks[1].high == pytest.approx(6)
    assert chart.marks[0].low == pytest.approx(94)
    assert len(chart.lines) == 2
    page = Client().get("/alice/tiny/evaluation").content.decode()
    assert page.count('class="history__line"') == 2


def test_a_private_model_has_none_for_others(alice: User, bob: User) -> None:
    SuiteVersionFactory()
    secret = RepoFactory(creator=alice, name="secret", private=True)
    measured(secret, 1, 0.5)
    for user in (None, bob):
        client = Client()
        if user:
            client.force_login(user)
        assert client.get("/api/evaluation/history?repo=alice/secret").status_code == 404
    client = Client()
    client.force_login(alice)
    assert len(client.get("/api/evaluation/history?repo=alice/secret").json()) == 1


@pytest.mark.parametrize("commits", [2, 12])
def test_one_query(repo: Repo, commits: int, django_assert_num_queries: Any) -> None:
    for number in range(commits):
        measured(repo, number, number / 20)
    with django_assert_num_queries(1):
        assert len(charts(history(repo))[0].marks) == commits
