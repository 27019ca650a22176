"""The base of every Hub view: who calls, which repo, and errors as clients expect them."""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.api import ActorView
from hub.core.errors import DomainError, Invalid, Moved
from hub.core.paths import decode_segment, renamed
from models_app.gitstore.repository import GitRepository
from models_app.hfapi import converters  # noqa: F401 (the addresses of all views are made of them)
from models_app.hfapi.errors import UnknownRoute, error_response
from models_app.hfapi.parsers import FirstOfEach, HubJSONParser
from models_app.repos.models import Repo
from models_app.repos.queries import check_content, get_repo, is_called


class HubView(ActorView):
    """A view of the Hub API. Its sentences are English whatever the browser asks for: clients look for some of them."""

    parser_classes = [HubJSONParser]
    content_negotiation_class = FirstOfEach

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        response = error_response(exc, anonymous=self._is_anonymous())
        if response is None:
            return super().handle_exception(exc)
        response.exception = True
        return response

    def _is_anonymous(self) -> bool:
        try:
            return self.actor.is_anonymous
        except (DomainError, APIException):  # the credentials themselves are what went wrong
            return False

    def json(self) -> dict[str, Any]:
        """The JSON object that the caller sent. Raises `Invalid` for other JSON."""
        data = self.request.data
        if not isinstance(data, dict):
            raise Invalid("The body must be a JSON object.")
        return data


class RepoView(HubView):
    """A view below a repo's address. The repo is looked up first: what lies below a hidden one is never told.

    A name from before a move is served too, but reads are sent to the present one. `gives_content` must be set where
    bytes of files are given, which a gate may keep from the caller.
    """

    repo: Repo
    gives_content = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        called = f"{kwargs['namespace']}/{kwargs['name']}"
        self.repo = get_repo(self.actor, kwargs["kind"], called)
        if request.method in {"GET", "HEAD"} and not is_called(self.repo, called):
            raise Moved(renamed(request._request, called, self.repo.full_id))  # noqa: SLF001
        if self.gives_content:
            check_content(self.actor, self.repo)

    @cached_property
    def git(self) -> GitRepository:
        return GitRepository.open(self.repo.storage_id)

    @property
    def revision(self) -> str:
        """The revision in the address, with its slashes."""
        return decode_segment(self.kwargs["revision"])

    @cached_property
    def sha(self) -> str:
        """The full sha of `revision`. Raises `RevisionNotFound`."""
        return self.git.resolve(self.revision)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the commit that the answer is about, errors included: clients cache that a file is absent there."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if "sha" in self.__dict__:
            response["X-Repo-Commit"] = self.sha
        return response


def ask_to_sign_in(response: Response) -> Response:
    """Let git and git-lfs ask their user for a name and a token: they do so if a 401 names the scheme."""
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Basic realm="hub"'
    return response


class UnknownRouteView(HubView):
    """Everything below ``/api`` that is not there."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise UnknownRoute


class UnknownRepoRouteView(RepoView):
    """Everything below a repo that is not there: hidden repos answer like missing ones, also here."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise UnknownRoute
