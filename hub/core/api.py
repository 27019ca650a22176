"""DRF glue: domain errors become JSON with a sentence, a code and their status."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from hub.core.errors import DomainError


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """``{"error": sentence, "code": code}`` for domain errors; DRF's own answer for its own."""
    if isinstance(error, DomainError):
        return Response({"error": error.message, "code": error.code}, status=error.status)
    return drf_exception_handler(error, context)
