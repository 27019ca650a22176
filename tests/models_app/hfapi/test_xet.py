"""The Xet write path, with the bytes that the stock client sends."""

import hashlib
import json
import time
from typing import Any

import pytest
from django.db import OperationalError

from community.members.capabilities import issue_capability
from hub.core.errors import StorageFull
from hub.core.files import DISK_FULL
from models_app.blobs.models import Blob, Xorb
from models_app.blobs.reader import open_blob
from models_app.blobs.store import LocalStore, object_store
from models_app.repos.models import Repo
from models_app.uploads.grants import Destination, granted
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import MakeRepo
from tests.models_app.hfapi.xet_machine import TOKEN, cas, machine_of, send_shard, send_xorbs
from tests.models_app.hub_state import hub_state

SHA256S = [hashlib.sha256(content).hexdigest() for content in CONTENTS]


@pytest.fixture
def machine(repo: Repo, owner: Caller) -> Caller:
    return machine_of(owner)


def lines_of(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body_of(answer).splitlines()]


def test_token(repo: Repo, owner: Caller) -> None:
    answer = owner.get(TOKEN)
    body = answer.json()
    assert body["casUrl"].endswith(f"/cas/{object_store().generation()}")
    assert time.time() + 3500 < body["exp"] <= time.time() + 3600
    assert answer.headers["X-Xet-Cas-Url"] == body["casUrl"]
    assert answer.headers["X-Xet-Access-Token"] == body["accessToken"]
    assert answer.headers["X-Xet-Token-Expiration"] == str(body["exp"])


@pytest.mark.usefixtures("repo")
def test_token_only_for_writers(reader: Caller, stranger: Caller, nobody: Caller, expired: Caller) -> None:
    assert [by.get(TOKEN).status_code for by in (reader, stranger, nobody, expired)] == [403, 403, 401, 401]


def test_token_of_a_hidden_repo(make_repo: MakeRepo, stranger: Caller, nobody: Caller) -> None:
    make_repo("hidden", private=True)
    hidden, missing = (TOKEN.replace("tiny", name) for name in ("hidden", "missing"))
    for by, status in ((stranger, 404), (nobody, 401)):
        assert refusal(by.get(hidden)) == refusal(by.get(missing))
        assert refusal(by.get(hidden))[:2] == (status, "RepoNotFound")


def test_upload(repo: Repo, machine: Caller, recording: Recording) -> None:
    send_xorbs(machine, recording)
    answer = send_shard(machine, recording.shards[0])
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = lines_of(answer)
    assert lines[0] == {"type": "validating", "verified": 0, "total": sum(map(len, CONTENTS))}
    assert lines[-1] == {"type": "result"}
    blobs = granted(repo, SHA256S)
    assert [b"".join(open_blob(blobs[sha256])) for sha256 in SHA256S] == list(CONTENTS)


def test_upload_by_an_older_client(repo: Repo, machine: Caller, recording: Recording) -> None:
    send_xorbs(machine, recording)
    for _ in range(2):
        answer = send_shard(machine, recording.shards[0], version=1)
        assert (answer.status_code, answer.json()) == (200, {"result": 1})
    assert granted(repo, SHA256S).keys() == set(SHA256S)


@pytest.mark.parametrize(("xorbs", "shards"), [("xorb", f"shard/default/{'0' * 64}"), ("xorbs", "shards")])
def test_upload_by_the_names_of_before(
    repo: Repo, machine: Caller, recording: Recording, xorbs: str, shards: str
) -> None:
    for name, body in recording.xorbs.items():
        assert machine.call("POST", cas(f"/{xorbs}/default/{name}"), raw=body).status_code == 200
    answer = machine.call("POST", cas(f"/{shards}"), raw=recording.shards[0])
    assert (answer.status_code, answer.json()) == (200, {"result": 1})
    assert granted(repo, SHA256S).keys() == set(SHA256S)


def test_blobs_are_granted_to_the_tokens_repo_alone(
    repo: Repo, make_repo: MakeRepo, machine: Caller, recording: Recording
) -> None:
    other = make_repo("other")
    send_xorbs(machine, recording)
    body_of(send_shard(machine, recording.shards[0]))
    assert granted(other, SHA256S) == {}


def test_a_known_file_needs_no_second_upload_of_its_xorbs(
    repo: Repo, make_repo: MakeRepo, owner: Caller, machine: Caller, recording: Recording
) -> None:
    """The client's cache of shards spans repos: it sends only the shard, which proves that it has the chunks."""
    other = make_repo("other")
    send_xorbs(machine, recording)
    body_of(send_shard(machine, recording.shards[0]))
    second = machine_of(owner, TOKEN.replace("tiny", "other"))
    assert lines_of(send_shard(second, recording.shards[0]))[-1] == {"type": "result"}
    assert granted(other, SHA256S).keys() == set(SHA256S)


@pytest.mark.parametrize("version", [1, 2])
def test_a_shard_without_its_xorbs(repo: Repo, machine: Caller, recording: Recording, version: int) -> None:
    before = hub_state()
    answer = send_shard(machine, recording.shards[0], version)
    assert answer.status_code == 400
    assert "were not uploaded" in answer.json()["error"]
    assert hub_state() == before


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 100])
def test_what_is_no_shard(repo: Repo, machine: Caller, body: bytes) -> None:
    before = hub_state()
    assert send_shard(machine, body).status_code == 400
    assert hub_state() == before


