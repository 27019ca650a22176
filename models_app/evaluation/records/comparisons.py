"""Models side by side: what each task says of their difference, what they wrote, what they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from community.members.actors import Actor
from models_app.evaluation.errors import NothingInCommon, WrongNumberOfModels
from models_app.evaluation.models import Record, Sample, Score, SuiteVersion
from models_app.evaluation.queries import newest_first, rated_runs, standing_runs
from models_app.evaluation.records.pairing import NORMAL_95, Contrast, Method, holm, normal_p, paired, unpaired
from models_app.evaluation.rules import OVERALL, STRATEGIES, Suite, TaskRule
from models_app.evaluation.suites.queries import rated_versions
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import get_repo

FEWEST, MOST = 2, 4
_SURE = 0.05


@dataclass(frozen=True)
class Model:
    """A model with the record that it is compared by; `scores` are its primary ones by task."""

    repo: Repo
    record: Record
    document: Mapping[str, Any]
    scores: Mapping[str, Score]

    @property
    def overall(self) -> Score:
        return self.scores[OVERALL]


@dataclass(frozen=True)
class Interval:
    """A difference between chance (0) and best (100) with its 95 % interval, above 0 where the second is better."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class TaskContrast:
    """How the second model does at a task beside the first. `task` None: overall. `p` is corrected over the tasks."""

    task: TaskRule | None
    first: Score
    second: Score
    contrast: Contrast
    p: float | None
    interval: Interval | None

    @property
    def sure(self) -> bool:
        return self.p is not None and self.p < _SURE


@dataclass(frozen=True)
class Pair:
    """A model beside the first one. `reach` is the length of the longest interval from 0, for one scale of all."""

    model: Model
    tasks: list[TaskContrast]
    overall: TaskContrast | None

    @property
    def rows(self) -> list[TaskContrast]:
        return [*self.tasks, *([self.overall] if self.overall else [])]

    @property
    def reach(self) -> float:
        intervals = [row.interval for row in self.rows if row.interval]
        return max((max(abs(one.low), abs(one.high)) for one in intervals), default=0.0) or 1.0


@dataclass(frozen=True)
class SharedPrompt:
    """A prompt and, by strategy, what each model made of it (None: nothing), in the order of the models."""

    key: str
    language: str
    prompt: str
    rows: list[tuple[str, list[tuple[Model, Sample | None]]]]


@dataclass(frozen=True)
class Comparison:
    suite_version: SuiteVersion
    models: list[Model]
    pairs: list[Pair]
    prompts: list[SharedPrompt]


def split_names(wanted: Iterable[str]) -> list[str]:
    """The models that parameters name, each ``a/b`` or ``a/b,c/d``: in their order, each once."""
    names = (name.strip() for text in wanted for name in text.split(","))
    return list(dict.fromkeys(name for name in names if name))


def comparison(actor: Actor, names: Sequence[str]) -> Comparison:
    """The models called `names` under the newest suite version that all have a record of, the active one first.

    Raises `WrongNumberOfModels`, `RepoNotFound` (missing or hidden alike), or `NothingInCommon`.
    """
    repos = list(
        {repo.pk: repo for repo in (get_repo(actor, RepoKind.MODEL, name) for name in names[: MOST + 1])}.values()
    )
    if not FEWEST <= len(repos) <= MOST:
        raise WrongNumberOfModels(FEWEST, MOST)
    models = _models(repos)
    suite_version = models[0].record.run.suite_version
    suite = Suite.from_json(suite_version.definition)
    return Comparison(
        suite_version=suite_version,
        models=models,
        pairs=[_pair(suite, models[0], model) for model in models[1:]],
        prompts=_prompts(suite, models),
    )


