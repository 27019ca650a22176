"""Count how often something was tried, for all processes together."""

from django.core.cache import cache


def within_limit(key: str, *, limit: int, seconds: float) -> bool:
    """Count one more try under `key`; False beyond `limit` tries within `seconds` of the first."""
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it expired in between: this is the first try again
        return True
