"""git-lfs and the Hub's additions to it."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from community.members.actors import Actor
from community.members.capabilities import issue_capability
from community.members.models import AccessToken, Membership, Role, User
from community.moderation.services import hide_subject
from models_app.blobs.models import Blob
from models_app.repos.models import Repo
from models_app.repos.services import create_repo, set_visibility
from models_app.uploads.grants import granted
from models_app.uploads.models import MultipartUpload
from tests.factories.members import OrganizationFactory
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import MakeRepo, caller_for
from tests.models_app.hub_state import hub_state

CONTENT = b"weights " * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LFS = "/alice/tiny.git/info/lfs"


def local(url: str) -> str:
    """The path and query of an absolute address of the hub."""
    return "/" + url.split("/", 3)[3]


def batch(by: Caller, operation: str = "upload", *, path: str = LFS, agent: str = "", **more: Any) -> Any:
    body = {"operation": operation, "objects": [{"oid": SHA256, "size": len(CONTENT)}], "hash_algo": "sha256"} | more
    return by.post(f"{path}/objects/batch", body, User_Agent=agent)


def upload_link(by: Caller) -> str:
    return local(batch(by).json()["objects"][0]["actions"]["upload"]["href"])


def test_basic_upload_verify_and_download(repo: Repo, owner: Caller, nobody: Caller) -> None:
    answer = batch(owner, transfers=["basic", "multipart"])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.git-lfs+json"
    assert answer.json()["transfer"] == "basic"
    actions = answer.json()["objects"][0]["actions"]
    assert nobody.call("PUT", local(actions["upload"]["href"]), raw=CONTENT).status_code == 200
    verify = local(actions["verify"]["href"])
    assert owner.post(verify, {"oid": SHA256, "size": len(CONTENT)}).status_code == 200
    assert owner.post(verify, {"oid": SHA256, "size": 1}).status_code == 404
    assert granted(repo, [SHA256]) == {SHA256: Blob.objects.get(pk=SHA256)}
    stored = batch(owner).json()["objects"]
    assert stored == [{"oid": SHA256, "size": len(CONTENT)}]  # no actions: there already
    download = batch(nobody, "download").json()["objects"][0]["actions"]["download"]["href"]
    got = nobody.get(local(download))
    assert b"".join(got.streaming_content) == CONTENT
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_multipart_upload(repo: Repo, owner: Caller, nobody: Caller, settings: Settings) -> None:
    settings.LFS_PART_BYTES = 300
    answer = batch(owner, transfers=["basic", "multipart"]).json()
    assert answer["transfer"] == "multipart"
    upload = answer["objects"][0]["actions"]["upload"]
    assert sorted(upload["header"]) == ["1", "2", "3", "chunk_size"]
    parts = []
    for number in (1, 2, 3):
        part = CONTENT[(number - 1) * 300 : number * 300]
        sent = nobody.call("PUT", local(upload["header"][str(number)]), raw=part)
        assert sent.status_code == 200
        parts.append({"partNumber": number, "etag": sent.headers["ETag"]})
    for _ in range(2):  # the first answer may be lost
        assert nobody.post(local(upload["href"]), {"oid": SHA256, "parts": parts}).status_code == 200
    assert granted(repo, [SHA256]).keys() == {SHA256}
    assert nobody.call("PUT", local(upload["header"]["1"]), raw=CONTENT[:300]).status_code == 404


def test_multipart_completed_too_early(repo: Repo, owner: Caller, nobody: Caller, settings: Settings) -> None:
    settings.LFS_PART_BYTES = 300
    upload = batch(owner, transfers=["multipart"]).json()["objects"][0]["actions"]["upload"]
    answer = nobody.post(local(upload["href"]), {"oid": SHA256, "parts": []})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Part 1 of the upload is not there: send every part, then complete it."
    assert MultipartUpload.objects.count() == 1
    assert not Blob.objects.filter(pk=SHA256).exists()


@pytest.mark.parametrize("body", [CONTENT[:-1], CONTENT + b"x", CONTENT[:-1] + b"x", b""])
def test_wrong_bytes(repo: Repo, owner: Caller, nobody: Caller, body: bytes) -> None:
    link, before = upload_link(owner), hub_state()
    assert nobody.call("PUT", link, raw=body).status_code in {400, 413}
    assert hub_state() == before
    assert nobody.call("PUT", link, raw=CONTENT).status_code == 200


HF_HUB = "unknown/None; hf_hub/1.19.0; python/3.11.2"
GIT_LFS = "git-lfs/3.7.0 (GitHub; linux amd64; go 1.25)"
OFFERED = ["basic", "multipart", "xet"]


@pytest.mark.parametrize(
    ("agent", "offered", "transfer"),
    [
        (HF_HUB, OFFERED, "xet"),
        (HF_HUB, ["basic", "multipart"], "multipart"),
        (HF_HUB, ["basic"], "basic"),
        (HF_HUB, None, "basic"),
        (HF_HUB, 5, "basic"),
        (GIT_LFS, ["lfs-standalone-file", "basic", "xet"], "basic"),
    ],
)
def test_which_way_a_client_is_sent(
    repo: Repo, owner: Caller, settings: Settings, agent: str, offered: object, transfer: str
) -> None:
    settings.LFS_PART_BYTES = 300
    answer = batch(owner, transfers=offered, agent=agent).json()
    assert answer["transfer"] == transfer
    assert ("actions" in answer["objects"][0]) is (transfer != "xet")
    assert MultipartUpload.objects.exists() is (transfer == "multipart")


def test_xet_is_not_for_what_is_here(repo: Repo, owner: Caller, nobody: Caller) -> None:
    """Clients send a whole batch by Xet: nothing that is here flat goes once more unless more than that is missing."""

    def answer_with(missing: int) -> Any:
        more = [{"oid": hashlib.sha256(b"new").hexdigest(), "size": missing}] if missing else []
        objects = [{"oid": SHA256, "size": len(CONTENT)}, *more]
        return batch(owner, objects=objects, transfers=OFFERED, agent=HF_HUB).json()

    nobody.call("PUT", upload_link(owner), raw=CONTENT)
    assert answer_with(0) == {
        "transfer": "basic",
        "objects": [{"oid": SHA256, "size": len(CONTENT)}],
        "hash_algo": "sha256",
    }
    assert [answer_with(missing)["transfer"] for missing in (len(CONTENT), len(CONTENT) + 1)] == ["basic", "xet"]
    Blob.objects.filter(pk=SHA256).update(flat=False)
    assert [answer_with(missing)["transfer"] for missing in (0, 1)] == ["basic", "xet"]


def test_what_others_have_stored_is_not_told(repo: Repo, bob: User, owner: Caller, stranger: Caller) -> None:
    """Bob asks for the hash of Alice's bytes: the answer is that of bytes which nobody ever sent."""
    assert owner.call("PUT", upload_link(owner), raw=CONTENT).status_code == 200
    create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="mine", private=False)
    asked = batch(stranger, path="/bob/mine.git/info/lfs").json()["objects"][0]
    assert asked["actions"].keys() == {"upload", "verify"}
    download = batch(stranger, "download", path="/bob/mine.git/info/lfs").json()["objects"][0]
    assert download["error"] == {"code": 404, "message": "This repository has no such object."}


