"""``git clone``, ``fetch`` and ``push``: git's smart HTTP protocol in front of `gitstore` and `uploads`."""

import re
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid
from hub.core.paths import public_url
from models_app.gitstore.fetching import Service, advertise, fetch
from models_app.gitstore.receiving import MAX_PUSH_BYTES
from models_app.hfapi.bodies import decoded_body
from models_app.hfapi.http import RepoView, ask_to_sign_in
from models_app.pushes.services import receive_push
from models_app.repos.addresses import PREFIXES
from models_app.repos.errors import RepoNotFound
from models_app.repos.queries import check_content
from models_app.uploads.grants import destination_of

MAX_REQUEST = 32 * 1024 * 1024  # what a client wants and has, a line for each commit
_MAX_SENT = MAX_PUSH_BYTES + MAX_REQUEST  # git itself says so much better what it will not take
_PROTOCOL = re.compile(r"version=[0-9](?::[a-z0-9=:-]{1,50})?")
_SERVICES: Mapping[str, Service] = {"git-upload-pack": "upload-pack", "git-receive-pack": "receive-pack"}


class SentenceRenderer(BaseRenderer):
    """git shows an error to its user if it is plain text."""

    media_type = "text/plain"
    charset = "utf-8"

    def render(self, data: Any, *_context: Any) -> bytes:
        return f"{data.get('error') or data['url']}\n".encode()


class GitView(RepoView):
    renderer_classes = [SentenceRenderer]
    schema = None  # git's own documents describe it

    def handle_exception(self, exc: Exception) -> Response:
        response = ask_to_sign_in(super().handle_exception(exc))
        if isinstance(exc, RepoNotFound) and self.pushing:
            new = f"To push to a new repository, make it first: {public_url('/new')} or “hf repos create”."
            response.data["error"] += f"\n{new}"
        return response

    @property
    def pushing(self) -> bool:
        return self.request.query_params.get("service") == "git-receive-pack"

    @property
    def protocol(self) -> str:
        """The version of its protocol that the client offers, as git's own programs want to hear it."""
        offered = self.request.headers.get("Git-Protocol", "")
        return offered if _PROTOCOL.fullmatch(offered) else ""

    def answer(self, response: HttpResponseBase, kind: str) -> HttpResponseBase:
        response["Content-Type"] = f"application/x-git-{kind}"
        response["Cache-Control"] = "no-cache, max-age=0, must-revalidate"
        return response


class References(GitView):
    """What every exchange begins with."""

    def get(self, request: Request, **_kwargs: Any) -> HttpResponseBase:
        name = request.query_params.get("service", "")
        service = _SERVICES.get(name)
        if service is None:
            raise Invalid("This hub speaks git's smart protocol only: use a git of version 1.6.6 or later.")
        if service == "receive-pack":
            destination_of(self.actor, self.repo)
        else:
            check_content(self.actor, self.repo)
        references = advertise(self.git.path, service, protocol=self.protocol)
        if "version=2" not in self.protocol or service == "receive-pack":
            title = f"# service={name}\n"
            references = f"{len(title) + 4:04x}{title}0000".encode() + references
        return self.answer(HttpResponse(references), f"{service}-advertisement")


class Fetch(GitView):
    gives_content = True

    def post(self, request: Request, **_kwargs: Any) -> HttpResponseBase:
        body = decoded_body(request._request, limit=MAX_REQUEST)  # noqa: SLF001
        output = fetch(self.git.path, body, protocol=self.protocol)
        return self.answer(StreamingHttpResponse(output), "upload-pack-result")


class ReceivePush(GitView):
    def post(self, request: Request, **_kwargs: Any) -> HttpResponseBase:
        body = decoded_body(request._request, limit=_MAX_SENT)  # noqa: SLF001
        with ExitStack() as stack:
            report = stack.enter_context(tempfile.TemporaryFile())
            receive_push(actor=self.actor, repo=self.repo, body=body, report=report, protocol=self.protocol)
            stack.pop_all()  # from now on the response closes it
        return self.answer(FileResponse(report), "receive-pack-result")


_VIEWS = {"info/refs": References, "git-upload-pack": Fetch, "git-receive-pack": ReceivePush}
routes = [
    path(f"{prefix}<str:namespace>/<str:name>{ending}/{below}", view.as_view(), {"kind": kind.value})
    for kind, prefix in PREFIXES.items()
    for ending in (".git", "")
    for below, view in _VIEWS.items()
]
