"""The leaderboard for programs."""

import pytest
from django.test import Client

from tests.models_app.leaderboard.conftest import Finish

pytestmark = pytest.mark.django_db


def test_the_board(finish: Finish) -> None:
    record = finish("small", 0.4, licence="mit")
    answer = Client().get("/api/leaderboard?tasks=grammar")
    assert answer.status_code == 200
    suite = record.run.suite_version
    assert answer.json() == {
        "suite": {"name": "standard", "version": 1, "sha256": suite.sha256},
        "columns": [{"task": "grammar", "metric": "acc", "weight": 1.0, "chance": 0.5, "best": 1.0}],
        "rows": [
            {
                "rank": 1,
                "ranks": {"best": 1, "worst": 1},
                "repo": "alice/small",
                "commit": record.run.commit_sha,
                "record": record.sha256,
                "licence": "mit",
                "family": "causal",
                "parameters": 1_000_000,
                "verdict": "alone",
                "overall": {"value": 0.4, "stderr": 0.01},
                "scores": {"grammar": {"value": 0.75, "stderr": 0.01}},
            }
        ],
        "count": 1,
        "pages": 1,
    }


def test_no_suite() -> None:
    answer = Client().get("/api/leaderboard")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_active_suite")


def test_a_filter_that_makes_no_sense(finish: Finish) -> None:
    finish("small", 0.4)
    answer = Client().get("/api/leaderboard?max_parameters=lots")
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "max_parameters: Write a number such as 350M or 1.5B.", "code": "invalid"},
    )


def test_private_models_are_for_their_owner(finish: Finish) -> None:
    record = finish("secret", 0.9, private=True)
    answer = Client().get("/api/leaderboard").json()
    assert (answer["rows"], answer["count"]) == ([], 0)
    client = Client()
    client.force_login(record.run.repo.creator)
    assert [row["repo"] for row in client.get("/api/leaderboard").json()["rows"]] == ["alice/secret"]
