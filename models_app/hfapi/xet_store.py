"""The base of every view of the content-addressed store."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.actors import Right
from hub.core.errors import NotFound, StorageFull
from models_app.blobs.store import object_store
from models_app.hfapi.holders import Holder
from models_app.hfapi.http import HubView
from models_app.hfapi.xet_tokens import token_holder

STORE = "cas/<str:generation>"


def called(view: Callable[..., HttpResponseBase], *names: str, below: str = "") -> list[URLPattern]:
    """The addresses of one route by all its names: hf_xet names versions since 1.3, and things in the plural since
    some 1.1.
    """
    return [path(f"{STORE}/{name}{below}", view) for name in names]


class StoreMadeAnew(NotFound):
    """An address of a store that is no more; a client gets the new one with its next token."""

    code = "store_made_anew"

    def __init__(self) -> None:
        super().__init__("The hub's store was made anew and knows nothing of before: run the command again.")


class StoreView(HubView):
    """Callers hold a token for one repo: what they send is for that repo, and what they fetch is in it."""

    schema = None  # the API document is for people; Xet has a specification of its own
    right: Right
    holder: Holder

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if kwargs["generation"] != object_store().generation():
            raise StoreMadeAnew
        self.holder = token_holder(self.actor, self.right)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, StorageFull):
            # With a status from 500 on clients try again for minutes. The next upload is told so in words.
            response.status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return response