def test_without_the_right(repo: Repo, reader: Caller, stranger: Caller, nobody: Caller, expired: Caller) -> None:
    before = hub_state()
    refused = [batch(by, ref={"name": "refs/heads/main"}).status_code for by in (reader, stranger, nobody, expired)]
    assert refused == [403, 403, 401, 401]
    assert hub_state() == before


def test_hidden_repos_answer_like_missing_ones(make_repo: MakeRepo, stranger: Caller, nobody: Caller) -> None:
    make_repo("hidden", private=True)
    for by, status in ((nobody, 401), (stranger, 404)):
        for operation in ("upload", "download"):
            for path in ("/alice/hidden.git/info/lfs", "/alice/missing.git/info/lfs"):
                answer = batch(by, operation, path=path)
                assert (answer.status_code, answer.headers["X-Error-Code"]) == (status, "RepoNotFound")


@pytest.mark.parametrize("token", ["", "forged", "repo", "workers"])
def test_links_are_signed(repo: Repo, owner: Caller, nobody: Caller, token: str) -> None:
    subjects = {"repo": f"repo:{repo.pk}", "workers": "workers"}
    if token in subjects:
        token = issue_capability(subject=subjects[token], right="write", seconds=60)
    before = hub_state()
    assert nobody.call("PUT", f"{LFS}/objects/{SHA256}?token={token}", raw=CONTENT).status_code == 401
    assert hub_state() == before


def test_a_link_is_for_one_object_one_right_and_one_time(repo: Repo, owner: Caller, nobody: Caller) -> None:
    token = upload_link(owner).partition("token=")[2]
    other = hashlib.sha256(b"other").hexdigest()
    over = issue_capability(subject=f"lfs:{repo.pk}:::object:{SHA256}:{len(CONTENT)}", right="write", seconds=-1)
    before = hub_state()
    assert nobody.call("PUT", f"{LFS}/objects/{other}?token={token}", raw=b"other").status_code == 401
    assert nobody.get(f"{LFS}/objects/{SHA256}?token={token}").status_code == 401
    assert nobody.call("PUT", f"{LFS}/objects/{SHA256}?token={over}", raw=CONTENT).status_code == 401
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
def test_bad_batches(repo: Repo, owner: Caller, objects: object) -> None:
    before = hub_state()
    answer = batch(owner, objects=objects)
    assert answer.status_code == 400
    assert answer.json()["message"] == answer.json()["error"]
    assert hub_state() == before


