"""How a refusal looks to Hub clients: status, ``X-Error-Code``, ``X-Error-Message`` and a JSON body."""

from collections.abc import Mapping
from http import HTTPStatus

from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from hub.core.api import sentence_of
from hub.core.errors import DomainError, Moved, NotFound
from models_app.collections.errors import CollectionTaken
from models_app.gitstore.errors import EntryNotFound, RevisionNotFound
from models_app.hfapi.representations import repo_url
from models_app.repos.errors import GatedRepo, RepoNotFound, RepoTaken

# The codes that clients turn into exceptions of their own.
_CODES: Mapping[type[DomainError], str] = {
    RepoNotFound: "RepoNotFound",
    RevisionNotFound: "RevisionNotFound",
    EntryNotFound: "EntryNotFound",
    GatedRepo: "GatedRepo",
}
_MAX_HEADER = 1000
_PLAIN = {0x201C: '"', 0x201D: '"', 0x2019: "'"}  # typographic quotes have no place in a header


class UnknownRoute(NotFound):
    """No such address below ``/api``: clients expect JSON there, never a page."""

    code = "unknown_route"

    def __init__(self) -> None:
        super().__init__("Sorry, this hub has no such route.")


def error_response(error: Exception, *, anonymous: bool) -> Response | None:
    """The answer to an expected `error`; None for any other."""
    if isinstance(error, SuspiciousOperation):
        return _response(HTTPStatus.BAD_REQUEST, "The request is malformed or too large.")
    if isinstance(error, Http404):
        return _response(HTTPStatus.NOT_FOUND, UnknownRoute().message)
    if isinstance(error, APIException):
        return _response(error.status_code, sentence_of(error.detail))
    if not isinstance(error, DomainError):
        return None
    if isinstance(error, Moved):
        return Response({"url": error.location}, status=error.status, headers={"Location": error.location})
    message = error.message + _advice(error, anonymous=anonymous)
    return _response(_status(error, anonymous=anonymous), message, code=_CODES.get(type(error)), **_extra(error))


def _advice(error: DomainError, *, anonymous: bool) -> str:
    """What a person at a command line can do, where that takes a browser."""
    if not isinstance(error, GatedRepo):
        return ""
    ask = f" Visit {repo_url(error.kind, error.full_id)} to ask for access."
    return f" Sign in with a token if you were given access.{ask}" if anonymous else ask


def _status(error: DomainError, *, anonymous: bool) -> int:
    """401 asks an anonymous caller to sign in where another would hear "no" or "not there"."""
    sign_in = isinstance(error, RepoNotFound) or error.status == HTTPStatus.FORBIDDEN
    return HTTPStatus.UNAUTHORIZED if anonymous and sign_in else error.status


def _extra(error: DomainError) -> dict[str, str]:
    """`exist_ok` of clients reads the address of what is there already."""
    if isinstance(error, RepoTaken):
        return {"url": repo_url(error.kind, error.full_id)}
    return {"slug": error.slug} if isinstance(error, CollectionTaken) else {}


def _response(status: int, message: str, *, code: str | None = None, **extra: str) -> Response:
    message = message.translate(_PLAIN)
    response = Response({"error": message, **extra}, status=status)
    # Clients show the header and the body, once if they are the same: what a header cannot hold, the body says alone.
    if _fits_a_header(message):
        response["X-Error-Message"] = message
    if code is not None:
        response["X-Error-Code"] = code
    return response


def _fits_a_header(message: str) -> bool:
    """Whether `message` is one short line of latin-1."""
    is_latin = message.encode("latin-1", "replace").decode("latin-1") == message
    return is_latin and message.isprintable() and len(message) <= _MAX_HEADER
