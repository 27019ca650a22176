"""Tokens of the content-addressed store: a machine's right to store for one repo, or to read from it."""

import time

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.actors import Actor, Right
from community.members.capabilities import issue_capability
from hub.core.errors import Forbidden
from hub.core.paths import public_url
from models_app.blobs.store import object_store
from models_app.hfapi.holders import HOLDER_WORDS, Holder, holder_from, words_of
from models_app.hfapi.http import RepoView
from models_app.hfapi.parameters import flag
from models_app.pulls.queries import destination_for
from models_app.repos.models import Repo
from models_app.uploads.quotas import check_room

TOKEN_SECONDS = 3600  # clients ask for the next token a minute early
# Not ``repo:``, which would also let a machine commit, or delete the repo: this token opens nothing but the store.
_SCHEME = "xet"


def store_url() -> str:
    """The address of the store.

    Its generation changes when the store is made anew: clients cache what they have sent per address, and would
    otherwise refer to xorbs that are gone.
    """
    return public_url(f"/cas/{object_store().generation()}")


def read_token_url(repo: Repo, sha: str) -> str:
    """Where a client that was told a Xet hash gets a token to read it."""
    return public_url(f"/api/{repo.kind}s/{repo.full_id}/xet-read-token/{sha}")


def token_holder(actor: Actor, right: Right) -> Holder:
    """Who calls. Raises `Forbidden` without a token for just this right, `RepoNotFound` if the repo is gone."""
    capability = actor.capability
    scheme, *words = capability.subject.split(":") if capability is not None else [""]
    if capability is None or scheme != _SCHEME or len(words) != HOLDER_WORDS or capability.right != right:
        doing = "Storing" if right == "write" else "Reading"
        raise Forbidden(f"{doing} content needs a Xet {right} token of a repository.")
    return holder_from(words, right)


class XetTokenView(RepoView):
    """A token for the repo in the address and the way it may be used, and the address of the store."""

    schema = None  # the API document is for people; Xet has a specification of its own
    right: Right = "read"

    def get(self, request: Request, **_kwargs: str) -> Response:
        if self.right == "write":
            # A client that asks for a pull request to come writes ``None`` as its revision.
            revision = None if flag(request, "create_pr") else self.revision
            check_room(destination_for(self.actor, self.repo, revision).namespace)  # nobody says yet how much will come
        subject = ":".join([_SCHEME, *words_of(self.actor, self.repo)])
        token = "cap_" + issue_capability(subject=subject, right=self.right, seconds=TOKEN_SECONDS)
        expires, url = int(time.time()) + TOKEN_SECONDS, store_url()
        return Response(
            {"accessToken": token, "exp": expires, "casUrl": url},
            headers={"X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(expires), "X-Xet-Cas-Url": url},
        )


_REPO = "api/<kind:kind>/<str:namespace>/<str:name>"
routes = [
    path(f"{_REPO}/xet-read-token/<str:revision>", XetTokenView.as_view(gives_content=True)),
    path(f"{_REPO}/xet-write-token/<str:revision>", XetTokenView.as_view(right="write")),
]
