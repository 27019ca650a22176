"""Lists out of the database as Hub clients read them: a JSON array, and a ``Link`` header to the next page."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.pagination import page
from models_app.hfapi.parameters import next_link, whole_number
from models_app.hfapi.representations import JSONObject

Row = TypeVar("Row", bound=Model)
PAGE = 100
LARGEST_PAGE = 1000


def listed(
    request: Request,
    rows: QuerySet[Row],
    ordering: Sequence[str],
    describe: Callable[[Sequence[Row]], list[JSONObject]],
    *,
    size: int = PAGE,
) -> Response:
    """The page of `rows` that ``cursor`` and ``limit`` ask for, as `describe` puts it. Raises `Invalid` for both."""
    limit = whole_number(request, "limit", default=size, largest=LARGEST_PAGE)
    found, cursor = page(rows, ordering, request.query_params.get("cursor"), limit)
    response = Response(describe(found))
    if cursor is not None:
        response["Link"] = next_link(request, cursor)
    return response
