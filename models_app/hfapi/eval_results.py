"""The hub's own evaluation records in the form of a Hub's evaluation results: in JSON, and as a file for a repo."""

from typing import Any

import yaml
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from community.members.api import actor_of
from hub.core.paths import public_url
from models_app.evaluation.models import Record, Score, Verdict
from models_app.evaluation.queries import get_record
from models_app.evaluation.rules import OVERALL


def eval_results(record: Record) -> list[dict[str, Any]]:
    """An entry for the primary metric of each task, the overall score first.

    ``verifyToken`` is the hub's signature of the record (`evaluation.signatures`), which ``source.url`` gives.
    """
    scores = sorted((score for score in record.scores.all() if score.primary), key=_place)
    return [{"data": _entry(record, score)} for score in scores]


class EvalResultsFileView(APIView):
    @extend_schema(
        summary="A record as a file for `.eval_results/` of a model on any Hugging Face hub",
        responses={(200, "application/yaml"): OpenApiTypes.STR, 404: OpenApiResponse(description="Missing or hidden.")},
    )
    def get(self, request: Request, sha256: str) -> HttpResponse:
        record = get_record(actor_of(request), sha256)
        entries = [result["data"] for result in eval_results(record)]
        text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True)
        suite = record.run.suite_version
        named = {"Content-Disposition": f'attachment; filename="{suite.suite}-{suite.version}.yaml"'}
        return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=named)


def _place(score: Score) -> tuple[bool, int]:
    return score.task != OVERALL, score.pk


def _entry(record: Record, score: Score) -> dict[str, Any]:
    suite = record.run.suite_version
    spread = "" if score.stderr is None else f" ± {score.stderr:.4g}"
    confirmed = ", confirmed by a second worker" if record.verdict == Verdict.CONFIRMED else ""
    return {
        "dataset": {"id": f"{suite.suite}/{suite.version}", "task_id": score.task, "revision": suite.sha256},
        "value": score.value,
        "verifyToken": record.signature,
        "date": record.created_at.date().isoformat(),
        "source": {"url": public_url(f"/api/evaluation/records/{record.sha256}"), "name": settings.HUB_NAME},
        "notes": f"{score.metric}{spread}, n={score.n}, commit {record.run.commit_sha}{confirmed}",
    }
