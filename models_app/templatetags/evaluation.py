"""Scores, times and names of an evaluation in templates: ``{% load evaluation %}``."""

import json
import math
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from models_app.evaluation.models import FailureClass, Run, Score
from models_app.evaluation.records.comparisons import TaskContrast, method_name
from models_app.evaluation.records.history import Point
from models_app.evaluation.records.pairing import Contrast
from models_app.evaluation.rules import Suite, TaskRule

register = template.Library()
_PERCENT = 100.0
_HUGE = 1e6
_SMALLEST_P = 0.001
_MINUTE, _HOUR = 60, 3600
_GIB = 2**30

_STRATEGIES = {
    "greedy": _("Greedy"),
    "beam": _("Beam search"),
    "sampling": _("Sampling"),
    "top_k": _("Top-k"),
    "nucleus": _("Nucleus"),
}
_METRICS = {
    "acc": _("accuracy"),
    "acc_norm": _("accuracy, by length"),
    "bleu": "BLEU",
    "bits_per_byte": _("bits per byte"),
    "chrf": "chrF",
    "cross_entropy": _("cross entropy"),
    "exact_match": _("exact match"),
    "f1": "F1",
    "macro_f1": _("macro F1"),
    "perplexity": _("perplexity"),
    "score": _("score"),
}
_FAMILIES = {
    "causal": _("causal"),
    "masked": _("masked"),
    "permutation": _("permutation"),
    "encoder-decoder": _("encoder–decoder"),
}
_STAGES = {
    "download": _("Fetching the checkpoint"),
    "load": _("Loading the checkpoint"),
    "attention": _("Computing the weights"),
    "tasks": _("Scoring"),
    "samples": _("Writing samples"),
    "fine_tuning": _("Fine-tuning"),
}
_ADVICE = {
    FailureClass.UNSUPPORTED: _(
        "Nothing is wrong with the files: this kind of model is not evaluated yet. Ask for it in the forum."
    ),
    FailureClass.INVALID: _(
        "Upload files without this fault: the new commit is evaluated by itself. The same files will end the same way."
    ),
    FailureClass.UNSAFE: _(
        "Upload safetensors and a tokenizer that need no code of their own: the new commit is evaluated by itself."
    ),
    FailureClass.MEMORY: _("A worker with more memory may manage it: ask the operators of this hub."),
    FailureClass.TIMEOUT: _("A faster worker may manage it: ask the operators of this hub."),
    FailureClass.LOST: _("The model may not be to blame: try again."),
    FailureClass.INTERNAL: _(
        "The model may not be to blame: try again. If it ends the same way, tell the operators of this hub."
    ),
}


@register.filter
def strategy_label(strategy: str) -> str:
    return str(_STRATEGIES.get(strategy, strategy))


@register.filter
def metric_label(metric: str) -> str:
    return str(_METRICS.get(metric, metric.replace("_", " ")))


@register.filter
def family_label(family: str) -> str:
    return str(_FAMILIES.get(family, family))


@register.filter
def stage_label(stage: str) -> str:
    return str(_STAGES.get(stage, stage))


@register.filter
def advice(failure_class: str) -> str:
    """What the owner of a model does next whose run failed."""
    return str(_ADVICE[FailureClass(failure_class)])


@register.filter
def task_title(task: TaskRule) -> str:
    """The title of a task in the reader's language."""
    return task.title(get_language() or "")


@register.filter
def progress_task(run: Run) -> str:
    """The title of the task that a run is at."""
    name = str(run.progress.get("task", ""))
    task = Suite.from_json(run.suite_version.definition).tasks.get(name)
    title = name if task is None else task_title(task)
    if run.progress.get("stage") != "fine_tuning":
        return title
    return f"{title}, {_seed_and_epoch(run)}"


def _seed_and_epoch(run: Run) -> str:
    """Where fine-tuning is: its progress counts the epochs of all seeds."""
    recipe = json.loads(run.suite_version.definition).get("fine_tuning", {})
    epochs, seeds = int(recipe.get("epochs", 1)), len(recipe.get("seeds", [1]))
    seed, epoch = divmod(min(int(run.progress.get("done", 0)), epochs * seeds - 1), epochs)
    return gettext("seed %(seed)d of %(seeds)d, epoch %(epoch)d of %(epochs)d") % {
        "seed": seed + 1,
        "seeds": seeds,
        "epoch": epoch + 1,
        "epochs": epochs,
    }


@register.filter
def estimate(score: Score) -> str:
    """``0.750 ± 0.031``: as many places as the standard error can tell apart."""
    return _estimate(score.value, score.stderr)


