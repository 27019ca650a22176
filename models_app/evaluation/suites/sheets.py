"""A version of a suite as people read it: its tasks with examples, what changed, how far it is measured, previews."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BinaryField, Count
from django.db.models.functions import Substr

from community.members.actors import Actor
from hub.core.jsondata import TooComplex, storable
from models_app.evaluation.models import Run, RunState, Score, SuiteActivation, SuiteFile, SuiteVersion
from models_app.evaluation.queries import visible_runs
from models_app.evaluation.rules import OVERALL, Suite, TaskRule, featured_first
from models_app.evaluation.suites.definitions import task_path
from models_app.evaluation.suites.differences import Difference, differences

EXAMPLES = 2  # rows of a task that are shown
_START_BYTES = 8192  # of a file's beginning: where rows are looked for, and what is shown of a task file
_EXAMPLE_TEXT = 300  # characters of a value
PREVIEWS_SHOWN = 50


@dataclass(frozen=True)
class TaskSheet:
    """A task: `rule`, its `entry` in suite.yaml, and first rows as (key, text). `shares`: family → % of the score.

    `template` is its file, word for word: how a prompt is made of a row, and how an answer is read and judged. It is
    empty of tasks that the engine asks by itself, without a prompt.
    """

    rule: TaskRule
    entry: Mapping[str, Any]
    licence: str
    shares: Mapping[str, float]
    examples: list[list[tuple[str, str]]]
    template: str


@dataclass(frozen=True)
class Progress:
    """How many evaluations of a version are over, and how many are still to come; repetitions are not counted."""

    activation: SuiteActivation
    states: Mapping[str, int]  # RunState → number of runs

    @property
    def done(self) -> int:
        return self.states.get(RunState.DONE, 0)

    @property
    def failed(self) -> int:
        return self.states.get(RunState.FAILED, 0)

    @property
    def running(self) -> int:
        return self.states.get(RunState.RUNNING, 0)

    @property
    def waiting(self) -> int:
        """Runs in the queue, and re-runs that are to be queued."""
        left = max(0, self.activation.reruns_expected - self.activation.reruns_queued)
        return self.states.get(RunState.QUEUED, 0) + (0 if self.activation.queued_all_at else left)

    @property
    def live(self) -> bool:
        return bool(self.running or self.waiting)

    @property
    def percent(self) -> int:
        over = self.done + self.failed
        return 100 * over // max(1, over + self.running + self.waiting)


@dataclass(frozen=True)
class Preview:
    """A model measured under a version that counts nowhere yet. `scores` are primary ones, once it is done."""

    run: Run
    overall: Score | None
    scores: list[tuple[TaskRule, Score]]

    @property
    def live(self) -> bool:
        return self.run.state in {RunState.QUEUED, RunState.RUNNING}


@dataclass(frozen=True)
class Course:
    """How far `version` is measured: `progress` once it was activated, until then `previews`."""

    version: SuiteVersion
    progress: Progress | None
    previews: list[Preview]

    @property
    def live(self) -> bool:
        """Whether it will change by itself."""
        return any(preview.live for preview in self.previews) or (self.progress is not None and self.progress.live)


@dataclass(frozen=True)
class Sheet:
    """All that the page of `version` shows. `compared` is the version that `changes` are against."""

    version: SuiteVersion
    content: Mapping[str, Any]
    tasks: list[TaskSheet]
    others: list[SuiteVersion]
    compared: SuiteVersion | None
    changes: list[Difference]
    course: Course


def sheet(actor: Actor, version: SuiteVersion, against: str) -> Sheet:
    """The page of `version`, compared with number `against` of its suite, else with the one before.

    A fixed number of queries, as `course` has.
    """
    content = json.loads(version.definition)
    others = list(SuiteVersion.objects.filter(suite=version.suite).exclude(pk=version.pk).order_by("-version"))
    compared = next((row for row in others if str(row.version) == against), None)
    compared = compared or next((row for row in others if row.version < version.version), None)
    return Sheet(
        version=version,
        content=content,
        tasks=_tasks(version, content),
        others=others,
        compared=compared,
        changes=differences(json.loads(compared.definition), content) if compared else [],
        course=course(actor, version),
    )


def course(actor: Actor, version: SuiteVersion) -> Course:
    """How far `version` is measured, as `actor` may know it."""
    if version.activated_at is None:
        return Course(version, None, _previews(actor, version))
    return Course(version, _progress(version), [])


def _progress(version: SuiteVersion) -> Progress:
    """Since its newest activation."""
    activation = version.activations.select_related("activated_by").latest("pk")
    runs = Run.objects.filter(suite_version=version, repeat_of=None)
    return Progress(activation, dict(runs.values_list("state").annotate(Count("pk")).order_by()))


def _tasks(version: SuiteVersion, content: Mapping[str, Any]) -> list[TaskSheet]:
    suite, starts = Suite.from_json(version.definition), _starts(version, content)
    return [
        TaskSheet(
            rule=rule,
            entry=content["tasks"][rule.name],
            licence=content["tasks"][rule.name].get("data", {}).get("licence") or content.get("licence", ""),
            shares=_shares(suite, rule, content.get("families", [])),
            examples=list(_rows(starts.get(_data_path(content["tasks"][rule.name]), b""))),
            template=starts.get(task_path(rule.name), b"").decode(errors="replace"),
        )
        for rule in featured_first(suite.tasks.values())
    ]


def _shares(suite: Suite, rule: TaskRule, families: list[str]) -> dict[str, float]:
    totals = {family: sum(task.weight for task in suite.tasks.values() if task.takes(family)) for family in families}
    return {family: 100 * rule.weight / (total or 1) for family, total in totals.items() if rule.takes(family)}


def _starts(version: SuiteVersion, content: Mapping[str, Any]) -> dict[str, bytes]:
    """Path → the beginning of the file, of the tasks and of their data: one query."""
    wanted = {path for name, entry in content["tasks"].items() for path in (task_path(name), _data_path(entry))}
    hashes = {path: version.files[path] for path in wanted if path in version.files}
    start = Substr("content", 1, _START_BYTES, output_field=BinaryField())
    files = SuiteFile.objects.filter(pk__in=hashes.values()).annotate(start=start)
    starts = {sha256: bytes(head) for sha256, head in files.values_list("pk", "start")}
    return {path: starts[sha256] for path, sha256 in hashes.items() if sha256 in starts}


def _data_path(entry: Mapping[str, Any]) -> str:
    return str(entry.get("data", {}).get("path", ""))


def _rows(start: bytes) -> Iterator[list[tuple[str, str]]]:
    for line in start.split(b"\n")[:EXAMPLES]:
        try:
            row = storable(json.loads(line))
        except (ValueError, TooComplex, RecursionError):  # cut off, or the end
            return
        yield [(key, _shown(value)) for key, value in row.items()]


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _EXAMPLE_TEXT else f"{text[:_EXAMPLE_TEXT]}…"


def _previews(actor: Actor, version: SuiteVersion) -> list[Preview]:
    """The newest of `version` whose models `actor` may see."""
    runs = list(visible_runs(actor).filter(suite_version=version, repeat_of=None).order_by("-pk")[:PREVIEWS_SHOWN])
    found: dict[int, dict[str, Score]] = defaultdict(dict)
    scores = Score.objects.filter(record__run__in=runs, primary=True).select_related("record")
    for score in scores.defer("record__payload"):
        found[score.record.run_id][score.task] = score
    tasks = featured_first(Suite.from_json(version.definition).tasks.values())
    return [_preview(run, found[run.pk], tasks) for run in runs]


def _preview(run: Run, scores: Mapping[str, Score], tasks: list[TaskRule]) -> Preview:
    return Preview(run, scores.get(OVERALL), [(task, scores[task.name]) for task in tasks if task.name in scores])
