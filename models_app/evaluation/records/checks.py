"""Is a record what its run and its suite asked for? No Django here; every refusal is a sentence for a worker's log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models_app.evaluation.errors import InvalidRecord
from models_app.evaluation.rules import ITEM_HASH_DIGITS, Estimate, Suite, canonical, overall_of
from models_app.evaluation.schemas import problem_at, validator

MAX_BYTES = 8 * 1024 * 1024
_VALIDATOR = validator(Path(__file__).with_name("record.schema.json"))
SCHEMA: Any = _VALIDATOR.schema


@dataclass(frozen=True)
class Asked:
    """What the record of a run must be about."""

    repo: str
    commit: str
    suite_name: str
    suite_version: int
    suite_sha256: str
    precision: str


@dataclass(frozen=True)
class Checked:
    """A record that may be stored: its canonical bytes, and the overall score that the hub works out of it."""

    document: Mapping[str, Any]
    payload: bytes
    overall: Estimate


def check_record(document: Any, *, asked: Asked, suite: Suite) -> Checked:
    """`document` (parsed JSON) as a record of the run that `asked` for it. Raises `InvalidRecord`."""
    payload = _canonical(document)
    problem = problem_of(document)
    if problem:
        raise InvalidRecord(problem)
    _check_subject(document, asked)
    primaries = _check_scores(document, suite)
    _check_items(document, suite)
    _check_samples(document, suite)
    return Checked(document, payload, overall_of(suite, document["family"], primaries))


def problem_of(document: Any) -> str:
    """Where parsed JSON does not have the form of a record, as a sentence; empty where it has."""
    problem = problem_at(_VALIDATOR, document, top="record")
    return problem and f"The record does not fit its schema at {problem}"


def _canonical(document: Any) -> bytes:
    try:
        payload = canonical(document)
    except ValueError as error:
        raise InvalidRecord(f"The record has no canonical JSON: {error}.") from error
    if len(payload) > MAX_BYTES:
        raise InvalidRecord(f"The record has {len(payload)} bytes; at most {MAX_BYTES} are kept.")
    if any("\0" in text for text in _strings(document)):
        raise InvalidRecord("The record holds a NUL character, which no database text can: replace it.")
    return payload


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _check_subject(document: Mapping[str, Any], asked: Asked) -> None:
    suite = document["suite"]
    pairs = {
        "repo": (document["repo"], asked.repo),
        "commit": (document["commit"], asked.commit),
        "suite name": (suite["name"], asked.suite_name),
        "suite version": (suite["version"], asked.suite_version),
        "suite hash": (suite["sha256"], asked.suite_sha256),
        "precision": (document["precision"], asked.precision),
    }
    for what, (given, wanted) in pairs.items():
        if given != wanted:
            raise InvalidRecord(f"The record's {what} is {given!r}, but the run asked for {wanted!r}.")


def _check_scores(document: Mapping[str, Any], suite: Suite) -> dict[str, Estimate]:
    """The primary estimate of every task, after each score was found in the suite exactly as declared."""
    seen: set[tuple[str, str]] = set()
    primaries: dict[str, Estimate] = {}
    for score in document["scores"]:
        key = (score["task"], score["metric"])
        task = suite.tasks.get(score["task"])
        if task is None or not task.takes(document["family"]) or score["metric"] not in task.metrics:
            raise InvalidRecord(f"The suite asks no {document['family']} model for {key[1]} of {key[0]}.")
        if key in seen:
            raise InvalidRecord(f"The record gives {key[1]} of {key[0]} twice.")
        declared = (task.metrics[key[1]], key[1] == task.primary)
        if (score["higher_is_better"], score["primary"]) != declared:
            raise InvalidRecord(f"The record calls {key[1]} of {key[0]} something else than the suite does.")
        seen.add(key)
        if score["primary"]:
            primaries[task.name] = Estimate(float(score["value"]), score["stderr"])
    asked = {task.name for task in suite.tasks.values() if task.takes(document["family"]) and not task.needs}
    missing = asked - primaries.keys()
    if missing:
        raise InvalidRecord(f"The record lacks the primary metric of: {', '.join(sorted(missing))}.")
    return primaries


def _check_items(document: Mapping[str, Any], suite: Suite) -> None:
    told = document["items"].keys() | document.get("fine_tuning", {}).keys()
    unknown = told - suite.tasks.keys()
    if unknown:
        raise InvalidRecord(f"The record tells of tasks that the suite lacks: {', '.join(sorted(unknown))}.")
    counts = {score["task"]: score["n"] for score in document["scores"] if score["primary"]}
    for task, items in document.get("item_scores", {}).items():
        n = len(items["values"])
        if (
            counts.get(task) != n
            or len(items["hashes"]) != ITEM_HASH_DIGITS * n
            or len(items.get("weights", items["values"])) != n
        ):
            raise InvalidRecord(f"The record's item scores of {task} are not one for each item that its score is of.")


def _check_samples(document: Mapping[str, Any], suite: Suite) -> None:
    seen: set[tuple[str, str]] = set()
    for sample in document["samples"]:
        key = (sample["prompt_key"], sample["strategy"])
        if key[0] not in suite.prompts or key[1] not in suite.strategies:
            raise InvalidRecord(f"The suite asks for no {key[1]} sample of prompt {key[0]}.")
        if key in seen:
            raise InvalidRecord(f"The record holds the {key[1]} sample of prompt {key[0]} twice.")
        seen.add(key)
