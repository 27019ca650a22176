"""How processes log: lines for people, or JSON for a log store. Everything goes to stderr; who runs us keeps it."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# Libraries that would drown the rest: clients ask for files that may be missing all day long, httpx2 tells of every
# request that huggingface_hub makes, and botocore where it found its credentials.
QUIETER = {"django.request": "ERROR", "httpx2": "WARNING", "botocore": "WARNING"}


def logging_settings(*, level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING for `level` and `style`, ``plain`` or ``json``."""
    if style not in FORMATTERS:
        raise ImproperlyConfigured(f"HUB_LOG_FORMAT={style!r} is unknown: use {' or '.join(FORMATTERS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {style: FORMATTERS[style]()},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": minimum} for name, minimum in QUIETER.items()},
    }


def _plain() -> dict[str, Any]:
    return {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}


def _json() -> dict[str, Any]:
    import structlog  # here: it costs every start a third of a second
    from structlog.tracebacks import ExceptionDictTransformer

    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # Without local variables: they hold passwords and tokens.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    }


FORMATTERS: dict[str, Callable[[], dict[str, Any]]] = {"plain": _plain, "json": _json}