def _models(repos: list[Repo]) -> list[Model]:
    newest: dict[tuple[int, int], int] = {}  # (suite version, repo) → run
    runs = newest_first(standing_runs(rated_runs(*repos)))
    for run, repo, version in runs.values_list("pk", "repo", "suite_version"):
        newest.setdefault((version, repo), run)
    versions = rated_versions().values_list("pk", flat=True)
    shared = [version for version in versions if all((version, repo.pk) in newest for repo in repos)]
    if not shared:
        raise NothingInCommon
    chosen = [newest[shared[0], repo.pk] for repo in repos]
    records = Record.objects.select_related("run__suite_version").prefetch_related("scores", "samples")
    by_run = {record.run_id: record for record in records.filter(run__in=chosen)}
    return [_model(repo, by_run[run]) for repo, run in zip(repos, chosen, strict=True)]


def _model(repo: Repo, record: Record) -> Model:
    return Model(repo, record, record.document, {score.task: score for score in record.scores.all() if score.primary})


def _pair(suite: Suite, first: Model, second: Model) -> Pair:
    tasks = [task for task in suite.tasks.values() if task.name in first.scores and task.name in second.scores]
    contrasts = [_contrast(task, first, second) for task in tasks]
    corrected = holm([contrast.p for contrast in contrasts])
    rows = [
        TaskContrast(
            task,
            first.scores[task.name],
            second.scores[task.name],
            contrast,
            p,
            _interval(contrast, task.best - task.chance),
        )
        for task, contrast, p in zip(tasks, contrasts, corrected, strict=True)
    ]
    return Pair(second, rows, _overall(rows, first, second))


def _contrast(task: TaskRule, first: Model, second: Model) -> Contrast:
    items = [model.document.get("item_scores", {}).get(task.name) for model in (first, second)]
    found = paired(*items) if all(items) else None
    if found is not None:
        return found
    scores = first.scores[task.name], second.scores[task.name]
    return unpaired(*((score.value, score.stderr) for score in scores))


def _interval(contrast: Contrast, span: float) -> Interval | None:
    """`span` is best − chance, below 0 where lower is better."""
    if contrast.stderr is None:
        return None
    value, reach = 100 * contrast.difference / span, 100 * NORMAL_95 * contrast.stderr / abs(span)
    return Interval(value, value - reach, value + reach)


def _overall(rows: list[TaskContrast], first: Model, second: Model) -> TaskContrast | None:
    """Of models of one family, whose overall scores are of the same tasks: a z test with the errors of the tasks."""
    if first.record.family != second.record.family:
        return None
    weights = {row.task.name: row.task.weight / abs(row.task.best - row.task.chance) for row in rows if row.task}
    total = sum(row.task.weight for row in rows if row.task)
    difference = second.overall.value - first.overall.value
    errors = [(weights[row.task.name], row.contrast.stderr) for row in rows if row.task and row.task.weight]
    known = [weight * stderr for weight, stderr in errors if stderr is not None]
    stderr = sum(part**2 for part in known) ** 0.5 / total if len(known) == len(errors) else None
    p = None if stderr is None else normal_p(difference, stderr)
    contrast = Contrast(difference, stderr, p, Method.PAIRED_Z)
    return TaskContrast(None, first.overall, second.overall, contrast, p, _interval(contrast, 1.0))


def _prompts(suite: Suite, models: list[Model]) -> list[SharedPrompt]:
    written = [(model, {(one.prompt_key, one.strategy): one for one in model.record.samples.all()}) for model in models]
    shared = []
    for key in suite.prompts:
        by_strategy = {
            strategy: [(model, samples.get((key, strategy))) for model, samples in written] for strategy in STRATEGIES
        }
        rows = [(strategy, row) for strategy, row in by_strategy.items() if any(sample for _model, sample in row)]
        example = next((sample for _strategy, row in rows for _model, sample in row if sample), None)
        if example is not None:
            shared.append(SharedPrompt(key, example.language, example.prompt, rows))
    return shared


def method_name(method: Method) -> str:
    """What a test is called, for people."""
    return {
        Method.MCNEMAR: _("McNemar, exact"),
        Method.SIGNS: _("paired permutation"),
        Method.PAIRED_Z: _("paired z"),
        Method.Z: _("unpaired z"),
    }[method]
