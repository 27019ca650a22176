"""Pull requests over the wire: opened by a commit or before it, pushed to, read as a revision, merged."""

import hashlib
from typing import Any

import pytest
from django.conf import settings

from community.members.models import User
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.uploads.grants import granted
from models_app.uploads.models import ProposedUpload
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, WEIGHTS_SHA256, caller_for, file_line, header
from tests.models_app.hub_state import hub_state

API = "/api/models/alice/tiny"
LFS = "/alice/tiny.git/info/lfs"
PR = "refs%2Fpr%2F1"
CONTENT = b"proposed \0 weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _repo(repo: Repo) -> None:
    """Alice's public repo."""


def propose(by: Caller, *lines: Any, query: str = "?create_pr=1", **head: Any) -> Any:
    return by.commit(f"{API}/commit/main{query}", header("Improve it", **head), *lines)


def test_a_commit_that_opens_one(stranger: Caller, nobody: Caller, git: GitRepository) -> None:
    main = git.resolve("main")
    answer = propose(stranger, file_line("new.txt", b"new")).json()
    head = git.resolve("refs/pr/1")
    assert answer == {
        "success": True,
        "hookOutput": "",
        "commitOid": head,
        "commitUrl": f"{settings.PUBLIC_URL}/alice/tiny/commit/{head}",
        "pullRequestUrl": f"{settings.PUBLIC_URL}/alice/tiny/discussions/1",
    }
    assert git.resolve("main") == main
    found = nobody.get(f"{API}/discussions/1?diff=1").json()
    assert (found["isPullRequest"], found["status"], found["title"]) == (True, "open", "Improve it")
    assert (found["changes"], found["filesWithConflicts"]) == ({"base": "refs/heads/main"}, [])
    assert "+new" in found["diff"]
    assert found["events"][-1]["data"] == {"oid": head, "subject": "Improve it"}


def test_read_as_a_revision(stranger: Caller, nobody: Caller, git: GitRepository) -> None:
    propose(stranger, file_line("new.txt", b"new"))
    head = git.resolve("refs/pr/1")
    assert nobody.get(f"{API}/revision/{PR}").json()["sha"] == head
    assert "new.txt" in {entry["path"] for entry in nobody.get(f"{API}/tree/{PR}").json()}
    response = nobody.get(f"/alice/tiny/resolve/{PR}/new.txt")
    assert (body_of(response), response["X-Repo-Commit"]) == (b"new", head)
    refs = nobody.get(f"{API}/refs?include_prs=1").json()
    assert [(ref["ref"], ref["targetCommit"]) for ref in refs["pullRequests"]] == [("refs/pr/1", head)]
    assert "pullRequests" not in nobody.get(f"{API}/refs").json()


def test_a_draft_pushed_to_and_published(stranger: Caller, owner: Caller, git: GitRepository) -> None:
    number = stranger.post(f"{API}/discussions", {"title": "To come", "description": "", "pullRequest": True}).json()
    assert number["num"] == 1
    assert stranger.get(f"{API}/discussions/1").json()["status"] == "draft"
    plan = stranger.post(f"{API}/preupload/{PR}", {"files": [{"path": "a.txt", "size": 1, "sample": "YQ=="}]})
    assert plan.json()["files"][0]["uploadMode"] == "regular"
    pushed = stranger.commit(f"{API}/commit/{PR}", header("One"), file_line("a.txt", b"a"))
    assert pushed.json()["commitOid"] == git.resolve("refs/pr/1")
    assert "pullRequestUrl" not in pushed.json()
    assert owner.commit(f"{API}/commit/{PR}", header("Two"), file_line("b.txt", b"b")).status_code == 200
    assert stranger.post(f"{API}/discussions/1/status", {"status": "open"}).status_code == 200
    assert stranger.get(f"{API}/discussions/1").json()["status"] == "open"


def test_merging(stranger: Caller, owner: Caller, git: GitRepository) -> None:
    propose(stranger, file_line("new.txt", b"new"))
    assert refusal(stranger.post(f"{API}/discussions/1/merge"))[0] == 403
    answer = owner.post(f"{API}/discussions/1/merge", {"comment": "Thanks!"})
    assert answer.json() == {"success": True, "mergeCommitId": git.resolve("main")}
    found = owner.get(f"{API}/discussions/1?diff=1").json()
    assert found["status"] == "merged"
    assert found["changes"] == {"base": "refs/heads/main", "mergeCommitId": git.resolve("main")}
    assert "+new" in found["diff"]
    assert [event["type"] for event in found["events"]] == ["commit", "comment", "status-change"]
    assert refusal(owner.post(f"{API}/discussions/1/merge"))[0] == 409
    assert refusal(stranger.commit(f"{API}/commit/{PR}", header(), file_line("x", b"x")))[0] == 409


def test_conflicts(stranger: Caller, owner: Caller) -> None:
    propose(stranger, file_line("config.json", b"{}"))
    owner.commit(f"{API}/commit/main", header(), file_line("config.json", b"[]"))
    assert owner.get(f"{API}/discussions/1").json()["filesWithConflicts"] == ["config.json"]
    before = hub_state()
    status, _code, sentence = refusal(owner.post(f"{API}/discussions/1/merge"))
    assert status == 409
    assert "config.json" in sentence
    assert hub_state() == before


