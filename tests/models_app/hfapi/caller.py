"""Call the hub as clients do: a bearer token, and addresses whose ``%2F`` the web server hands on."""

import json
from dataclasses import dataclass
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client

NO_BODY = object()


@dataclass(frozen=True)
class Caller:
    """Somebody with `token` ("" for nobody)."""

    token: str = ""

    def call(
        self,
        method: str,
        address: str,
        body: Any = NO_BODY,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """`body` goes as JSON, `raw` as it is; ``X_Y="z"`` sends the header ``X-Y: z``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = raw if raw is not None else b"" if body is NO_BODY else json.dumps(body).encode()
        client = Client(raise_request_exception=True)
        return client.generic(method, address, data, content_type, headers=sent, RAW_URI=address)

    def get(self, address: str, **headers: str) -> Any:
        return self.call("GET", address, **headers)

    def head(self, address: str, **headers: str) -> Any:
        return self.call("HEAD", address, **headers)

    def post(self, address: str, body: Any = NO_BODY, **headers: str) -> Any:
        return self.call("POST", address, body, **headers)

    def commit(self, address: str, *lines: dict[str, Any] | bytes, cut: int = 0) -> Any:
        """POST `lines` as a commit; with `cut`, the connection ends that many bytes before the body does."""
        texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        body = b"\n".join(texts)
        announced = {"CONTENT_LENGTH": str(len(body) + cut)} if cut else {}
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return Client().generic(
            "POST", address, body, "application/x-ndjson", headers=headers, RAW_URI=address, **announced
        )


def body_of(response: HttpResponseBase) -> bytes:
    """The whole content, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def refusal(response: Any) -> tuple[int, str | None, str]:
    """(status, X-Error-Code, sentence) of a refused request."""
    sentence = response.json()["error"]
    short_line = sentence.isascii() and sentence.isprintable() and len(sentence) <= 1000
    assert response.get("X-Error-Message", "" if short_line else sentence) == sentence
    return response.status_code, response.get("X-Error-Code"), sentence
