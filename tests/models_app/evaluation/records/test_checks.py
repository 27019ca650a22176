"""Records that do not fit: each is refused with its sentence, and changes nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from models_app.evaluation.models import Record, Run, RunState, Sample, Score
from models_app.evaluation.records.checks import MAX_BYTES
from models_app.evaluation.rules import sha256_of
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount

Change = Callable[[dict[str, Any]], object]


def test_a_record_is_kept_with_scores_and_samples(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    box.post("lease", LEASE)
    answer = box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document})
    assert answer.status_code == 200
    record = Record.objects.get()
    assert record.document == document
    assert record.sha256 == sha256_of(record.payload.encode()) == answer.json()["record"]
    assert (record.run, record.family, record.parameter_count) == (run, "causal", 1_000_000)
    scores = {(score.task, score.metric): score for score in record.scores.all()}
    assert set(scores) == {
        ("overall", "score"),
        ("prose", "bits_per_byte"),
        ("prose", "perplexity"),
        ("grammar", "acc"),
    }
    overall = scores["overall", "score"]
    assert overall.value == pytest.approx((2 * 0.75 + 0.5) / 3)
    assert (overall.n, overall.primary, overall.higher_is_better) == (200, True, True)
    assert [sample.strategy for sample in record.samples.order_by("pk")] == [
        "greedy",
        "beam",
        "sampling",
        "top_k",
        "nucleus",
    ]


def test_every_item_of_a_task_like_mmlu_is_kept(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    n = 14_042
    document["scores"][2]["n"] = n
    document["item_scores"] = {"grammar": {"values": [1.0, 0.0] * (n // 2), "hashes": "0a1b2c3d" * n}}
    box.post("lease", LEASE)
    assert box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document}).status_code == 200
    record = Record.objects.get()
    assert record.document["item_scores"] == document["item_scores"]
    assert len(record.payload) < 10 * n + 10_000  # ten bytes an item


def set_in(*path: Any, value: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def duplicate(key: str) -> Change:
    return lambda document: document[key].append(document[key][0])


REFUSED: dict[str, tuple[Change, str]] = {
    "not an object": (lambda document: document.clear(), "is a required property"),
    "unknown field": (set_in("extra", value=1), "Additional properties are not allowed"),
    "another format": (set_in("format", value=2), "1 was expected"),
    "another repo": (set_in("repo", value="alice/other"), "repo is 'alice/other', but the run asked for 'alice/tiny'"),
    "another commit": (set_in("commit", value="f" * 40), "commit is"),
    "no commit": (set_in("commit", value="main"), "at commit"),
    "another suite": (set_in("suite", "name", value="other"), "suite name is 'other'"),
    "another suite version": (set_in("suite", "version", value=2), "suite version is 2"),
    "another suite hash": (set_in("suite", "sha256", value="f" * 64), "suite hash is"),
    "another precision": (set_in("precision", value="bfloat16"), "precision is 'bfloat16'"),
    "unknown family": (set_in("family", value="quantum"), "at family"),
    "family the suite does not take": (set_in("family", value="masked"), "asks no masked model"),
    "unknown task": (set_in("scores", 0, "task", value="chess"), "asks no causal model for bits_per_byte of chess"),
    "the hub's own task": (set_in("scores", 0, "task", value="overall"), "asks no causal model"),
    "unknown metric": (set_in("scores", 0, "metric", value="elo"), "asks no causal model for elo of prose"),
    "score twice": (duplicate("scores"), "gives bits_per_byte of prose twice"),
    "task left out": (lambda document: document["scores"].pop(), "lacks the primary metric of: grammar"),
    "primary denied": (set_in("scores", 0, "primary", value=False), "something else than the suite does"),
    "direction turned": (set_in("scores", 2, "higher_is_better", value=False), "something else than the suite"),
    "text for a value": (set_in("scores", 0, "value", value="2.0"), "at scores/0/value"),
    "true for a value": (set_in("scores", 0, "value", value=True), "at scores/0/value"),
    "negative error": (set_in("scores", 0, "stderr", value=-0.1), "at scores/0/stderr"),
    "no items": (set_in("scores", 0, "n", value=0), "at scores/0/n"),
    "absurd n": (set_in("scores", 0, "n", value=10**9), "at scores/0/n"),
    "no scores": (set_in("scores", value=[]), "at scores"),
    "integer beyond doubles": (set_in("seed", value=2**53), "no canonical JSON"),
    "items of an unknown task": (set_in("items", "chess", value="d" * 64), "tasks that the suite lacks: chess"),
    "fine-tuning of an unknown task": (
        set_in("fine_tuning", value={"chess": {"seeds": []}}),
        "that the suite lacks: chess",
    ),
    "fine-tuning without a seed's score": (
        set_in("fine_tuning", value={"prose": {"seeds": [{"seed": 1}]}}),
        "at fine_tuning/prose/seeds/0",
    ),
    "bad item hash": (set_in("items", "prose", value="d" * 63), "at items/prose"),
    "item scores for fewer items": (
        set_in("item_scores", value={"grammar": {"values": [1.0] * 99, "hashes": "0" * 792}}),
        "item scores of grammar are not one for each item",
    ),
    "item scores without their hashes": (
        set_in("item_scores", value={"grammar": {"values": [1.0] * 100, "hashes": "0" * 792}}),
        "item scores of grammar are not one for each item",
    ),
    "item scores of an unknown task": (
        set_in("item_scores", value={"chess": {"values": [1.0] * 100, "hashes": "0" * 800}}),
        "item scores of chess are not one for each item",
    ),
    "too many item scores": (
        set_in("item_scores", value={"grammar": {"values": [1.0] * 50_001, "hashes": ""}}),
        "at item_scores/grammar/values",
    ),
    "unknown prompt": (set_in("samples", 0, "prompt_key", value="poem"), "no greedy sample of prompt poem"),
    "unknown strategy": (set_in("samples", 0, "strategy", value="magic"), "at samples/0/strategy"),
    "sample twice": (duplicate("samples"), "greedy sample of prompt story twice"),
    "huge sample": (set_in("samples", 0, "text", value="x" * 16_001), "at samples/0/text"),
    "NUL in a sample": (set_in("samples", 0, "text", value="a\0b"), "NUL character"),
    "lone surrogate": (set_in("samples", 0, "text", value="\ud800"), "no canonical JSON"),
    "ratio above one": (set_in("samples", 0, "stats", "distinct_1", value=1.5), "at samples/0/stats/distinct_1"),
    "nested settings": (set_in("samples", 0, "settings", "a", value={"b": 1}), "at samples/0/settings/a"),
    "file hash cut": (set_in("files", 0, "sha256", value="a"), "at files/0/sha256"),
    "negative time": (set_in("timing", "load", value=-1), "at timing/load"),
    "too many facts": (
        lambda document: document["architecture"].update({f"k{n}": n for n in range(65)}),
        "at architecture",
    ),
}


def nothing_changed(run: Run) -> None:
    before = run.leased_until
    run.refresh_from_db()
    assert (run.state, run.attempt, run.leased_until) == (RunState.RUNNING, 1, before)
    assert not Record.objects.exists()
    assert not Score.objects.exists()
    assert not Sample.objects.exists()


@pytest.fixture
def leased(box: ServiceAccount, run: Run) -> Run:
    box.post("lease", LEASE)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(("change", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_record_that_does_not_fit(
    box: ServiceAccount, leased: Run, document: dict[str, Any], change: Change, sentence: str
) -> None:
    change(document)
    answer = box.post(f"runs/{leased.pk}/finish", {"attempt": 1, "record": document})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_record"
    assert sentence in answer.json()["error"]
    nothing_changed(leased)


@pytest.mark.parametrize("record", [None, [], "x", 7, True])
def test_a_record_that_is_no_object(box: ServiceAccount, leased: Run, record: Any) -> None:
    answer = box.post(f"runs/{leased.pk}/finish", {"attempt": 1, "record": record})
    assert answer.status_code == 400
    nothing_changed(leased)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite(box: ServiceAccount, leased: Run, document: dict[str, Any], number: str) -> None:
    document["scores"][0]["value"] = "HERE"
    body = json.dumps({"attempt": 1, "record": document}).replace('"HERE"', number)
    answer = box.post(f"runs/{leased.pk}/finish", body)
    assert answer.status_code == 400
    nothing_changed(leased)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"attempt": 1, "record": {"x": "' + b"y" * (2 * MAX_BYTES) + b'"}}', 413),
        (b'{"attempt": 1, "record": {"x": "' + b"y" * (MAX_BYTES + 1) + b'"}}', 400),
        (b'{"attempt": 1, "record": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"attempt": 1, "record": {', 400),
        (b'{"attempt": 1}', 400),
        (b'{"record": {}}', 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b"", 400),
    ],
    ids=[
        "over the limit",
        "record too large",
        "deep",
        "cut off",
        "no record",
        "no attempt",
        "no text",
        "list",
        "empty",
    ],
)
def test_a_body_that_is_no_record(box: ServiceAccount, leased: Run, body: bytes, status: int) -> None:
    answer = box.post(f"runs/{leased.pk}/finish", body)
    assert answer.status_code == status
    nothing_changed(leased)


def test_extreme_but_finite_numbers_are_kept(box: ServiceAccount, leased: Run, document: dict[str, Any]) -> None:
    document["scores"][1]["value"] = 1e300
    document["scores"][1]["stderr"] = None
    answer = box.post(f"runs/{leased.pk}/finish", {"attempt": 1, "record": document})
    assert answer.status_code == 200
    record = Record.objects.get()
    assert record.document == document
    assert record.scores.get(metric="perplexity").value == 1e300