def test_unknown_operation(repo: Repo, owner: Caller) -> None:
    assert batch(owner, "delete").status_code == 400


def test_wrong_size_of_a_known_object(repo: Repo, owner: Caller, nobody: Caller) -> None:
    nobody.call("PUT", upload_link(owner), raw=CONTENT)
    answer = batch(owner, objects=[{"oid": SHA256, "size": 1}]).json()["objects"][0]
    assert answer["error"] == {"code": 422, "message": f"The object with this sha256 has {len(CONTENT)} bytes."}


def download_link(by: Caller) -> str:
    return local(batch(by, "download").json()["objects"][0]["actions"]["download"]["href"])


def take_writing_away(repo: Repo, alice: User) -> None:
    AccessToken.objects.filter(user=alice).update(kind="read")


def end_the_token(repo: Repo, alice: User) -> None:
    AccessToken.objects.filter(user=alice).delete()


def block_the_member(repo: Repo, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)


@pytest.mark.parametrize("end", [take_writing_away, end_the_token, block_the_member])
def test_the_right_to_send_ends_with_the_holders(
    repo: Repo, alice: User, owner: Caller, nobody: Caller, settings: Settings, end: Callable[[Repo, User], None]
) -> None:
    whole, verify = (local(a["href"]) for a in batch(owner).json()["objects"][0]["actions"].values())
    settings.LFS_PART_BYTES = 300
    parts = batch(owner, transfers=["multipart"]).json()["objects"][0]["actions"]["upload"]
    end(repo, alice)
    before = hub_state()
    answers = [
        nobody.call("PUT", whole, raw=CONTENT),
        nobody.post(verify, {"oid": SHA256, "size": len(CONTENT)}),
        nobody.call("PUT", local(parts["header"]["1"]), raw=CONTENT[:300]),
        nobody.post(local(parts["href"]), {"oid": SHA256, "parts": []}),
    ]
    assert [(answer.status_code, "WWW-Authenticate" in answer) for answer in answers] == [(403, False)] * 4
    assert hub_state() == before


def test_whoever_may_only_propose_now_does_not_end_an_upload_to_the_repo(
    alice: User, bob: User, nobody: Caller, settings: Settings
) -> None:
    settings.LFS_PART_BYTES = 300
    lab = OrganizationFactory(name="lab", admin=alice)
    membership = Membership.objects.create(user=bob, organization=lab, role=Role.WRITE)
    create_repo(actor=Actor(user=alice), kind="model", namespace="lab", name="tiny", private=False)
    path = "/lab/tiny.git/info/lfs"
    parts = batch(caller_for(bob), path=path, transfers=["multipart"]).json()["objects"][0]["actions"]["upload"]
    for number in ("1", "2", "3"):
        part = CONTENT[(int(number) - 1) * 300 : int(number) * 300]
        assert nobody.call("PUT", local(parts["header"][number]), raw=part).status_code == 200
    membership.delete()
    before = hub_state()
    assert nobody.post(local(parts["href"]), {"oid": SHA256, "parts": []}).status_code == 404
    assert hub_state() == before


def close(repo: Repo, alice: User, *, closed: bool) -> None:
    set_visibility(actor=Actor(user=alice), repo=repo, private=closed)


def hide(repo: Repo, alice: User, *, closed: bool) -> None:
    hide_subject(kind="repo", key=repo.pk, reason="By a vote", hidden=closed)


@pytest.mark.parametrize("shut", [close, hide])
def test_a_download_link_ends_when_the_repo_becomes_private_or_hidden(
    repo: Repo, alice: User, owner: Caller, stranger: Caller, nobody: Caller, shut: Callable[..., None]
) -> None:
    nobody.call("PUT", upload_link(owner), raw=CONTENT)
    links = {by: download_link(by) for by in (owner, stranger, nobody)}
    shut(repo, alice, closed=True)
    assert [refusal(nobody.get(links[by]))[0] for by in (stranger, nobody)] == [404, 404]
    assert b"".join(nobody.get(links[owner]).streaming_content) == CONTENT
    shut(repo, alice, closed=False)
    assert b"".join(nobody.get(links[stranger]).streaming_content) == CONTENT


@pytest.mark.parametrize(("method", "below"), [("GET", "locks"), ("POST", "locks"), ("POST", "locks/verify")])
def test_no_locks_are_kept(
    owner: Caller, stranger: Caller, nobody: Caller, make_repo: MakeRepo, method: str, below: str
) -> None:
    make_repo(private=True)
    told = owner.call(method, f"{LFS}/{below}")
    assert refusal(told)[:2] == (404, None)
    assert told.json()["message"].startswith("This hub keeps no file locks")
    hidden = [refusal(by.call(method, f"{LFS}/{below}"))[:2] for by in (stranger, nobody)]
    assert hidden == [(404, "RepoNotFound"), (401, "RepoNotFound")]
