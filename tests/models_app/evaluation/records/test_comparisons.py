"""Models side by side: whom they are shown to, under which suite, and what is said of each task."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from community.members.models import User
from models_app.evaluation.models import Record, SuiteVersion
from models_app.evaluation.rules import canonical, sha256_of
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, SampleFactory, ScoreFactory, SuiteVersionFactory
from tests.models_app.evaluation.conftest import make_document

pytestmark = pytest.mark.django_db
API = "/api/evaluation/compare?models="
Make = Callable[..., Record]


@pytest.fixture
def make(alice: User) -> Make:
    """``make("a", hits=60)``: alice/a, which has that many of 100 items of grammar right, and samples."""

    def record_of(name: str, *, hits: int = 50, repo: Repo | None = None, paired: bool = True, **facts: Any) -> Record:
        family = facts.pop("family", "causal")
        repo = repo or RepoFactory(creator=alice, name=name, **facts)
        run = RunFactory(repo=repo, done=True, suite_version=SuiteVersion.objects.get(active=True))
        document = make_document(run)
        if paired:
            grammar = {"values": [1.0] * hits + [0.0] * (100 - hits), "hashes": "0" * 800}
            prose = {"values": [2.0 + hits / 100] * 100, "weights": [1.0] * 100, "hashes": "0" * 800}
            document["item_scores"] = {"grammar": grammar, "prose": prose}
        payload = canonical(document)
        record: Record = RecordFactory(run=run, payload=payload.decode(), sha256=sha256_of(payload), family=family)
        ScoreFactory(record=record, task="overall", metric="score", value=hits / 100, stderr=0.02)
        ScoreFactory(record=record, task="grammar", metric="acc", value=hits / 100, stderr=0.05)
        ScoreFactory(
            record=record,
            task="prose",
            metric="bits_per_byte",
            value=2 + hits / 100,
            stderr=0.1,
            higher_is_better=False,
        )
        ScoreFactory(record=record, task="prose", metric="perplexity", value=9.0, primary=False)
        SampleFactory(record=record, prompt_key="story", text=f" <i>by {name}</i>")
        return record

    SuiteVersionFactory()
    return record_of


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def test_two_models(make: Make) -> None:
    make("a", hits=50, licence="mit")
    second = make("b", hits=60)
    answer = Client().get(f"{API}alice/a,alice/b").json()
    assert [model["repo"] for model in answer["models"]] == ["alice/a", "alice/b"]
    assert (answer["models"][0]["licence"], answer["models"][1]["record"]) == ("mit", second.sha256)
    assert answer["samples"] == {"story": {"greedy": [" <i>by a</i>", " <i>by b</i>"]}}
    (pair,) = answer["against_the_first"]
    tasks = {row["task"]: row for row in pair["tasks"]}
    grammar = tasks["grammar"]
    assert (grammar["test"], grammar["first"], grammar["second"]) == ("mcnemar", 0.5, 0.6)
    assert grammar["difference"] == pytest.approx(0.1)
    assert grammar["p"] == pytest.approx(2 / 1024)
    assert grammar["p_corrected"] == pytest.approx(2 / 1024)
    assert (tasks["prose"]["test"], tasks["prose"]["difference"]) == ("sign_flips", pytest.approx(0.1))
    assert tasks["prose"]["p_corrected"] == pytest.approx(0.0002)
    assert pair["overall"]["difference"] == pytest.approx(0.1)
    assert pair["overall"]["test"] == "paired_z"


def test_records_without_item_scores_are_not_paired(make: Make) -> None:
    make("a")
    make("b", hits=60, paired=False)
    (pair,) = Client().get(f"{API}alice/a,alice/b").json()["against_the_first"]
    assert {row["test"] for row in pair["tasks"]} == {"z"}


def test_families_have_no_overall_score_in_common(make: Make) -> None:
    make("a")
    make("b", family="masked")
    (pair,) = Client().get(f"{API}alice/a,alice/b").json()["against_the_first"]
    assert pair["overall"] is None


def test_four_models_and_no_more(make: Make) -> None:
    for name in "abcde":
        make(name)
    assert len(Client().get(f"{API}alice/a,alice/b,alice/c,alice/d").json()["against_the_first"]) == 3
    for names in ("", "alice/a", "alice/a,alice/A", "alice/a,alice/b,alice/c,alice/d,alice/e"):
        answer = Client().get(f"{API}{names}")
        assert (answer.status_code, answer.json()["code"]) == (400, "wrong_number_of_models")


def test_private_models_are_for_those_who_see_them(make: Make, alice: User, bob: User) -> None:
    make("a")
    make("secret", private=True)
    for user in (None, bob):
        hidden = client_of(user).get(f"{API}alice/a,alice/secret")
        missing = client_of(user).get(f"{API}alice/a,alice/missing")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json()["code"] == missing.json()["code"]
        page = client_of(user).get("/compare?models=alice/a,alice/secret")
        assert page.status_code == 404
        assert "by secret" not in page.content.decode()
    assert client_of(alice).get(f"{API}alice/a,alice/secret").status_code == 200


def test_the_same_suite_version(make: Make, alice: User) -> None:
    first = make("a")
    SuiteVersion.objects.update(active=False)
    SuiteVersionFactory(version=2)
    make("b")
    answer = Client().get(f"{API}alice/a,alice/b")
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_in_common")
    make("a", repo=first.run.repo)
    assert Client().get(f"{API}alice/a,alice/b").json()["suite"]["version"] == 2


def test_the_page(make: Make) -> None:
    make("a", hits=50)
    make("b", hits=60)
    page = Client().get("/compare?models=alice/a&models=alice/b&models=").content.decode()
    assert "alice/b beside alice/a" in page
    assert "McNemar, exact" in page
    assert "<strong>0.002</strong>" in page
    assert "+0.100" in page
    assert "&lt;i&gt;by b&lt;/i&gt;" in page
    assert page.count('class="forest"') == 3


def test_the_form_keeps_what_was_asked_for() -> None:
    page = Client().get("/compare?models=alice/a")
    assert page.status_code == 200
    assert 'value="alice/a"' in page.content.decode()
    refused = Client().get("/compare?models=alice/a,bob/b")
    assert refused.status_code == 404
    assert 'value="bob/b"' in refused.content.decode()


@pytest.mark.parametrize("runs", [1, 6])
def test_a_fixed_number_of_queries(make: Make, runs: int, django_assert_num_queries: Any) -> None:
    for name in ("a", "b"):
        record = make(name)
        for number in range(runs):
            RecordFactory(
                run=RunFactory(repo=record.run.repo, commit_sha=f"{number:040}", done=True),
                payload=json.dumps({"of": name, "number": number}),
            )
    with django_assert_num_queries(7):
        assert Client().get(f"{API}alice/a,alice/b").status_code == 200
