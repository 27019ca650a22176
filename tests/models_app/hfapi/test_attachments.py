"""Pictures and sounds for comments."""

import re

import pytest
from pytest_django import Settings

from community.members.models import User
from models_app.blobs.models import Blob
from models_app.uploads import attachments
from models_app.uploads.models import Attachment
from models_app.uploads.quotas import used_bytes
from tests.models_app.hfapi.caller import Caller, body_of
from tests.models_app.hfapi.conftest import caller_for

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def send(by: Caller, content: bytes = PNG, media_type: str = "image/png", status: int = 200) -> str:
    answer = by.call("POST", "/uploads", raw=content, content_type=media_type)
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_it_is_kept_and_shown_to_whoever_has_the_address(alice: User, nobody: Caller) -> None:
    address = send(caller_for(alice, kind="fineGrained", scopes={"global": ["discussion.write"], "scoped": []}))
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/uploads/[0-9a-f-]{36}\.png", address)
    shown = nobody.get(address.removeprefix("http://127.0.0.1:8000"))
    assert body_of(shown) == PNG
    assert shown["Content-Type"] == "image/png"
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "immutable" in shown["Cache-Control"]
    assert alice.namespace is not None
    assert used_bytes(alice.namespace) == len(PNG)
    assert nobody.get("/uploads/00000000-0000-0000-0000-000000000000.png").status_code == 404


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (PNG, "text/html", 400),
        (PNG, "", 400),
        (bytes(attachments.MAX_BYTES + 1), "image/png", 413),
        (bytes(attachments.MAX_BYTES + 1), "audio/wav", 413),
    ],
)
def test_what_is_refused(owner: Caller, content: bytes, media_type: str, status: int) -> None:
    send(owner, content, media_type, status)
    assert not Attachment.objects.exists()
    assert not Blob.objects.exists()


def test_who_may(owner: Caller, reader: Caller, nobody: Caller, settings: Settings) -> None:
    send(reader, status=403)
    send(nobody, status=401)
    settings.MEMBER_QUOTA_BYTES = 10
    assert "nothing" not in send(owner, status=413)
    assert not Attachment.objects.exists()


def test_not_too_many(owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "AN_HOUR", 1)
    send(owner)
    send(owner, status=429)
    assert Attachment.objects.count() == 1
