"""Numbers of imports, and how a source is named: pure functions."""

from datetime import timedelta

MAX_RUNNING = 2  # at once, of the four threads that wait for servers of others
MAX_WAITING = 5  # of one member
MAX_ATTEMPTS = 8  # without any file getting here in between
CLAIM = timedelta(minutes=2)  # how long a silent worker keeps a job
REPORT_SECONDS = 1.0  # between two words of progress

MAX_LISTING_BYTES = 64 * 1024**2
MAX_FILES = 100_000
MAX_SMALL_BYTES = 10 * 1024**2  # of a file that lies in git itself, as in `uploads`
MAX_SMALL_TOTAL = 2 * 1024**3
MAX_REDIRECTS = 5
STALL_SECONDS = 60.0
HISTORY_SECONDS = 3600.0

_FIRST_DELAY = timedelta(seconds=15)
_LONGEST_DELAY = timedelta(minutes=10)


def delay(attempts: int) -> timedelta:
    """How long to wait after `attempts` failures in a row."""
    longest: timedelta = min(_FIRST_DELAY * 2 ** (attempts - 1), _LONGEST_DELAY)
    return longest


def source_name(text: str, endpoint: str) -> str:
    """``namespace/name`` of what a person wrote: that, or the page's address at `endpoint`."""
    name = text.strip().removeprefix(endpoint).strip("/")
    return name.removeprefix("datasets/") if text.strip().startswith(endpoint) else name
