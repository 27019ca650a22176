"""The leaderboard as a table for spreadsheets."""

from collections.abc import Iterator

from models_app.evaluation.records.exports import csv_text
from models_app.leaderboard.queries import Board, Cell, Row

_FACTS = ("rank", "best_rank", "worst_rank", "repo", "commit", "record", "verdict", "licence", "family", "parameters")


def board_csv(board: Board) -> str:
    """A line for each model of the page: facts, the overall score, then each task's primary metric, with errors."""
    tasks = [name for task in board.tasks for name in (task.name, f"{task.name}_stderr")]
    head = [*_FACTS, "overall", "overall_stderr", *tasks]
    return csv_text([head, *(list(_line(row)) for row in board.rows)])


def _line(row: Row) -> Iterator[object]:
    record, repo = row.record, row.record.run.repo
    yield from (row.rank, row.ranks.best if row.ranks else None, row.ranks.worst if row.ranks else None)
    yield from (repo.full_id, record.run.commit_sha, record.sha256, record.verdict)
    yield from (repo.licence, record.family, record.parameter_count)
    for cell in (row.overall, *row.cells):
        yield from _estimate(cell)


def _estimate(cell: Cell | None) -> tuple[float | None, float | None]:
    return (None, None) if cell is None else (cell.score.value, cell.score.stderr)
