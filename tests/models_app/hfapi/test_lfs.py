"""git-lfs and the Hub's additions to it."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from community.members.capabilities import issue_capability
from community.members.models import TokenKind, User
from models_app.blobs.models import Blob
from models_app.repos.models import Repo
from models_app.uploads.grants import granted
from models_app.uploads.models import MultipartUpload
from tests.models_app.hfapi.storage import Caller, caller, local, make_repo
from tests.models_app.hub_state import hub_state

CONTENT = b"weights " * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LFS = "/alice/tiny.git/info/lfs"


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Path, settings: Settings) -> None:
    settings.GIT_DIR = tmp_path / "git"
    settings.OBJECT_STORE = f"file://{tmp_path / 'objects'}"


@pytest.fixture
def repo(alice: User) -> Repo:
    return make_repo(alice)


@pytest.fixture
def by_alice(client: Client, alice: User) -> Caller:
    return caller(client, alice)


@pytest.fixture
def by_nobody(client: Client) -> Caller:
    return caller(client)


def batch(by: Caller, operation: str = "upload", *, path: str = LFS, **more: Any) -> Any:
    body = {"operation": operation, "objects": [{"oid": SHA256, "size": len(CONTENT)}], "hash_algo": "sha256"} | more
    return by.post(f"{path}/objects/batch", body)


def upload_link(by: Caller) -> str:
    return local(batch(by).json()["objects"][0]["actions"]["upload"]["href"])


def test_basic_upload_verify_and_download(repo: Repo, by_alice: Caller, by_nobody: Caller) -> None:
    answer = batch(by_alice, transfers=["basic", "multipart"])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.git-lfs+json"
    assert answer.json()["transfer"] == "basic"
    actions = answer.json()["objects"][0]["actions"]
    assert by_nobody.send("PUT", local(actions["upload"]["href"]), CONTENT).status_code == 200
    verify = local(actions["verify"]["href"])
    assert by_alice.post(verify, {"oid": SHA256, "size": len(CONTENT)}).status_code == 200
    assert by_alice.post(verify, {"oid": SHA256, "size": 1}).status_code == 404
    assert granted(repo, [SHA256]) == {SHA256: Blob.objects.get()}
    stored = batch(by_alice).json()["objects"]
    assert stored == [{"oid": SHA256, "size": len(CONTENT)}]  # no actions: there already
    download = batch(by_nobody, "download").json()["objects"][0]["actions"]["download"]["href"]
    got = by_nobody.get(local(download))
    assert b"".join(got.streaming_content) == CONTENT
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_multipart_upload(repo: Repo, by_alice: Caller, by_nobody: Caller, settings: Settings) -> None:
    settings.LFS_PART_BYTES = 300
    answer = batch(by_alice, transfers=["basic", "multipart"]).json()
    assert answer["transfer"] == "multipart"
    upload = answer["objects"][0]["actions"]["upload"]
    assert sorted(upload["header"]) == ["1", "2", "3", "chunk_size"]
    parts = []
    for number in (1, 2, 3):
        part = CONTENT[(number - 1) * 300 : number * 300]
        sent = by_nobody.send("PUT", local(upload["header"][str(number)]), part)
        assert sent.status_code == 200
        parts.append({"partNumber": number, "etag": sent.headers["ETag"]})
    for _ in range(2):  # the first answer may be lost
        assert by_nobody.post(local(upload["href"]), {"oid": SHA256, "parts": parts}).status_code == 200
    assert granted(repo, [SHA256]).keys() == {SHA256}
    assert by_nobody.send("PUT", local(upload["header"]["1"]), CONTENT[:300]).status_code == 404


def test_multipart_completed_too_early(repo: Repo, by_alice: Caller, by_nobody: Caller, settings: Settings) -> None:
    settings.LFS_PART_BYTES = 300
    upload = batch(by_alice, transfers=["multipart"]).json()["objects"][0]["actions"]["upload"]
    answer = by_nobody.post(local(upload["href"]), {"oid": SHA256, "parts": []})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Part 1 of the upload is not there: send every part, then complete it."
    assert MultipartUpload.objects.count() == 1
    assert not Blob.objects.exists()


@pytest.mark.parametrize("body", [CONTENT[:-1], CONTENT + b"x", CONTENT[:-1] + b"x", b""])
def test_wrong_bytes(repo: Repo, by_alice: Caller, by_nobody: Caller, body: bytes) -> None:
    link, before = upload_link(by_alice), hub_state()
    assert by_nobody.send("PUT", link, body).status_code in {400, 413}
    assert hub_state() == before
    assert by_nobody.send("PUT", link, CONTENT).status_code == 200


def test_what_others_have_stored_is_not_told(repo: Repo, alice: User, bob: User, client: Client) -> None:
    """Bob asks for the hash of Alice's bytes: the answer is that of bytes which nobody ever sent."""
    by_alice, by_bob = caller(client, alice), caller(client, bob)
    assert by_alice.send("PUT", upload_link(by_alice), CONTENT).status_code == 200
    make_repo(bob, "mine")
    asked = batch(by_bob, path="/bob/mine.git/info/lfs").json()["objects"][0]
    assert asked["actions"].keys() == {"upload", "verify"}
    download = batch(by_bob, "download", path="/bob/mine.git/info/lfs").json()["objects"][0]
    assert download["error"] == {"code": 404, "message": "This repository has no such object."}


