"""DRF glue: domain errors become JSON with a sentence, a code and their status."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import exception_handler as drf_exception_handler

from hub.core.errors import DomainError, TooLarge


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """``{"error": sentence, "code": code}`` for domain errors; DRF's own answer for its own."""
    if isinstance(error, DomainError):
        return Response({"error": error.message, "code": error.code}, status=error.status)
    return drf_exception_handler(error, context)


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
