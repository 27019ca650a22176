"""What else must happen when the head of a repository moves, registered by slices that `uploads` may not import."""

from collections.abc import Callable

from models_app.repos.models import Repo

HeadHandler = Callable[[Repo], None]
_handlers: list[HeadHandler] = []


def register(handler: HeadHandler) -> None:
    """Call `handler(repo)` whenever a head was (re)read, inside the transaction that writes its facets.

    A head may be read more than once, so a handler must bear repetition.
    """
    if handler not in _handlers:
        _handlers.append(handler)


def head_changed(repo: Repo) -> None:
    for handler in _handlers:
        handler(repo)