@pytest.mark.parametrize(("kind", "status"), [(TokenKind.READ, 403), (TokenKind.WRITE, 403)], ids=["read", "write"])
def test_members_without_the_right(repo: Repo, client: Client, bob: User, kind: str, status: int) -> None:
    before = hub_state()
    assert batch(caller(client, bob, kind)).status_code == status
    assert hub_state() == before


def test_anonymous_and_hidden(repo: Repo, alice: User, client: Client, bob: User, by_nobody: Caller) -> None:
    assert batch(by_nobody).status_code == 401
    make_repo(alice, "hidden", private=True)
    for by, status in ((by_nobody, 401), (caller(client, bob), 404)):
        for operation in ("upload", "download"):
            for path in ("/alice/hidden.git/info/lfs", "/alice/missing.git/info/lfs"):
                answer = batch(by, operation, path=path)
                assert (answer.status_code, answer.headers["X-Error-Code"]) == (status, "RepoNotFound")


@pytest.mark.parametrize(
    "token",
    ["", "forged", "cap"],
)
def test_links_are_signed(repo: Repo, by_alice: Caller, by_nobody: Caller, token: str) -> None:
    if token == "cap":
        token = issue_capability(subject=f"repo:{repo.pk}", right="write", seconds=60)
    before = hub_state()
    assert by_nobody.send("PUT", f"{LFS}/objects/{SHA256}?token={token}", CONTENT).status_code == 401
    assert hub_state() == before


def test_a_link_is_for_one_object_one_right_and_one_time(repo: Repo, by_alice: Caller, by_nobody: Caller) -> None:
    token = upload_link(by_alice).partition("token=")[2]
    other = hashlib.sha256(b"other").hexdigest()
    over = issue_capability(subject=f"lfs:{repo.pk}:object:{SHA256}:{len(CONTENT)}", right="write", seconds=-1)
    before = hub_state()
    assert by_nobody.send("PUT", f"{LFS}/objects/{other}?token={token}", b"other").status_code == 401
    assert by_nobody.get(f"{LFS}/objects/{SHA256}?token={token}").status_code == 401
    assert by_nobody.send("PUT", f"{LFS}/objects/{SHA256}?token={over}", CONTENT).status_code == 401
    assert hub_state() == before


@pytest.mark.parametrize(
    "objects",
    [
        None,
        [],
        {},
        ["x"],
        [{"oid": SHA256}],
        [{"oid": SHA256.upper(), "size": 1}],
        [{"oid": "../" + SHA256[3:], "size": 1}],
        [{"oid": SHA256, "size": -1}],
        [{"oid": SHA256, "size": "1"}],
        [{"oid": SHA256, "size": 2**63}],
        [{"oid": SHA256, "size": 1}] * 1001,
    ],
)
def test_bad_batches(repo: Repo, by_alice: Caller, objects: object) -> None:
    before = hub_state()
    answer = batch(by_alice, objects=objects)
    assert answer.status_code == 400
    assert answer.json()["message"] == answer.json()["error"]
    assert hub_state() == before


def test_unknown_operation(repo: Repo, by_alice: Caller) -> None:
    assert batch(by_alice, "delete").status_code == 400


def test_wrong_size_of_a_known_object(repo: Repo, by_alice: Caller, by_nobody: Caller) -> None:
    by_nobody.send("PUT", upload_link(by_alice), CONTENT)
    answer = batch(by_alice, objects=[{"oid": SHA256, "size": 1}]).json()["objects"][0]
    assert answer["error"] == {"code": 422, "message": f"The object with this sha256 has {len(CONTENT)} bytes."}
