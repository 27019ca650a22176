"""Pure rules of evaluation: what can be evaluated, what a suite declares, what a record amounts to."""

import hashlib
import json
import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import rfc8785

OVERALL = "overall"  # the task name of the weighted mean; no suite task may use it
OVERALL_METRIC = "score"
ITEM_HASH_DIGITS = 8  # hexadecimal ones of the hash of an item's answers, as a record keeps it
STRATEGIES = ("greedy", "beam", "sampling", "top_k", "nucleus")
# Of runs that nobody waits for; a commit's run has 0.
PREVIEW_PRIORITY, RERUN_PRIORITY = -10, -20

_WEIGHTS = re.compile(r"[^/]+\.safetensors|(pytorch_)?model[^/]*\.(bin|pt|pth|ckpt)|tf_model\.h5|flax_model\.msgpack")


def carries_weights(paths: Iterable[str]) -> bool:
    """Whether the files at a commit are a checkpoint: ``config.json`` and a weight file, both at the root.

    Weights that will not be loaded (pickles) count too: the run then tells the owner what to do about it.
    """
    names = set(paths)
    return "config.json" in names and any(_WEIGHTS.fullmatch(name) for name in names)


@dataclass(frozen=True)
class TaskRule:
    """How one task counts. `chance` and `best` are values of the primary metric that count 0 and 1."""

    name: str
    titles: Mapping[str, str]  # language → title; "" for every other language
    weight: float
    primary: str
    chance: float
    best: float
    language: str  # of its data; "" when it has none
    metrics: Mapping[str, bool]  # name → higher is better
    families: frozenset[str] | None  # None: every family
    needs: str  # a head that not every checkpoint of the families has; "" for none
    featured: bool  # shown before others

    def title(self, language: str) -> str:
        return self.titles.get(language, self.titles[""])

    def takes(self, family: str) -> bool:
        return self.families is None or family in self.families


@dataclass(frozen=True)
class Suite:
    """What the hub reads of a suite definition (`docs/evaluation.md`), tasks and prompts in their order."""

    tasks: Mapping[str, TaskRule]
    prompts: tuple[str, ...]
    strategies: tuple[str, ...]
    precision: str

    @staticmethod
    @lru_cache(maxsize=32)
    def from_json(definition: str) -> "Suite":
        """The suite of a stored definition. As `of`, which has accepted it before it was stored."""
        return Suite.of(json.loads(definition))

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Suite":
        """Read the parsed ``suite.yaml``. Raises `ValueError` with a sentence when it contradicts itself."""
        everywhere = {"families": content.get("families")}
        tasks = {name: _task_rule(name, {**everywhere, **entry}) for name, entry in content["tasks"].items()}
        if OVERALL in tasks:
            raise ValueError(f"A task cannot be called {OVERALL!r}: that is the name of the weighted mean.")
        return cls(
            tasks=tasks,
            prompts=tuple(key for kind in ("prompts", "fills", "sources") for key in content.get(kind, {})),
            strategies=tuple(content.get("strategies", {})),
            precision=str(content.get("precision", "float32")),
        )


def _task_rule(name: str, entry: Mapping[str, Any]) -> TaskRule:
    metrics = {metric: bool(how["higher_is_better"]) for metric, how in entry["metrics"].items()}
    primary, chance, best = str(entry["primary"]), float(entry["chance"]), float(entry["best"])
    if primary not in metrics:
        raise ValueError(f"Task {name}: its primary metric {primary!r} is not among its metrics.")
    if (best > chance) != metrics[primary] or best == chance:
        raise ValueError(f"Task {name}: best ({best}) must be better than chance ({chance}) in {primary!r}.")
    families, needs, weight = entry["families"], str(entry.get("needs", "")), float(entry.get("weight", 1.0))
    if needs and weight:
        raise ValueError(f"Task {name}: not every checkpoint can take it, so its weight must be 0.")
    return TaskRule(
        name=name,
        titles={**entry.get("titles", {}), "": str(entry.get("title", name))},
        weight=weight,
        primary=primary,
        chance=chance,
        best=best,
        language=str(entry.get("language", "")),
        metrics=metrics,
        families=None if families is None else frozenset(families),
        needs=needs,
        featured=bool(entry.get("featured", False)),
    )


def featured_first(tasks: Iterable[TaskRule]) -> list[TaskRule]:
    """`tasks` in their order, but those that a suite features before the others."""
    return sorted(tasks, key=lambda task: not task.featured)


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error (None: not known)."""

    value: float
    stderr: float | None


def rescale(estimate: Estimate, *, chance: float, best: float) -> Estimate:
    """Map `chance` to 0 and `best` to 1, linearly, and cut off what lies outside: worse than chance counts as chance.

    The standard error is scaled alike.
    """
    span = best - chance
    value = min(1.0, max(0.0, (estimate.value - chance) / span))
    return Estimate(value, None if estimate.stderr is None else estimate.stderr / abs(span))


def overall(parts: Iterable[tuple[float, Estimate]]) -> Estimate:
    """The weighted mean of independent rescaled estimates, in [0, 1]: Σwx/Σw ± √Σ(w·se)²/Σw.

    The error is unknown as soon as one of the parts' is: a number that hides a part would look too sure.
    """
    weighted = [(weight, part) for weight, part in parts if weight > 0]
    total = math.fsum(weight for weight, _ in weighted)
    if not total:
        raise ValueError("An overall score needs at least one task with a weight.")
    # Shares first: a sum of tiny weights times values would lose itself below the smallest float.
    shares = [(weight / total, part) for weight, part in weighted]
    value = min(1.0, math.fsum(share * part.value for share, part in shares))
    if any(part.stderr is None for _, part in shares):
        return Estimate(value, None)
    return Estimate(value, math.hypot(*(share * (part.stderr or 0.0) for share, part in shares)))


def overall_of(suite: Suite, family: str, primaries: Mapping[str, Estimate]) -> Estimate:
    """The overall score of a checkpoint of `family` from the primary metric of each task it takes."""
    return overall(
        (task.weight, rescale(primaries[task.name], chance=task.chance, best=task.best))
        for task in suite.tasks.values()
        if task.takes(family) and task.weight
    )


def expected_seconds(*, place: int, running: int, durations: Sequence[float]) -> float | None:
    """When the queued run at `place` (1: next) will likely be done, from how long past runs took; None without any.

    While runs wait every worker is busy, so as many work at once as are `running`; those are half done on average.
    """
    if not durations:
        return None
    rounds = math.ceil(place / max(1, running)) + (0.5 if running else 0.0)
    return rounds * statistics.median(durations)


def canonical(document: Any) -> bytes:
    """Canonical JSON (RFC 8785). Raises `ValueError` for NaN, infinity, integers beyond 2⁵³ and lone surrogates."""
    return rfc8785.dumps(document)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
