"""Pages by keyset: a cursor names the last row seen, so rows that come or go meanwhile neither repeat nor vanish.

Shared by HTML lists and APIs. A cursor is opaque but not secret: it holds the order and the last row's values of it.
"""

import base64
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils import timezone
from django.utils.translation import gettext as _

from hub.core.errors import Invalid

Row = TypeVar("Row", bound=Model)
MAX_PAGE = 10_000
MAX_CURSOR = 2_000  # characters; what we hand out is far shorter


def page_number(text: str) -> int:
    """The page that ``?page=`` asks for, from 1; 1 for whatever is no such number."""
    return min(int(text), MAX_PAGE) if text.isdecimal() and int(text[:9]) > 0 else 1


def page(
    queryset: QuerySet[Row], ordering: Sequence[str], cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """The `limit` rows (at least 1) after `cursor`, and the cursor of the next page or None on the last one.

    `ordering` names fields, related fields (``namespace__name``) or annotations, ``-`` first for descending; the
    primary key is added to break ties. Missing values come last in both directions, on every database.
    Raises `Invalid` for a cursor that is damaged or belongs to another order.
    """
    keys = [_Key(queryset, name) for name in _with_tie_break(ordering)]
    rows = queryset.order_by(*(key.order for key in keys))
    if cursor:
        rows = rows.filter(_after(keys, _decode(cursor, keys)))
    found = list(rows[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], _encode(found[limit - 1], keys)


def _with_tie_break(ordering: Sequence[str]) -> list[str]:
    if any(name.lstrip("-") in {"pk", "id"} for name in ordering):
        return list(ordering)
    # In the direction of the first key, so that one index can serve both.
    return [*ordering, "-pk" if ordering and ordering[0].startswith("-") else "pk"]


class _Key:
    """One column of the order."""

    def __init__(self, queryset: QuerySet[Any], name: str) -> None:
        self.name = name
        self.path = name.removeprefix("-")
        self.descending = name.startswith("-")
        self.field, self.nullable = _field(queryset, self.path)

    @property
    def order(self) -> OrderBy:
        # NULLS LAST is said only where it matters: PostgreSQL would not use a plain index otherwise.
        nulls_last = True if self.nullable else None
        column = F(self.path)
        return column.desc(nulls_last=nulls_last) if self.descending else column.asc(nulls_last=nulls_last)

    def beyond(self, value: Any) -> Q:
        """Rows strictly after `value`."""
        if value is None:
            return Q(pk__in=[])
        strictly = Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})
        return strictly | Q(**{f"{self.path}__isnull": True}) if self.nullable else strictly

    def from_on(self, value: Any) -> Q:
        """Rows with `value` or after it, as the one comparison that a database can enter an index with."""
        return Q(**{f"{self.path}__{'lte' if self.descending else 'gte'}": value})

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def read(self, row: Model) -> Any:
        value: Any = row
        for part in self.path.split("__"):
            value = getattr(value, part)
        return value

    def parse(self, value: Any) -> Any:
        """The value from JSON as the column's type; raises ValueError or ValidationError."""
        if value is None and self.nullable:
            return None
        if not isinstance(value, str | int | float) or (isinstance(value, str) and "\x00" in value):
            raise ValueError(value)
        parsed = self.field.to_python(value)
        if parsed is None or (isinstance(parsed, datetime) and timezone.is_naive(parsed)):
            raise ValueError(value)
        str(parsed).encode()  # a lone surrogate cannot reach the database
        return parsed


def _field(queryset: QuerySet[Any], path: str) -> tuple["Field[Any, Any]", bool]:
    """The column behind `path`, and whether it can be empty (annotations are taken to be)."""
    if path in queryset.query.annotations:
        return queryset.query.annotations[path].output_field, True
    options, nullable = queryset.model._meta, False  # noqa: SLF001 (Django's documented model API)
    *relations, last = path.split("__")
    for name in relations:
        relation = options.get_field(name)
        if relation.related_model is None:
            raise FieldDoesNotExist(path)
        nullable = nullable or getattr(relation, "null", True)
        options = relation.related_model._meta  # noqa: SLF001
    field = options.pk if last == "pk" else options.get_field(last)
    if not isinstance(field, Field):
        raise FieldDoesNotExist(path)
    return field, nullable or field.null


def _after(keys: list[_Key], values: list[Any]) -> Q:
    after, tied = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        after |= tied & key.beyond(value)
        tied &= key.same(value)
    first, value = keys[0], values[0]
    # Implied by the rest, and what lets the database start reading its index at the cursor.
    return after if first.nullable else after & first.from_on(value)


def _encode(row: Model, keys: list[_Key]) -> str:
    values = [key.read(row) for key in keys]
    texts = [value.isoformat() if isinstance(value, date) else value for value in values]
    payload = json.dumps([[key.name for key in keys], texts], separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")


def _decode(cursor: str, keys: list[_Key]) -> list[Any]:
    damaged = Invalid(_("This page address is damaged or from another order: start again at the first page."))
    if len(cursor) > MAX_CURSOR:
        raise damaged
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        names, values = json.loads(raw)
        parsed = [key.parse(value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError) as error:
        raise damaged from error
    if names != [key.name for key in keys]:
        raise damaged
    return parsed
