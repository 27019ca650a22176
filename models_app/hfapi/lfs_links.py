"""Addresses that carry their own right: clients send no Authorization with the bytes of an LFS object."""

from rest_framework.response import Response

from community.members.actors import Actor, Right
from community.members.capabilities import issue_capability, read_capability
from community.members.errors import InvalidCredentials
from hub.core.paths import public_url
from models_app.hfapi.holders import HOLDER_WORDS, Holder, holder_from, words_of
from models_app.hfapi.http import HubView, ask_to_sign_in
from models_app.repos.addresses import path_of
from models_app.repos.models import Repo

# A stock client asks once for 256 uploads and begins the last one when the others are done; git-lfs asks again for a
# download that is over.
LINK_SECONDS = {"write": 24 * 3600, "read": 3600}


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


def link(actor: Actor, repo: Repo, below: str, right: Right, *subject: str) -> str:
    """An address of `repo` by which `actor` may do what `subject` says: as long as `right` is theirs, and no longer
    than `LINK_SECONDS`.
    """
    text = ":".join(["lfs", *words_of(actor, repo), *subject])
    token = issue_capability(subject=text, right=right, seconds=LINK_SECONDS[right])
    return f"{address(repo, below)}?token={token}"


class LinkView(LfsErrors):
    """What a link leads to. The link is the credential: nobody is asked to sign in instead."""

    def _is_anonymous(self) -> bool:
        return False

    def follow(self, right: Right, *subject: str) -> tuple[Holder, list[str]]:
        """The holder of the `link` for `right` whose subject begins with `subject`, and the rest of its subject.

        Raises `InvalidCredentials` for any other token, `RepoNotFound` if the repo was deleted since.
        """
        capability = read_capability(self.request.query_params.get("token", ""))
        scheme, *words = capability.subject.split(":")
        parts = words[HOLDER_WORDS:]
        if scheme != "lfs" or capability.right != right or tuple(parts[: len(subject)]) != subject:
            raise InvalidCredentials
        return holder_from(words[:HOLDER_WORDS], right), parts[len(subject) :]
