"""DRF glue: domain errors become JSON with a sentence, a code and their status."""

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any

from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as drf_exception_handler

from hub.core.errors import DomainError, TooLarge
from hub.core.pagination import MAX_CURSOR
from hub.core.paths import public_url


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """``{"error": sentence, "code": word}`` for domain errors and for DRF's own."""
    if isinstance(error, DomainError):
        return Response({"error": error.message, "code": error.code}, status=error.status)
    response = drf_exception_handler(error, context)
    if response is not None:
        code = error.default_code if isinstance(error, APIException) else HTTPStatus(response.status_code).name.lower()
        response.data = {"error": sentence_of(response.data), "code": code}
    return response


def sentence_of(detail: Any) -> str:
    """What DRF says in lists and objects, in one line; the names of fields stay."""
    if isinstance(detail, dict):
        return " ".join(_of_field(name, sentence_of(value)) for name, value in detail.items())
    if isinstance(detail, list):
        return " ".join(sentence_of(item) for item in detail)
    return str(detail)


def _of_field(name: str, sentence: str) -> str:
    return sentence if name in {"detail", api_settings.NON_FIELD_ERRORS_KEY} else f"{name}: {sentence}"


class AddressField(serializers.CharField):
    """A path of this site as a whole address."""

    def to_representation(self, value: str) -> str:
        return public_url(value)


class PageParameters(serializers.Serializer[Any]):
    cursor = serializers.CharField(max_length=MAX_CURSOR, required=False, help_text="From `next` of the page before.")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


def next_page(request: Request, cursor: str | None) -> str | None:
    """The address of the page at `cursor`, with the same filters; None without one."""
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return public_url(f"{request.path}?{query.urlencode()}")


def checked(serializer: type[Serializer[Any]], data: object) -> dict[str, Any]:
    """`data` as `serializer` reads it. Raises DRF's `ValidationError`."""
    filled = serializer(data=data)
    filled.is_valid(raise_exception=True)
    return dict(filled.validated_data)


class BoundedJSONParser(BaseParser):
    """JSON of at most `max_bytes`, which may be more than Django's limit for bodies that it keeps in memory.

    Not a `JSONParser`: DRF reads those through ``request.body``, and so under Django's one limit for all.
    Raises `TooLarge` before anything is parsed, and `ParseError` for nesting that would exhaust the stack.
    """

    media_type = "application/json"
    max_bytes = 1024 * 1024

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(self.max_bytes + 1)
        if len(body) > self.max_bytes:
            raise TooLarge(f"The body is larger than {self.max_bytes} bytes.")
        try:
            return JSONParser().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error: nested too deeply.") from None
