"""The standard suite: its files are those it names, its data can be written again, its hash moves with every file."""

import hashlib
import importlib.util
import shutil
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from models_app.evaluation.engine.downstream import downstream_of
from models_app.evaluation.engine.objectives import ObjectiveTask
from models_app.evaluation.engine.tasks import tasks_of
from models_app.evaluation.rules import STRATEGIES, Suite
from models_app.evaluation.suites.checks import check_suite
from models_app.evaluation.suites.definitions import SUITES_DIR, content_sha256, read_definition, read_files
from models_app.evaluation.suites.derivation import derive

FOLDER = SUITES_DIR / "standard" / "1"
SECOND = SUITES_DIR / "standard" / "2"


@pytest.mark.parametrize("folder", [FOLDER, SECOND], ids=["1", "2"])
def test_every_data_file_is_the_one_that_the_definition_names(folder: Path):
    tasks = read_definition(folder).content["tasks"]

    for task in tasks.values():
        content = (folder / task["data"]["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == task["data"]["sha256"]
        assert content.count(b"\n") == task["data"]["rows"]
    used = {Path(task["data"]["path"]).name for task in tasks.values()}
    assert {path.name for path in (folder / "data").iterdir()} == used


def _generator(file: Path = FOLDER / "generate.py") -> Any:
    spec = importlib.util.spec_from_file_location("generate", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generator_writes_the_same_data_again(tmp_path: Path):
    generate = _generator()

    generate.write_all(tmp_path / "data")

    written = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert written == {path.name: path.read_bytes() for path in (FOLDER / "data").iterdir()}


def test_the_second_version_has_two_tasks_more():
    """All else is the same, byte for byte; its tasks and data are fit to be derived from."""
    first, second = (read_files(folder) for folder in (FOLDER, SECOND))
    tasks, more = (read_definition(folder).content["tasks"] for folder in (FOLDER, SECOND))

    assert more == tasks | {name: more[name] for name in ("software_en_zh", "software_zh_en")}
    same = {path for path in first if path.startswith(("data/", "tasks/"))}
    assert {path: second[path] for path in same} == {path: first[path] for path in same}
    assert second.keys() - same == {
        "suite.yaml",
        "generate_software.py",
        "pairs/software-en-zh.tsv",
        "data/software_en_zh.jsonl",
        "data/software_zh_en.jsonl",
    }
    rest, others = (
        {key: value for key, value in read_definition(folder).content.items() if key not in {"version", "tasks"}}
        for folder in (FOLDER, SECOND)
    )
    assert rest == others
    assert check_suite(derive(second, [], version=3))["tasks"] == more


def test_software_texts_can_be_written_again_and_stand_in_one_split_each(tmp_path: Path):
    _generator(SECOND / "generate_software.py").write_all(tmp_path)

    tasks = downstream_of(read_definition(SECOND))
    for name, other in (("software_en_zh", "software_zh_en"), ("software_zh_en", "software_en_zh")):
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (SECOND / "data" / f"{name}.jsonl").read_bytes()
        splits = tasks[name].splits
        assert {split: len(rows) for split, rows in splits.items()} == {"train": 160, "validation": 32, "test": 88}
        texts = [row["source"] for rows in splits.values() for row in rows]
        assert len(set(texts)) == len(texts)
        assert texts == [row["target"] for rows in tasks[other].splits.values() for row in rows]


@pytest.mark.parametrize("changed", ["suite.yaml", "tasks/addition.yaml", "data/copying.jsonl"])
def test_the_hash_moves_with_every_file_and_only_with_files(tmp_path: Path, changed: str):
    copy = shutil.copytree(FOLDER, tmp_path / "standard" / "1", ignore=shutil.ignore_patterns("__pycache__"))
    assert content_sha256(copy) == content_sha256(FOLDER) == read_definition(FOLDER).sha256

    with (copy / changed).open("a") as file:
        file.write("\n")

    assert content_sha256(copy) != content_sha256(FOLDER)


def test_the_hub_understands_the_definition():
    suite = Suite.of(read_definition(FOLDER).content)

    assert set(suite.strategies) == set(STRATEGIES)
    assert {task.name: (task.primary, task.chance, task.best) for task in suite.tasks.values()} == {
        "prose_en": ("bits_per_byte", 8.0, 0.0),
        "prose_zh": ("bits_per_byte", 8.0, 0.0),
        "grammar_en": ("acc", 0.5, 1.0),
        "classifiers_zh": ("acc", 0.25, 1.0),
        "binding_en": ("acc", 0.25, 1.0),
        "addition": ("exact_match", 0.0, 1.0),
        "copying": ("chrf", 0.0, 100.0),
        "masked_prose_en": ("bits_per_byte", 8.0, 0.0),
        "masked_prose_zh": ("bits_per_byte", 8.0, 0.0),
        "next_sentence_en": ("acc", 0.5, 1.0),
        "next_sentence_zh": ("acc", 0.5, 1.0),
        "topics_en": ("acc", 0.25, 1.0),
        "topics_zh": ("acc", 0.25, 1.0),
        "answers_en": ("exact_match", 0.0, 1.0),
        "translation_en_zh": ("chrf", 0.0, 100.0),
        "translation_zh_en": ("chrf", 0.0, 100.0),
        "given_en_zh": ("bits_per_byte", 8.0, 0.0),
        "given_zh_en": ("bits_per_byte", 8.0, 0.0),
    }


def test_labels_are_spread_over_the_places():
    """A model that always takes the first choice must not do better than chance says."""
    for name, task in tasks_of(read_definition(FOLDER)).items():
        labels = (
            [] if isinstance(task, ObjectiveTask) else [row["label"] for row in task.dataset["test"] if "label" in row]
        )
        if labels:
            share = labels.count(0) / len(labels)
            chance = read_definition(FOLDER).content["tasks"][name]["chance"]
            assert share == pytest.approx(chance, abs=0.1), name


def test_lm_eval_builds_the_requests_that_are_meant():
    tasks = tasks_of(read_definition(FOLDER))

    assert tasks["grammar_en"].instances[0].args == ("", tasks["grammar_en"].dataset["test"][0]["choices"][0])
    context, continuation = tasks["binding_en"].instances[0].args
    assert context.endswith("there is the")
    assert continuation.startswith(" ")
    prompt, settings = tasks["addition"].instances[0].args
    assert prompt == "2 + 5 = 7\n31 + 14 = 45\n9 + 8 = 17\n60 + 27 = 87\n1 + 7 ="
    assert settings == {"until": ["\n"], "do_sample": False, "max_gen_toks": 8}
    (request, *_), (given, *_) = tasks["translation_zh_en"].instances, tasks["given_zh_en"].instances
    assert request.args[0] == given.args[0] == "公交车又晚点了，所以我们沿着河走回了家。"
    assert given.args[1] == "The bus was late again, so we walked home along the river."
    assert request.doc["task"] == given.doc["task"] == "translation_zh_to_en"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_word_of_a_topic_stands_in_two_splits(language: str):
    generate = _generator()
    task = downstream_of(read_definition(FOLDER))[f"topics_{language}"]
    for split, (part, _) in generate.TOPIC_SPLITS.items():
        assert [row["label"] for row in task.splits[split]].count(task.entry["labels"][0]) * 4 == len(
            task.splits[split]
        )
        for row in task.splits[split]:
            words = generate.TOPICS[language][row["label"]].split()
            rest = row["text"].strip(".").split() if language == "en" else row["text"]
            assert len([word for word in words[part] if word in rest]) == 2
            assert len([word for word in words if word in rest]) == 2


def test_every_answer_stands_where_its_row_says():
    task = downstream_of(read_definition(FOLDER))["answers_en"]
    for row in chain.from_iterable(task.splits.values()):
        assert row["context"][row["start"] :].startswith(row["answer"])
        assert row["context"].count(row["answer"]) == 1
