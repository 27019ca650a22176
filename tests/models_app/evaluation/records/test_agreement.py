"""What two records may differ by and still agree."""

import copy
from typing import Any

import pytest

from models_app.evaluation.models import Run
from models_app.evaluation.records.agreement import compare
from tests.models_app.evaluation.conftest import make_document


@pytest.fixture
def other(document: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(document)


def test_alike(document: dict[str, Any], other: dict[str, Any]) -> None:
    found = compare(document, other)
    assert found.agrees
    assert found.items == {"prose": 0, "grammar": 0}
    assert len(found.samples) == 5
    assert all(found.samples.values())


@pytest.mark.parametrize(
    ("value", "stderr", "moved", "differing"),
    [
        (0.75, 0.03, 0.757, []),  # a quarter of the standard error: 0.0075
        (0.75, 0.03, 0.758, ["grammar"]),
        (0.75, None, 0.7507, []),  # a thousandth of the value
        (0.75, None, 0.7508, ["grammar"]),
        (0.0, 0.0, 0.0, []),
        (0.0, 0.0, 1e-9, ["grammar"]),
    ],
)
def test_the_tolerance(
    document: dict[str, Any],
    other: dict[str, Any],
    value: float,
    stderr: float | None,
    moved: float,
    differing: list[str],
) -> None:
    document["scores"][2] |= {"value": value, "stderr": stderr}
    other["scores"][2] |= {"value": moved, "stderr": stderr}
    assert compare(document, other).differing_tasks == differing


def test_a_score_that_one_record_lacks(document: dict[str, Any], other: dict[str, Any]) -> None:
    del other["scores"][1]
    for first, second in ((document, other), (other, document)):
        assert compare(first, second).differing_tasks == ["prose"]


def test_answers_and_texts_are_told_but_do_not_decide(run: Run, other: dict[str, Any]) -> None:
    document = make_document(run)
    document["item_scores"] = {"prose": {"values": [1.0] * 3, "hashes": "a" * 8 + "b" * 8 + "c" * 8}}
    other["item_scores"] = {"prose": {"values": [1.0] * 3, "hashes": "a" * 8 + "d" * 8 + "c" * 8}}
    other["items"] = {"prose": "d" * 64, "grammar": "e" * 64}
    other["samples"][0]["text"] = "else"
    found = compare(document, other)
    assert found.agrees
    assert found.items == {"prose": 1, "grammar": None}
    assert [key for key, same in found.samples.items() if not same] == [("story", "greedy")]


def test_what_was_fine_tuned_may_differ_by_more(document: dict[str, Any], other: dict[str, Any]) -> None:
    document["scores"][2] |= {"value": 0.75, "stderr": 0.03}
    other["scores"][2] |= {"value": 0.8, "stderr": 0.03}
    other["fine_tuning"] = {"grammar": {"seeds": []}}
    assert compare(document, other).differing_tasks == []
    other["scores"][2]["value"] = 0.82
    assert compare(document, other).differing_tasks == ["grammar"]


def test_what_one_worker_could_not_fine_tune(document: dict[str, Any], other: dict[str, Any]) -> None:
    del other["scores"][2]
    assert compare(document, other).differing_tasks == ["grammar"]
    other["fine_tuning"] = {"grammar": {"reason": "There was no time.", "seeds": []}}
    assert compare(document, other).differing_tasks == []