@register.filter
def with_quiet_error(text: str) -> SafeString:
    """An estimate whose error steps back behind its value."""
    value, plus_minus, stderr = text.partition(" ± ")
    if not plus_minus:
        return format_html("{}", value)
    return format_html('{} <span class="board__error">± {}</span>', value, stderr)


@register.filter
def difference(row: TaskContrast) -> str:
    """``+0.021 ± 0.010``, of the overall score in points: the sign is always told."""
    scale, stderr = 1.0 if row.task else _PERCENT, row.contrast.stderr
    text = _estimate(scale * row.contrast.difference, None if stderr is None else scale * stderr)
    return text if text.startswith("-") else f"+{text}"


@register.filter
def p_value(p: float | None) -> str:
    """Three places; smaller ones only as such."""
    if p is None:
        return "–"
    return f"< {_number(_SMALLEST_P, 3)}" if p < _SMALLEST_P else _number(p, 3)


@register.filter
def test_name(contrast: Contrast) -> str:
    return method_name(contrast.method)


@register.filter
def forest(value: float, reach: float) -> str:
    """The place of a difference on a scale from −`reach` to `reach`, per cent of the width."""
    return svg(50.0 + 48.0 * value / reach)


@register.filter
def of_hundred(value: float) -> str:
    """A score between 0 and 1 out of 100, with one place."""
    return _number(_PERCENT * value, 1)


@register.filter
def points(score: Score | Point) -> str:
    """An overall score out of 100: ``34.2 ± 1.1``."""
    return _estimate(_PERCENT * score.value, None if score.stderr is None else _PERCENT * score.stderr)


def _estimate(value: float, stderr: float | None) -> str:
    if abs(value) >= _HUGE:
        return f"{value:.2e}"
    places = _places(value, digits=4) if not stderr else _places(stderr, digits=2)
    if stderr is None:
        return _number(value, places)
    return f"{_number(value, places)} ± {_number(stderr, places)}"


def _number(value: float, places: int) -> str:
    """`value` as the reader's language writes it. Django alone would cut digits off instead of rounding."""
    return str(number_format(round(value, places), places))


def _places(value: float, *, digits: int) -> int:
    """Decimal places that show `digits` significant digits of `value`, four at most."""
    if not value:
        return 0
    return max(0, min(4, digits - 1 - math.floor(math.log10(abs(value)))))


@register.filter
def svg(length: float) -> str:
    """A length for an SVG attribute: never with a decimal comma."""
    return f"{length:.2f}"


@register.filter
def percent(ratio: float | None) -> str:
    return "–" if ratio is None else f"{_number(_PERCENT * ratio, 0)} %"


@register.filter
def duration(seconds: float) -> str:
    """About how long, in words."""
    if seconds < _MINUTE:
        return gettext("less than a minute")
    if seconds < _HOUR:
        minutes = math.ceil(seconds / _MINUTE)
        return ngettext("about %(n)d minute", "about %(n)d minutes", minutes) % {"n": minutes}
    hours = math.ceil(seconds / _HOUR)
    return ngettext("about %(n)d hour", "about %(n)d hours", hours) % {"n": hours}


@register.filter
def took(run: Run) -> str:
    """How long a run that is over took."""
    if run.started_at is None or run.finished_at is None:
        return "–"
    return duration((run.finished_at - run.started_at).total_seconds())


@register.filter
def memory(size: int | None) -> str:
    """Bytes of memory, rounded up: ``1.1 GiB``. Unknown: an en dash."""
    if not size:
        return "–"
    tenths = math.ceil(10 * size / _GIB)
    return f"{_number(tenths / 10, 1 if tenths % 10 else 0)} GiB"


@register.filter
def device_label(hardware: dict[str, Any]) -> str:
    """What a worker computes on: ``NVIDIA H100, 80 GiB`` or ``CPU, 8 cores``."""
    if hardware.get("gpu"):
        size = hardware.get("gpu_memory_bytes")
        return f"{hardware['gpu']}, {memory(size)}" if size else str(hardware["gpu"])
    cores = hardware.get("cores", 1)
    return ngettext("CPU, %(n)d core", "CPU, %(n)d cores", cores) % {"n": cores}


@register.filter
def settings_text(settings: dict[str, Any]) -> str:
    """Decoding settings as they are given to transformers: ``num_beams=4, seed=1``."""
    return ", ".join(f"{key}={json.dumps(value)}" for key, value in sorted(settings.items()))


@register.filter
def facts(mapping: dict[str, Any]) -> list[tuple[str, Any]]:
    """The entries of a record's mapping by name, without those that are empty."""
    return [(key.replace("_", " "), value) for key, value in sorted(mapping.items()) if value not in (None, "", [])]
