"""New versions out of old ones, and what a proposal may hold: files in, files or a sentence out."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from models_app.evaluation.engine.heads import HEADS
from models_app.evaluation.engine.objectives import OBJECTIVES
from models_app.evaluation.suites.checks import FINE_TUNED_FAMILIES, check_suite
from models_app.evaluation.suites.checks import OBJECTIVES as CHECKED_OBJECTIVES
from models_app.evaluation.suites.definitions import (
    SUITES_DIR,
    Files,
    InvalidDefinition,
    load_yaml,
    read_definitions,
    read_files,
)
from models_app.evaluation.suites.derivation import derive

STANDARD = read_files(SUITES_DIR / "standard" / "1")
TASK_FILE = """
task: capitals
output_type: multiple_choice
test_split: test
doc_to_text: question
doc_to_choice: choices
doc_to_target: label
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
"""
ADD = {
    "change": "add",
    "task": "capitals",
    "entry": {
        "title": "Capitals",
        "kind": "multiple_choice",
        "language": "en",
        "weight": 1,
        "primary": "acc",
        "chance": 0.5,
        "best": 1.0,
        "metrics": {"acc": {"higher_is_better": True}},
    },
    "definition": TASK_FILE,
    "rows": [{"question": "The capital of France is", "choices": ["Paris", "Rome"], "label": 0}],
}


def tasks(files: Files) -> dict[str, Any]:
    content: dict[str, Any] = load_yaml(files["suite.yaml"])["tasks"]
    return content


@pytest.mark.parametrize("definition", list(read_definitions()), ids=lambda known: f"{known.name}-{known.version}")
def test_what_is_derived_from_a_release_may_be_proposed(definition: Any) -> None:
    files = derive(read_files(definition.folder), [], version=definition.version + 1)
    assert check_suite(files) == definition.content | {"version": definition.version + 1}
    assert not [path for path in files if path.endswith((".py", ".txt"))]


def test_changes_come_in_their_order_and_leave_the_old_version_alone() -> None:
    before = dict(STANDARD)
    files = derive(
        STANDARD,
        [
            ADD,
            {"change": "retire", "task": "copying"},
            {"change": "reweight", "task": "capitals", "weight": 0.5},
            {"change": "feature", "task": "capitals"},
        ],
        version=2,
    )
    assert before == STANDARD
    content = check_suite(files)
    assert content["version"] == 2
    assert list(content["tasks"]) == [name for name in [*tasks(STANDARD), "capitals"] if name != "copying"]
    assert content["tasks"]["capitals"] == ADD["entry"] | {
        "weight": 0.5,
        "featured": True,
        "data": {
            "path": "data/capitals.jsonl",
            "sha256": hashlib.sha256(files["data/capitals.jsonl"]).hexdigest(),
            "rows": 1,
        },
    }
    assert json.loads(files["data/capitals.jsonl"]) == ADD["rows"][0]
    assert files["tasks/capitals.yaml"].decode() == TASK_FILE
    assert {"data/copying.jsonl", "tasks/copying.yaml"}.isdisjoint(files)
    assert files["data/addition.jsonl"] == STANDARD["data/addition.jsonl"]


def test_data_that_another_task_uses_stays() -> None:
    files = derive(STANDARD, [{"change": "retire", "task": "prose_en"}], version=2)
    assert files["data/prose_en.jsonl"] == STANDARD["data/prose_en.jsonl"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "A change is one of: add, retire, feature, reweight."),
        ({"change": ["retire"]}, "A change is one of"),
        ({"change": "retire"}, "not complete"),
        ({"change": "retire", "task": "copying", "why": "slow"}, "unexpected keyword argument 'why'"),
        ({"change": "retire", "task": "nonsense"}, "The suite has no task 'nonsense'"),
        ({"change": "reweight", "task": ["a"], "weight": 1}, "not complete"),
        ({**ADD, "task": "copying"}, "has a task 'copying' already"),
        ({**ADD, "entry": "none"}, "not complete"),
        ({**ADD, "rows": [{"text": "\ud800"}]}, "not complete"),
    ],
)
def test_changes_that_cannot_be_made(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidDefinition, match=sentence):
        derive(STANDARD, [change], version=2)


Spoil = Callable[[dict[str, bytes]], object]


def edit(path: str, old: str, new: str) -> Spoil:
    def spoil(files: dict[str, bytes]) -> None:
        assert old.encode() in files[path]
        files[path] = files[path].replace(old.encode(), new.encode(), 1)

    return spoil


def put(path: str, content: str) -> Spoil:
    return lambda files: files.__setitem__(path, content.encode())


TASK = "tasks/capitals.yaml"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda files: files.pop("suite.yaml"), "needs a suite.yaml"),
        (put("suite.yaml", "- a"), "suite.yaml: It must hold a mapping."),
        (put("suite.yaml", "a: &a [1]\nb: *a"), "Aliases"),
        (put("suite.yaml", "[" * 5000), "recursion|flow|expected"),
        (put("suite.yaml", "a: " + "x" * 300_000), "larger than 256 KiB"),
        (put("suite.yaml", "when: 2026-01-01"), "suite.yaml at the top"),
        (edit("suite.yaml", "title: Standard", "title: 'Standard'\nhook: x"), "'hook' was unexpected"),
        (edit("suite.yaml", "title: Standard", 'title: "Stand\\0ard"'), "characters or numbers that cannot be kept"),
        (edit("suite.yaml", "num_beams: 4", "num_beams: 4096"), "4096 is greater than the maximum of 8"),
        (edit("suite.yaml", "max_new_tokens: 48", "max_new_tokens: 100000"), "greater than the maximum of 256"),
        (edit("suite.yaml", "best: 1.0", "best: 0.0"), "must be better than chance"),
        (put("tasks/run.py", "import os"), "and no programs"),
        (put("data/../../x.jsonl", "{}"), "does not belong into a suite"),
        (put("data/more.jsonl", "{}"), "No task uses data/more.jsonl"),
        (put("tasks/more.yaml", "{}"), "No task uses tasks/more.yaml"),
        (put("tasks/next_sentence_en.yaml", "{}"), "has no task file"),
        (lambda files: files.pop(TASK), "tasks/capitals.yaml is missing"),
        (lambda files: files.pop("data/capitals.jsonl"), "data/capitals.jsonl is missing"),
        (put("data/capitals.jsonl", '{"question": "?"}\n'), "has another sha256"),
        (lambda files: files.update({f"data/x{n}.jsonl": b"" for n in range(200)}), "at most 200"),
        (lambda files: files.update({"data/big.jsonl": b" " * (17 << 20)}), "bytes together"),
        (edit(TASK, "doc_to_text: question", "doc_to_text: !function evil.run"), "!function"),
        (edit(TASK, "doc_to_text: question", "doc_to_text: !!python/name:os.system q"), "python/name"),
        (edit(TASK, "doc_to_text: question", "doc_to_text: q\ndataset_path: evil/data"), "'dataset_path' was unexp"),
        (edit(TASK, "doc_to_text: question", "doc_to_text: q\nprocess_docs: x"), "'process_docs' was unexpected"),
        (edit(TASK, "doc_to_text: question", "doc_to_text: q\nunsafe_code: true"), "'unsafe_code' was unexpected"),
        (edit(TASK, "doc_to_text: question", "doc_to_text: q\ninclude: /etc/passwd"), "'include' was unexpected"),
        (edit(TASK, "task: capitals", "task: other"), "must be called 'capitals'"),
        (edit(TASK, "metric: acc", "metric: bleu"), "must hold the primary metric 'acc'"),
    ],
)
def test_what_may_not_be_proposed(spoil: Spoil, sentence: str) -> None:
    files = derive(STANDARD, [ADD], version=2)
    check_suite(files)
    spoil(files)
    with pytest.raises(InvalidDefinition, match=sentence):
        check_suite(files)


@pytest.mark.parametrize("rows", ["[1]\n", "{\n", "[" * 100_000 + "\n", '{"a": 1}\n{"a": 2}\n'])
def test_rows_that_are_none(rows: str) -> None:
    files = derive(STANDARD, [ADD], version=2)
    content = load_yaml(files["suite.yaml"])
    content["tasks"]["capitals"]["data"]["sha256"] = hashlib.sha256(rows.encode()).hexdigest()
    files |= {"data/capitals.jsonl": rows.encode(), "suite.yaml": yaml.safe_dump(content).encode()}
    with pytest.raises(InvalidDefinition, match=r"is no JSON object|has 2 rows"):
        check_suite(files)


def test_a_suite_without_weights() -> None:
    changes = [{"change": "reweight", "task": name, "weight": 0} for name in tasks(STANDARD)]
    with pytest.raises(InvalidDefinition, match="At least one task needs a weight"):
        check_suite(derive(STANDARD, changes, version=2))


def test_hub_and_engine_know_the_same_objectives() -> None:
    assert set(OBJECTIVES) == CHECKED_OBJECTIVES


def test_hub_and_engine_fine_tune_the_same_families() -> None:
    assert {kind: set(head.families) for kind, head in HEADS.items()} == FINE_TUNED_FAMILIES


COLOURS = {
    "change": "add",
    "task": "colours",
    "entry": {
        "title": "Colours",
        "kind": "classification",
        "families": ["causal", "masked", "permutation"],
        "needs": "training",
        "weight": 0,
        "labels": ["warm", "cold"],
        "primary": "acc",
        "chance": 0.5,
        "best": 1.0,
        "metrics": {"acc": {"higher_is_better": True}},
    },
    "rows": [{"split": split, "text": "red", "label": "warm"} for split in ("train", "validation", "test", "test")],
}
HELLO = {
    "change": "add",
    "task": "hello",
    "entry": {
        "title": "Hello",
        "kind": "translation",
        "families": ["encoder-decoder"],
        "needs": "training",
        "language": "zh",
        "weight": 0,
        "primary": "chrf",
        "chance": 0.0,
        "best": 100.0,
        "metrics": {"chrf": {"higher_is_better": True}, "bleu": {"higher_is_better": True}},
    },
    "rows": [
        {"split": split, "source": "Hello.", "target": "你好。"} for split in ("train", "validation", "test", "test")
    ],
}
WHO = {"question": "Who?", "context": "It is Ann.", "answer": "Ann", "start": 6}


def test_tasks_that_are_fine_tuned_for_may_be_proposed() -> None:
    answers = {
        **COLOURS,
        "task": "who",
        "entry": {
            **COLOURS["entry"],
            "kind": "extraction",
            "primary": "f1",
            "metrics": {"f1": {"higher_is_better": True}},
        },
        "rows": [{"split": split, **WHO} for split in ("train", "validation", "test", "test")],
    }
    del answers["entry"]["labels"]
    files = derive(STANDARD, [COLOURS, answers, HELLO], version=2)
    assert {"colours", "who", "hello"} <= check_suite(files)["tasks"].keys()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"entry": {"needs": "next_sentence"}}, "needs: training"),
        (
            {"entry": {"metrics": {"acc": {"higher_is_better": True}, "bleu": {"higher_is_better": True}}}},
            "its metrics",
        ),
        ({"entry": {"weight": 1}}, "its weight must be 0"),
        ({"entry": {"families": ["causal", "encoder-decoder"]}}, "for the families causal, masked, permutation"),
        ({"rows": COLOURS["rows"][:2]}, "need a split each"),
        ({"rows": COLOURS["rows"][:3]}, "at least two rows of the split test"),
        ({"rows": [*COLOURS["rows"], {"split": "test", "text": "red", "label": "mild"}]}, "row 5 is none of kind"),
        ({"rows": [*COLOURS["rows"], {"split": "test", "text": "", "label": "warm"}]}, "row 5 is none of kind"),
        ({"rows": [*COLOURS["rows"], {"split": ["test"], "text": "red", "label": "warm"}]}, "need a split each"),
        ({"entry": {"kind": "extraction", "metrics": {"f1": {"higher_is_better": True}}, "primary": "f1"}}, "row 1 is"),
        ({"definition": "task: colours"}, "has no task file"),
    ],
)
def test_fine_tuning_that_cannot_be(change: dict[str, Any], sentence: str) -> None:
    entry = COLOURS["entry"] | change.pop("entry", {})
    with pytest.raises(InvalidDefinition, match=sentence):
        check_suite(derive(STANDARD, [{**COLOURS, "entry": entry, **change}], version=2))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"entry": {"families": ["masked"]}}, "for the families encoder-decoder"),
        ({"entry": {"primary": "bleu"}}, "chrf and bleu, the first of them primary"),
        ({"entry": {"weight": 1}}, "its weight must be 0"),
        ({"rows": [*HELLO["rows"], {"split": "train", "source": "Hello.", "target": ""}]}, "row 5 is none of kind"),
        ({"rows": [*HELLO["rows"], {"split": "train", "source": "Hello."}]}, "row 5 is none of kind"),
        ({"rows": [*HELLO["rows"], {**HELLO["rows"][0], "task": 7}]}, "row 5 is none of kind"),
        ({"definition": "task: hello"}, "has no task file"),
    ],
)
def test_translation_that_cannot_be(change: dict[str, Any], sentence: str) -> None:
    entry = HELLO["entry"] | change.pop("entry", {})
    with pytest.raises(InvalidDefinition, match=sentence):
        check_suite(derive(STANDARD, [{**HELLO, "entry": entry, **change}], version=2))


def test_fine_tuning_needs_a_recipe() -> None:
    files = dict(STANDARD)
    content = load_yaml(files["suite.yaml"])
    del content["fine_tuning"]
    files["suite.yaml"] = yaml.safe_dump(content).encode()
    with pytest.raises(InvalidDefinition, match="need the recipe"):
        check_suite(derive(files, [], version=2))
