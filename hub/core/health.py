"""``/healthz``: whether this process can serve, for load balancers and for the embedded supervisor."""

import logging
import tempfile
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """``{"database": "ok", "redis": "ok", "storage": "ok"}``; 503 if one of them holds an error's name instead.

    No error text: the address is open to everyone, and the log has it.
    """
    parts = {name: _outcome(check) for name, check in CHECKS.items()}
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # whatever is wrong is the answer
        logger.exception("health check")
        return type(error).__name__
    return "ok"


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_redis() -> None:
    cache.get("health")


def _check_storage() -> None:
    """Write for real: a full disk and a read-only one look fine to `os.access`."""
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
        file.write(b"ok")
        file.flush()


CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "redis": _check_redis,
    "storage": _check_storage,
}
