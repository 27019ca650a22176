"""Badges and what else is taken along from an evaluation."""

import csv
import json
from xml.etree import ElementTree as ET

import pytest
import yaml
from django.test import Client
from huggingface_hub import parse_eval_result_entries

from community.members.models import User
from models_app.evaluation.models import Record
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, ScoreFactory
from tests.models_app.pages.test_evaluation import CONDITIONS

pytestmark = pytest.mark.django_db
BADGE = "/alice/tiny/badge.svg"


@pytest.fixture
def record(alice: User) -> Record:
    run = RunFactory(repo=RepoFactory(creator=alice, name="tiny"), done=True)
    record: Record = RecordFactory(run=run, payload=json.dumps(CONDITIONS))
    ScoreFactory(record=record, task="overall", metric="score", value=0.342, stderr=0.011, n=200)
    ScoreFactory(record=record, task="grammar", metric="acc", value=0.75, stderr=None)
    ScoreFactory(record=record, task="grammar", metric="f1", value=0.5, primary=False)
    return record


def words(content: bytes) -> list[str]:
    return [text.text or "" for text in ET.fromstring(content).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


def test_a_badge(record: Record) -> None:
    badge = Client().get(BADGE)
    assert (badge.status_code, badge["Content-Type"], badge["Cache-Control"]) == (
        200,
        "image/svg+xml",
        "public, max-age=300",
    )
    assert words(badge.content) == ["Leyuan standard v1", "34.2 ± 1.1 of 100"]
    assert words(Client().get(f"{BADGE}?task=grammar").content) == ["Leyuan standard v1: Grammar", "0.7500 accuracy"]
    chinese = Client(headers={"Accept-Language": "zh-hans"}).get(f"{BADGE}?task=grammar")
    assert words(chinese.content) == ["Leyuan standard v1: Grammar", "0.7500 accuracy"]
    again = Client().get(BADGE, headers={"If-None-Match": badge["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Record.objects.update(verdict="confirmed")
    assert words(Client().get(BADGE, headers={"If-None-Match": badge["ETag"]}).content)[1] == "34.2 ± 1.1 of 100 ✓"


def test_badges_that_there_are_not(record: Record, alice: User, bob: User) -> None:
    assert Client().get(f"{BADGE}?task=chess").status_code == 404
    assert Client().get("/alice/missing/badge.svg").status_code == 404
    RepoFactory(creator=alice, name="new")
    assert words(Client().get("/alice/new/badge.svg").content) == ["Leyuan", "not evaluated"]


def test_of_a_private_model_only_for_those_who_see_it(record: Record, alice: User, bob: User) -> None:
    record.run.repo.private = True
    record.run.repo.save()
    files = [f"/api/evaluation/records/{record.sha256}/{name}" for name in ("scores.csv", "eval_results.yaml")]
    for user in (None, bob):
        client = Client()
        if user:
            client.force_login(user)
        assert [client.get(path).status_code for path in (BADGE, *files)] == [404, 404, 404]
        assert client.get("/api/leaderboard.csv").content.decode().count("\n") == 1
    owner = Client()
    owner.force_login(alice)
    badge = owner.get(BADGE)
    assert (badge.status_code, badge["Cache-Control"]) == (200, "private, no-store")
    assert [owner.get(path).status_code for path in files] == [200, 200]
    page = owner.get("/alice/tiny/evaluation").content.decode()
    assert "badge.svg" not in page  # nobody else could see it


def test_the_page_offers_them(record: Record) -> None:
    page = Client().get("/alice/tiny/evaluation").content.decode()
    assert f"/api/evaluation/records/{record.sha256}/eval_results.yaml" in page
    assert "[![Leyuan: alice/tiny](http" in page
    assert "manage.py reproduce " + record.sha256 in page


def test_scores_as_csv(record: Record) -> None:
    answer = Client().get(f"/api/evaluation/records/{record.sha256}/scores.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert [(row["task"], row["metric"], row["value"], row["stderr"], row["primary"]) for row in rows] == [
        ("overall", "score", "0.342", "0.011", "True"),
        ("grammar", "acc", "0.75", "", "True"),
        ("grammar", "f1", "0.5", "0.01", "False"),
    ]
    assert {(row["repo"], row["suite"]) for row in rows} == {("alice/tiny", "standard/1")}


def test_eval_results_as_the_stock_client_reads_them(record: Record) -> None:
    answer = Client().get(f"/api/evaluation/records/{record.sha256}/eval_results.yaml")
    assert answer["Content-Disposition"] == 'attachment; filename="standard-1.yaml"'
    overall, grammar = parse_eval_result_entries(yaml.safe_load(answer.content))
    assert (overall.dataset_id, overall.task_id, overall.value) == ("standard/1", "overall", 0.342)
    assert (grammar.task_id, grammar.value, grammar.verify_token) == ("grammar", 0.75, record.signature)
    assert isinstance(overall.date, str)


def test_the_leaderboard_as_csv(record: Record) -> None:
    ScoreFactory(record=record, task="prose", metric="bits_per_byte", value=2.0, higher_is_better=False)
    answer = Client().get("/api/leaderboard.csv?tasks=grammar&sort=name")
    (row,) = csv.DictReader(answer.content.decode().splitlines())
    assert (row["rank"], row["best_rank"], row["worst_rank"], row["repo"]) == ("1", "1", "1", "alice/tiny")
    columns = ("overall", "overall_stderr", "grammar", "grammar_stderr")
    assert [row[column] for column in columns] == ["0.342", "0.011", "0.75", ""]
    assert "prose" not in row
    assert Client().get("/api/leaderboard.csv?max_parameters=lots").status_code == 400
