"""A finished record as people read it: scores by task, samples by prompt, and the geometry of their charts."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from models_app.evaluation.models import Record, Run, Sample, Score
from models_app.evaluation.rules import OVERALL, STRATEGIES, Estimate, Suite, TaskRule, featured_first, rescale


@dataclass(frozen=True)
class Bar:
    """A rescaled score (0: chance, 100: best) as a length, with the whisker of one standard error either side."""

    length: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, estimate: Estimate) -> "Bar":
        length = 100.0 * estimate.value
        if estimate.stderr is None:
            return cls(length, None, None)
        reach = 100.0 * estimate.stderr
        return cls(length, max(0.0, length - reach), min(100.0, length + reach))


@dataclass(frozen=True)
class TaskReport:
    """The scores of one task, its primary metric first and drawn as `bar`.

    `signatures` are (metric, what sacrebleu says has to be known to compute it again).
    """

    task: TaskRule
    bar: Bar
    scores: list[Score]
    signatures: list[tuple[str, str]]

    @property
    def primary(self) -> Score:
        return self.scores[0]


@dataclass(frozen=True)
class PromptReport:
    """What one prompt became by each strategy, in the order of `rules.STRATEGIES`."""

    key: str
    language: str
    prompt: str
    samples: list[Sample]


@dataclass(frozen=True)
class TuningReport:
    """How a task was fine-tuned for: `course` is the record's, with a value by seed, or with a reason for none."""

    task: TaskRule
    course: dict[str, Any]


@dataclass(frozen=True)
class Report:
    record: Record
    overall: Score
    overall_bar: Bar
    tasks: list[TaskReport]  # featured ones first
    prompts: list[PromptReport]
    document: dict[str, Any]
    suite: Suite

    @property
    def run(self) -> Run:
        return self.record.run

    @property
    def tunings(self) -> list[TuningReport]:
        tasks = self.suite.tasks
        return [TuningReport(tasks[name], course) for name, course in self.document.get("fine_tuning", {}).items()]

    @property
    def differing(self) -> list[TaskRule]:
        """The tasks in which the record of another worker differs."""
        return [self.suite.tasks[name] for name in self.record.differing]


def report_of(record: Record) -> Report:
    """The report of `record` (with its run and suite version loaded): two queries."""
    suite = Suite.from_json(record.run.suite_version.definition)
    by_task: dict[str, list[Score]] = defaultdict(list)
    for score in record.scores.order_by("-primary", "metric"):
        by_task[score.task].append(score)
    overall = by_task.pop(OVERALL)[0]
    document = record.document
    return Report(
        record=record,
        overall=overall,
        overall_bar=Bar.of(Estimate(overall.value, overall.stderr)),
        tasks=[
            _task_report(task, by_task[task.name], document)
            for task in featured_first(suite.tasks.values())
            if task.name in by_task
        ],
        prompts=_prompt_reports(suite, record),
        document=document,
        suite=suite,
    )


def _task_report(task: TaskRule, scores: list[Score], document: dict[str, Any]) -> TaskReport:
    signatures = [
        (score["metric"], score["signature"])
        for score in document.get("scores", [])
        if score["task"] == task.name and "signature" in score
    ]
    return TaskReport(task, bar_of(task, scores[0]), scores, signatures)


def bar_of(task: TaskRule, primary: Score) -> Bar:
    """The primary score of `task` between its chance and its best."""
    return Bar.of(rescale(Estimate(primary.value, primary.stderr), chance=task.chance, best=task.best))


def _prompt_reports(suite: Suite, record: Record) -> list[PromptReport]:
    by_prompt: dict[str, list[Sample]] = defaultdict(list)
    for sample in sorted(record.samples.all(), key=lambda sample: STRATEGIES.index(sample.strategy)):
        by_prompt[sample.prompt_key].append(sample)
    return [
        PromptReport(key, by_prompt[key][0].language, by_prompt[key][0].prompt, by_prompt[key])
        for key in suite.prompts
        if key in by_prompt
    ]
