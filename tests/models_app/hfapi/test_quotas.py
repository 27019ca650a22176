"""Uploads are refused where they are announced, with a sentence that clients show."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from models_app.blobs.models import Blob
from models_app.repos.models import Repo
from models_app.uploads.grants import granted
from models_app.uploads.quotas import used_bytes
from tests.models_app.blobs.conftest import CONTENTS, recording
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import WEIGHTS_SHA256, file_line, header
from tests.models_app.hfapi.test_lfs import CONTENT, SHA256, batch, local, upload_link
from tests.models_app.hfapi.test_xet import SHA256S, TOKEN, machine_of, send_shard, send_xorbs
from tests.models_app.hub_state import hub_state

__all__ = ["recording"]  # a fixture: pytest finds it by its name here


@pytest.fixture
def room(repo: Repo, settings: Settings) -> Any:
    """``room(100)``: Alice may store that many bytes more."""

    def leave(more: int) -> None:
        settings.MEMBER_QUOTA_BYTES = used_bytes(repo.namespace) + more

    return leave


def test_lfs_batch(repo: Repo, owner: Caller, room: Any) -> None:
    room(len(CONTENT) - 1)
    status, code, sentence = refusal(batch(owner))
    assert (status, code) == (413, None)
    assert sentence.startswith("alice uses ")
    assert batch(owner).json()["message"] == sentence  # the field that git-lfs shows
    room(len(CONTENT))
    assert batch(owner).status_code == 200


def test_lfs_batch_of_what_is_there(repo: Repo, owner: Caller, room: Any) -> None:
    room(0)
    size = Blob.objects.get(pk=WEIGHTS_SHA256).size
    answer = batch(owner, objects=[{"oid": WEIGHTS_SHA256, "size": size}])
    assert (answer.status_code, "actions" in answer.json()["objects"][0]) == (200, False)


def test_many_batches_do_not_outwit_it(repo: Repo, owner: Caller, nobody: Caller, room: Any) -> None:
    room(len(CONTENT))
    link = upload_link(owner)
    room(len(CONTENT) - 1)
    before = hub_state()
    assert refusal(nobody.call("PUT", link, raw=CONTENT))[0] == 413
    assert hub_state() == before


def test_parts(repo: Repo, owner: Caller, nobody: Caller, room: Any, settings: Settings) -> None:
    settings.LFS_PART_BYTES = 500
    room(len(CONTENT))
    upload = batch(owner, transfers=["multipart"]).json()["objects"][0]["actions"]["upload"]
    for number in (1, 2):
        part = CONTENT[(number - 1) * 500 : number * 500]
        nobody.call("PUT", local(upload["header"][str(number)]), raw=part)
    room(1)
    assert refusal(nobody.post(local(upload["href"]), {"oid": SHA256, "parts": []}))[0] == 413
    assert granted(repo, [SHA256]) == {}
    room(len(CONTENT))
    assert nobody.post(local(upload["href"]), {"oid": SHA256, "parts": []}).status_code == 200


def test_xet(repo: Repo, owner: Caller, room: Any, recording: Recording) -> None:
    room(1)
    machine = machine_of(owner)
    send_xorbs(machine, recording)
    last = json.loads(body_of(send_shard(machine, recording.shards[0])).splitlines()[-1])
    assert (last["type"], last["retryable"]) == ("error", False)
    assert last["message"].startswith("alice uses ")
    assert granted(repo, SHA256S) == {}
    room(0)
    assert refusal(owner.get(TOKEN))[0] == 413
    room(sum(map(len, CONTENTS)))
    assert send_shard(machine, recording.shards[0], version=1).status_code == 200
    assert granted(repo, SHA256S).keys() == set(SHA256S)
    assert refusal(owner.get(TOKEN))[0] == 413


def test_commit(repo: Repo, owner: Caller, room: Any) -> None:
    room(4)
    before = hub_state()
    address = "/api/models/alice/tiny/commit/main"
    assert refusal(owner.commit(address, header(), file_line("a.txt", b"12345")))[0] == 413
    assert hub_state() == before
    assert owner.commit(address, header(), file_line("a.txt", b"1234")).status_code == 200
    gone = {"key": "deletedFile", "value": {"path": "a.txt"}}
    assert owner.commit(address, header(), gone).status_code == 200  # cleaning up is always allowed
