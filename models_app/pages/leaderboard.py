"""The leaderboard as a page. All of its state is in the address."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.members.auth import actor_of
from models_app.evaluation.rules import OVERALL
from models_app.leaderboard.queries import Board, leaderboard
from models_app.leaderboard.rules import NAME, PARAMETERS


@dataclass(frozen=True)
class Head:
    """A column head: a link that sorts by the column, or turns the order round."""

    label: str
    href: str
    aria_sort: str | None
    numeric: bool


@require_safe
def leaderboard_page(request: HttpRequest) -> HttpResponse:
    board = leaderboard(actor_of(request), request.GET)
    shown = {
        "board": board,
        "heads": _heads(board, request.GET) if board else [],
        "chosen": {task.name for task in board.tasks} if board else set(),
        "pages": _pages(board, request.GET) if board else {},
        "query": _address(request.GET, page=None).removeprefix("?"),
        "filtered": bool(set(request.GET) - {"sort", "page", "tasks", "suite"}),
    }
    return render(request, "models_app/leaderboard/page.html", shown)


def _heads(board: Board, wanted: QueryDict) -> list[Head]:
    language = get_language() or ""
    columns = [
        (NAME, _("Model"), False, False),
        (PARAMETERS, _("Parameters"), False, True),
        (OVERALL, _("Overall"), True, True),
        *((task.name, task.title(language), task.metrics[task.primary], True) for task in board.tasks),
    ]
    return [
        Head(
            label=label,
            href=_address(wanted, page=None, sort=str(board.order.after_click(column))),
            aria_sort=board.order.aria(column, higher_is_better=higher_is_better),
            numeric=numeric,
        )
        for column, label, higher_is_better, numeric in columns
    ]


def _pages(board: Board, wanted: QueryDict) -> dict[str, str]:
    """Addresses of the ``previous`` and the ``next`` page, where there is one."""
    pages = {}
    if board.page.has_previous():
        pages["previous"] = _address(wanted, page=str(board.page.previous_page_number()))
    if board.page.has_next():
        pages["next"] = _address(wanted, page=str(board.page.next_page_number()))
    return pages


def _address(wanted: QueryDict, **changes: str | None) -> str:
    """``?…`` of this page with some parameters replaced, those that are None or empty left out."""
    query = wanted.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    for name in [name for name in query if not any(query.getlist(name))]:
        query.pop(name)
    return f"?{query.urlencode()}"
