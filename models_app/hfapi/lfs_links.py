"""Addresses that carry their own right: clients send no Authorization with the bytes of an LFS object."""

from django.http import HttpRequest
from rest_framework.response import Response

from community.members.actors import Right
from community.members.capabilities import issue_capability, read_capability
from community.members.errors import InvalidCredentials
from hub.core.paths import public_url
from models_app.hfapi.http import HubView, ask_to_sign_in
from models_app.repos.addresses import path_of
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo

LINK_SECONDS = 24 * 3600


class LfsErrors(HubView):
    """git-lfs shows its user the field ``message`` of an error."""

    schema = None  # the API document is for people; LFS has a specification of its own

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(response.data, dict) and "error" in response.data:
            response.data["message"] = response.data["error"]
        return ask_to_sign_in(response)


def address(repo: Repo, below: str) -> str:
    return public_url(f"{path_of(repo.kind, repo.full_id)}.git/info/lfs/{below}")


def link(repo: Repo, below: str, right: Right, *subject: str) -> str:
    """An address of `repo` that may be used with `right` to do what `subject` says, for `LINK_SECONDS`."""
    text = ":".join(["lfs", str(repo.pk), *subject])
    token = issue_capability(subject=text, right=right, seconds=LINK_SECONDS)
    return f"{address(repo, below)}?token={token}"


def follow(request: HttpRequest, right: Right, *subject: str) -> tuple[Repo, list[str]]:
    """The repo of a `link` for `right` whose subject begins with `subject`, and the rest of its subject.

    Raises `InvalidCredentials` for any other token, `RepoNotFound` if the repo was deleted since.
    """
    capability = read_capability(request.GET.get("token", ""))
    scheme, _, rest = capability.subject.partition(":")
    pk, *parts = rest.split(":")
    if scheme != "lfs" or capability.right != right or tuple(parts[: len(subject)]) != subject:
        raise InvalidCredentials
    repo = Repo.objects.select_related("namespace").filter(pk=pk).first()
    if repo is None:
        raise RepoNotFound
    return repo, parts[len(subject) :]