def test_what_shows_only_after_rebuilding_ends_the_stream(repo: Repo, machine: Caller, recording: Recording) -> None:
    """A shard that claims another sha256: the status was sent long before the content has been hashed."""
    send_xorbs(machine, recording)
    body = bytearray(recording.shards[0])
    at = body.index(b"".join(int(SHA256S[0][i : i + 16], 16).to_bytes(8, "little") for i in range(0, 64, 16)))
    body[at] ^= 1
    last = lines_of(send_shard(machine, bytes(body)))[-1]
    assert (last["type"], last["retryable"]) == ("error", False)
    assert SHA256S[0] in last["message"]
    assert SHA256S[0] not in granted(repo, SHA256S)


def test_a_busy_database_asks_the_client_to_try_again(
    repo: Repo, machine: Caller, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object) -> None:
        raise OperationalError("database is locked")

    send_xorbs(machine, recording)
    monkeypatch.setattr(Destination, "receive", busy)
    last = lines_of(send_shard(machine, recording.shards[0]))[-1]
    assert (last["type"], last["retryable"]) == ("error", True)
    assert granted(repo, SHA256S) == {}
    monkeypatch.undo()
    assert lines_of(send_shard(machine, recording.shards[0]))[-1] == {"type": "result"}


@pytest.mark.parametrize("damage", ["truncated", "flipped", "named wrongly", "badly named", "empty"])
def test_damaged_xorbs(repo: Repo, machine: Caller, recording: Recording, damage: str) -> None:
    ((name, body),) = recording.xorbs.items()
    name = {"named wrongly": "0" * 64, "badly named": "xyz"}.get(damage, name)
    body = {"truncated": body[:-1], "flipped": body[:500] + bytes([body[500] ^ 1]) + body[501:], "empty": b""}.get(
        damage, body
    )
    answer = machine.call("POST", cas(f"/v1/xorbs/default/{name}"), raw=body)
    assert answer.status_code == 400
    assert not Xorb.objects.exists()
    assert not list(object_store().root.glob("xorbs/*/*/*"))  # type: ignore[attr-defined]


def test_who_may_store(repo: Repo, owner: Caller, nobody: Caller, recording: Recording) -> None:
    ((name, body),) = recording.xorbs.items()
    path = cas(f"/v1/xorbs/default/{name}")
    reading, elsewhere, gone, over = (
        Caller("cap_" + issue_capability(subject=subject, right=right, seconds=seconds))
        for subject, right, seconds in (
            (f"xet:{repo.pk}::", "read", 60),
            (f"repo:{repo.pk}", "write", 60),
            ("xet:999999::", "write", 60),
            (f"xet:{repo.pk}::", "write", -1),
        )
    )
    answers = [by.call("POST", path, raw=body).status_code for by in (nobody, owner, reading, elsewhere, gone, over)]
    assert answers == [401, 403, 403, 403, 404, 401]
    assert not Xorb.objects.exists()


def test_the_token_is_good_for_nothing_else(make_repo: MakeRepo, owner: Caller) -> None:
    make_repo("hidden", private=True)
    machine = machine_of(owner, TOKEN.replace("tiny", "hidden"))
    before = hub_state()
    assert machine.get("/api/models/alice/hidden").status_code == 404
    assert machine.post("/api/models/alice/hidden/commit/main").status_code == 404
    assert machine.call("DELETE", "/api/repos/delete", {"name": "hidden", "organization": "alice"}).status_code >= 400
    assert hub_state() == before


def test_a_store_made_anew_is_another_address(repo: Repo, machine: Caller, recording: Recording) -> None:
    ((name, body),) = recording.xorbs.items()
    answer = machine.call("POST", f"/cas/00000000-0000-0000-0000-000000000000/v1/xorbs/default/{name}", raw=body)
    assert answer.status_code == 404
    assert not Xorb.objects.exists()


def test_a_body_beyond_the_limit_is_not_read(repo: Repo, machine: Caller) -> None:
    answer = machine.call("POST", cas("/v1/xorbs/default/" + "0" * 64), raw=b"x" * (67 * 1024 * 1024))
    assert answer.status_code == 413
    assert Blob.objects.filter(pk__in=SHA256S).count() == 0


def test_a_full_disk_ends_an_upload_at_once(
    repo: Repo, machine: Caller, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients try again for minutes what is answered with a status from 500 on."""

    def full(self: LocalStore, key: str, chunks: object) -> None:
        raise StorageFull(DISK_FULL)

    ((name, body),) = recording.xorbs.items()
    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "put", full)
        answer = machine.call("POST", cas(f"/v1/xorbs/default/{name}"), raw=body)
    assert (answer.status_code, answer.json()["error"]) == (413, DISK_FULL)
    send_xorbs(machine, recording)


def test_a_full_disk_is_told_before_an_upload(repo: Repo, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalStore, "free_bytes", lambda _self: 1000)
    asked = {"files": [{"path": "weights.bin", "size": 1001, "sample": ""}]}
    answer = owner.post("/api/models/alice/tiny/preupload/main", asked)
    assert (answer.status_code, answer.json()["error"]) == (507, DISK_FULL)
    asked["files"][0]["size"] = 1000
    assert owner.post("/api/models/alice/tiny/preupload/main", asked).status_code == 200
    small = {"files": [{"path": "notes.txt", "size": 5000, "sample": ""}]}
    assert owner.post("/api/models/alice/tiny/preupload/main", small).status_code == 200