def test_large_files_by_lfs(stranger: Caller, owner: Caller, nobody: Caller, repo: Repo, bob: User) -> None:
    body = {"operation": "upload", "objects": [{"oid": SHA256, "size": len(CONTENT)}]}
    actions = stranger.post(f"{LFS}/objects/batch", body).json()["objects"][0]["actions"]
    upload, verify = (actions[name]["href"].removeprefix(settings.PUBLIC_URL) for name in ("upload", "verify"))
    assert nobody.call("PUT", upload, raw=CONTENT).status_code == 200
    assert nobody.post(verify, {"oid": SHA256, "size": len(CONTENT)}).status_code == 200
    # Bob's alone, until a commit that everybody sees names it.
    assert granted(repo, [SHA256]) == {}
    assert ProposedUpload.objects.get().user == bob
    assert "actions" in owner.post(f"{LFS}/objects/batch", body).json()["objects"][0]
    line = {"key": "lfsFile", "value": {"path": "p.bin", "algo": "sha256", "oid": SHA256, "size": len(CONTENT)}}
    assert refusal(owner.commit(f"{API}/commit/main", header(), line))[0] == 400
    assert propose(stranger, line).status_code == 200
    assert body_of(nobody.get(f"/alice/tiny/resolve/{PR}/p.bin")) == CONTENT
    assert refusal(nobody.get("/alice/tiny/resolve/main/p.bin"))[0] == 404


def test_a_large_file_of_the_repo_moved(stranger: Caller, git: GitRepository) -> None:
    """A copy comes without a size; a reader may copy what readers see."""
    line = {"key": "lfsFile", "value": {"path": "copy.bin", "algo": "sha256", "oid": WEIGHTS_SHA256}}
    assert propose(stranger, line).status_code == 200
    entry = git.entry(git.resolve("refs/pr/1"), "copy.bin")
    assert entry.lfs is not None
    assert (entry.lfs.sha256, entry.size) == (WEIGHTS_SHA256, len(WEIGHTS))


def test_from_a_parent(stranger: Caller, owner: Caller, git: GitRepository) -> None:
    parent = git.resolve("main")
    owner.commit(f"{API}/commit/main", header(), file_line("later.txt", b"l"))
    assert propose(stranger, file_line("new.txt", b"new"), parentCommit=parent).status_code == 200
    [commit] = git.history(git.resolve("refs/pr/1"), limit=1)
    assert commit.parents == (parent,)


@pytest.mark.parametrize(
    ("revision", "status", "code"),
    [("missing", 404, "RevisionNotFound"), ("sha", 404, "RevisionNotFound"), ("dev", 400, None)],
)
def test_other_bases(
    stranger: Caller, owner: Caller, git: GitRepository, revision: str, status: int, code: str | None
) -> None:
    owner.post(f"{API}/branch/dev")
    before = hub_state()
    base = git.resolve("main") if revision == "sha" else revision
    for response in (
        stranger.commit(f"{API}/commit/{base}?create_pr=1", header(), file_line("a", b"a")),
        stranger.post(f"{API}/preupload/{base}?create_pr=1", {"files": []}),
    ):
        assert refusal(response)[:2] == (status, code)
    assert hub_state() == before


def test_without_the_right(stranger: Caller, nobody: Caller, reader: Caller, carol: User) -> None:
    propose(stranger, file_line("new.txt", b"new"))
    other = caller_for(carol)
    before = hub_state()
    line = file_line("a", b"a")
    for by, status in ((nobody, 401), (reader, 403)):
        assert refusal(propose(by, line))[0] == status
        assert refusal(by.post(f"{API}/preupload/main?create_pr=1", {"files": []}))[0] == status
        assert refusal(by.get(f"{API}/xet-write-token/None?create_pr=1"))[0] == status
    for by, status in ((nobody, 401), (other, 403)):
        assert refusal(by.commit(f"{API}/commit/{PR}", header(), line))[0] == status
        assert refusal(by.get(f"{API}/xet-write-token/{PR}"))[0] == status
    assert "create_pr" in refusal(other.commit(f"{API}/commit/main", header(), line))[2]
    assert refusal(stranger.get(f"{API}/xet-write-token/main"))[0] == 403
    assert refusal(stranger.commit(f"{API}/commit/refs%2Fpr%2F2", header(), line))[:2] == (404, "RevisionNotFound")
    assert hub_state() == before


def test_a_gate_keeps_the_changes(stranger: Caller, owner: Caller, repo: Repo) -> None:
    propose(stranger, file_line("new.txt", b"new"))
    Repo.objects.update(gated="manual")
    before = hub_state()
    assert "diff" in owner.get(f"{API}/discussions/1?diff=1").json()
    assert "diff" not in stranger.get(f"{API}/discussions/1?diff=1").json()
    assert refusal(propose(stranger, file_line("b.txt", b"b")))[0] == 403
    assert hub_state() == before
