"""A record's scores as a table for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from models_app.evaluation.models import Record

CSV_TYPE = "text/csv; charset=utf-8"
_COLUMNS = ("repo", "commit", "suite", "task", "metric", "value", "stderr", "n", "higher_is_better", "primary")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180; None becomes an empty cell."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def scores_csv(record: Record) -> str:
    """Every score of `record`, a line each, the overall score first."""
    run = record.run
    about = (run.repo.full_id, run.commit_sha, run.suite_version.key)
    scores = record.scores.order_by("pk")
    return csv_text([_COLUMNS, *((*about, *(getattr(score, column) for column in _COLUMNS[3:])) for score in scores)])
