"""Squash, large files of all times, copies."""

from typing import Any

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, WEIGHTS_SHA256, MakeRepo
from tests.models_app.hub_state import hub_state

URL = "http://127.0.0.1:8000"
API = "/api/models/alice/tiny"


def test_super_squash(owner: Caller, repo: Repo, git: GitRepository) -> None:
    answer = owner.post(f"{API}/super-squash/main", {"message": "One"}).json()
    assert answer == {"commitOid": git.resolve("main")}
    assert [row["title"] for row in owner.get(f"{API}/commits/main").json()] == ["One"]
    owner.post(f"{API}/branch/a%2Fb")
    assert owner.post(f"{API}/super-squash/a%2Fb", {}).status_code == 200
    assert owner.get(f"{API}/commits/a%2Fb").json()[0]["title"] == "Super-squash branch 'a/b'"


@pytest.mark.parametrize(
    ("revision", "body", "status"),
    [("none", {"message": "x"}, 404), ("main", {"message": 1}, 400), ("main", [], 400), ("refs%2Ftags%2Fv", {}, 404)],
)
def test_squash_badly(owner: Caller, repo: Repo, revision: str, body: Any, status: int) -> None:
    before = hub_state()
    assert refusal(owner.post(f"{API}/super-squash/{revision}", body))[0] == status
    assert hub_state() == before


def test_large_files(owner: Caller, repo: Repo) -> None:
    (row,) = owner.get(f"{API}/lfs-files").json()
    assert row.pop("pushedAt").endswith("Z")
    assert row == {
        "fileOid": WEIGHTS_SHA256,
        "oid": WEIGHTS_SHA256,
        "filename": "weights.bin",
        "ref": "refs/heads/main",
        "size": len(WEIGHTS),
    }


@pytest.mark.parametrize("rewrite", [True, False])
def test_deleting_large_files(owner: Caller, repo: Repo, *, rewrite: bool) -> None:
    body = {"deletions": {"sha": [WEIGHTS_SHA256], "rewriteHistory": rewrite}}
    for _ in range(2):
        assert owner.post(f"{API}/lfs-files/batch", body).status_code == 200
    assert owner.get(f"{API}/lfs-files").json() == []
    names = [row["path"] for row in owner.get(f"{API}/tree/main").json()]
    assert ("weights.bin" in names) is not rewrite
    assert owner.get("/alice/tiny/resolve/main/weights.bin").status_code == 404


@pytest.mark.parametrize(
    "deletions",
    [
        None,
        [],
        {"sha": "x", "rewriteHistory": True},
        {"sha": ["x"], "rewriteHistory": True},
        {"sha": [WEIGHTS_SHA256]},
        {"sha": [WEIGHTS_SHA256, 7], "rewriteHistory": True},
        {"sha": [WEIGHTS_SHA256] * 1001, "rewriteHistory": True},
    ],
)
def test_deleting_badly(owner: Caller, repo: Repo, deletions: Any) -> None:
    before = hub_state()
    assert refusal(owner.post(f"{API}/lfs-files/batch", {"deletions": deletions}))[0] == 400
    assert hub_state() == before


def test_duplicate(stranger: Caller, repo: Repo) -> None:
    answer = stranger.post(f"{API}/duplicate", {"repository": "bob/copy", "visibility": "private"}).json()
    assert answer == {"url": f"{URL}/bob/copy", "name": "bob/copy", "filesCopyPending": False}
    assert body_of(stranger.get("/bob/copy/resolve/main/weights.bin")) == WEIGHTS
    assert stranger.get("/api/models/bob/copy").json()["private"] is True
    again = stranger.post(f"{API}/duplicate", {"repository": "bob/COPY"})
    assert (again.status_code, again.json()["url"]) == (409, f"{URL}/bob/copy")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"repository": "alice/copy"}, 403),
        ({"repository": "copy"}, 400),
        ({}, 400),
        ([], 400),
        ({"repository": "bob/copy", "visibility": "hidden"}, 400),
        ({"repository": "bob/c--opy"}, 400),
    ],
)
def test_duplicate_badly(stranger: Caller, nobody: Caller, repo: Repo, body: Any, status: int) -> None:
    before = hub_state()
    assert refusal(stranger.post(f"{API}/duplicate", body))[0] == status
    assert refusal(nobody.post(f"{API}/duplicate", {"repository": "bob/copy"}))[0] == 401
    assert hub_state() == before


def test_lending_files(stranger: Caller, repo: Repo, bob: User) -> None:
    create_repo(actor=Actor(user=bob), kind="dataset", namespace="bob", name="data", private=False)
    files = [{"sha256": oid, "xetHash": "x", "filename": "y"} for oid in (WEIGHTS_SHA256, "0" * 64)]
    body = {"target": {"type": "dataset", "name": "bob/data"}, "files": files}
    answer = stranger.post(f"{API}/lfs-files/duplicate", body).json()
    assert answer["success"] == [{"sha256": WEIGHTS_SHA256}]
    assert [row["sha256"] for row in answer["failed"]] == ["0" * 64]
    line = {"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": WEIGHTS_SHA256}}
    header = {"key": "header", "value": {"summary": "Copy"}}
    assert stranger.commit("/api/datasets/bob/data/commit/main", header, line).status_code == 200
    assert body_of(stranger.get("/datasets/bob/data/resolve/main/w.bin")) == WEIGHTS


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"target": {"type": "model", "name": "alice/tiny"}, "files": [{"sha256": "x"}]}, 400),
        ({"target": {"type": "model", "name": "alice/tiny"}, "files": [1]}, 400),
        ({"target": {"type": "model", "name": "none"}, "files": []}, 400),
        ({"target": {"type": "model", "name": "bob/none"}, "files": []}, 404),
        ({"target": {"type": "model", "name": "alice/tiny"}, "files": []}, 403),
        ({"target": "bob/none", "files": []}, 400),
        ([], 400),
    ],
)
def test_lending_badly(stranger: Caller, repo: Repo, body: Any, status: int) -> None:
    before = hub_state()
    assert refusal(stranger.post(f"{API}/lfs-files/duplicate", body))[0] == status
    assert hub_state() == before


def test_a_gate_is_asked(stranger: Caller, make_repo: MakeRepo) -> None:
    make_repo("gated")
    Repo.objects.update(gated="auto")
    for route, body in (
        ("duplicate", {"repository": "bob/copy"}),
        ("lfs-files/duplicate", {"target": {"type": "model", "name": "alice/gated"}, "files": []}),
    ):
        assert refusal(stranger.post(f"/api/models/alice/gated/{route}", body))[:2] == (403, "GatedRepo")
