"""A score as a small picture, to be shown in cards and pages elsewhere."""

import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import override
from django.views.decorators.http import require_safe

from hub.core.caching import unless_known
from models_app.evaluation.models import Score, Verdict
from models_app.evaluation.queries import primary_score
from models_app.evaluation.rules import OVERALL, Suite
from models_app.pages.repo_frame import open_repo
from models_app.templatetags.evaluation import estimate, metric_label, points

SECONDS = 300  # how long others may show a badge that has changed here
_NARROW, _WIDE, _PADDING = 6.6, 11.5, 14.0  # of a character at 11 px, and of a half, in pixels
_ROUND = 3  # radius of the corners


@dataclass(frozen=True)
class Badge:
    """Two halves with a text each; lengths in pixels."""

    label: str
    value: str

    @property
    def left(self) -> int:
        return _width(self.label)

    @property
    def right(self) -> int:
        return _width(self.value)

    @property
    def whole(self) -> int:
        return self.left + self.right

    @property
    def edge(self) -> int:
        return self.left - _ROUND

    @property
    def middle_of_left(self) -> int:
        return self.left // 2

    @property
    def middle_of_right(self) -> int:
        return self.left + self.right // 2


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return round(_PADDING + _WIDE * wide + _NARROW * (len(text) - wide))


@require_safe
def badge(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The newest score of a model at ``?task=`` (overall). Missing and hidden models are 404, unknown tasks too.

    It reads the same for everybody, in English, so that caches may keep one of a public model.
    """
    repo = open_repo(request, namespace, name)
    task = request.GET.get("task", OVERALL)
    score = primary_score(repo, task)
    if score is None and task != OVERALL:
        raise Http404
    with override("en"):
        svg = render_to_string("models_app/evaluation/badge.svg", {"badge": Badge(*_texts(score))})
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cache-Control"] = f"public, max-age={SECONDS}" if repo.is_public else "private, no-store"
    return unless_known(request, response)


def _texts(score: Score | None) -> tuple[str, str]:
    if score is None:
        return settings.HUB_NAME, "not evaluated"
    version = score.record.run.suite_version
    confirmed = " ✓" if score.record.verdict == Verdict.CONFIRMED else ""
    if score.task == OVERALL:
        return f"{settings.HUB_NAME} {version}", f"{points(score)} of 100{confirmed}"
    title = Suite.from_json(version.definition).tasks[score.task].title("")
    return f"{settings.HUB_NAME} {version}: {title}", f"{estimate(score)} {metric_label(score.metric)}{confirmed}"
