"""Preupload and commit."""

import base64
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_app.gitstore.repository import GitRepository
from models_app.hfapi import commit
from models_app.repos.models import Repo
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import CARD, WEIGHTS, WEIGHTS_SHA256, file_line, header
from tests.models_app.hub_state import hub_state

API = "/api/models/alice/tiny"
COMMIT = f"{API}/commit/main"
STALE = "The branch was updated since you opened this page. Please refresh and try again."


def large(path: str, **value: Any) -> dict[str, Any]:
    return {"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": WEIGHTS_SHA256, **value}}


def deleted(path: str, key: str = "deletedFile") -> dict[str, Any]:
    return {"key": key, "value": {"path": path}}


def paths(git: GitRepository) -> list[str]:
    return [entry.path for entry in git.entries(git.resolve("main"), recursive=True) if entry.kind == "file"]


def test_preupload(owner: Caller, repo: Repo, git: GitRepository) -> None:
    files = [
        {"path": "a.safetensors", "size": 10, "sample": base64.b64encode(b"text").decode()},
        {"path": "a.txt", "size": 10, "sample": base64.b64encode(b"text").decode()},
        {"path": "a.dat", "size": 10, "sample": base64.b64encode(b"\0").decode()},
        {"path": "big.txt", "size": 10 * 1024 * 1024 + 1, "sample": ""},
        {"path": "README.md", "size": len(CARD), "sample": ""},
        {"path": "weights.bin", "size": len(WEIGHTS)},
        {"path": "x.log", "size": 1, "sample": "eA=="},
    ]
    answer = owner.post(f"{API}/preupload/main", {"files": files, "gitIgnore": "*.log"}).json()
    assert answer["commitOid"] == repo.head_sha
    assert [(file["path"], file["uploadMode"], file["shouldIgnore"], file.get("oid")) for file in answer["files"]] == [
        ("a.safetensors", "lfs", False, None),
        ("a.txt", "regular", False, None),
        ("a.dat", "lfs", False, None),
        ("big.txt", "lfs", False, None),
        ("README.md", "regular", False, git.entry(repo.head_sha, "README.md").oid),
        ("weights.bin", "lfs", False, WEIGHTS_SHA256),
        ("x.log", "regular", True, None),
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ({"files": {}}, 400),
        ({"files": ["a"]}, 400),
        ({"files": [{"path": "a"}]}, 400),
        ({"files": [{"path": "a", "size": -1}]}, 400),
        ({"files": [{"path": "a", "size": "1"}]}, 400),
        ({"files": [{"path": 1, "size": 1}]}, 400),
        ({"files": [{"path": "a", "size": 1, "sample": "x"}]}, 400),
        ({"files": [{"path": "a", "size": 1, "sample": 5}]}, 400),
        ({"files": [], "gitIgnore": 5}, 400),
        ({"files": [{"path": "../up", "size": 1}]}, 422),
        ({"files": [{"path": "/abs", "size": 1}]}, 422),
        ({"files": [{"path": "nul\0", "size": 1}]}, 422),
        ({"files": [{"path": "half \ud800", "size": 1}]}, 422),
        ({"files": [{"path": "x" * 4097, "size": 1}]}, 422),
    ],
)
def test_bad_preuploads(owner: Caller, repo: Repo, body: Any, status: int) -> None:
    assert refusal(owner.post(f"{API}/preupload/main", body))[0] == status


def test_commit(owner: Caller, repo: Repo, git: GitRepository) -> None:
    response = owner.commit(
        COMMIT,
        header("Everything", description="At once.", parentCommit=repo.head_sha),
        file_line("new/a.txt", b"hello"),
        file_line("empty.txt", b""),
        large("copy.bin", size=len(WEIGHTS)),
        large("of unknown size.bin"),
        deleted("config.json"),
        deleted("nested", "deletedFolder"),
    )
    sha = git.resolve("main")
    assert response.json() == {
        "success": True,
        "commitOid": sha,
        "commitUrl": f"http://127.0.0.1:8000/alice/tiny/commit/{sha}",
        "hookOutput": "",
    }
    (newest,) = git.history(sha, limit=1)
    assert (newest.title, newest.message, newest.parents) == ("Everything", "At once.", (repo.head_sha,))
    assert paths(git) == [
        ".gitattributes", "README.md", "copy.bin", "empty.txt", "new/a.txt", "of unknown size.bin", "weights.bin",
    ]  # fmt: skip
    assert git.read(git.entry(sha, "new/a.txt").oid) == b"hello"
    pointer = git.entry(sha, "of unknown size.bin").lfs
    assert pointer is not None
    assert (pointer.sha256, pointer.size) == (WEIGHTS_SHA256, len(WEIGHTS))


def test_a_folder_may_be_deleted_as_a_file(owner: Caller, repo: Repo, git: GitRepository) -> None:
    assert owner.commit(COMMIT, header(), deleted("nested/")).status_code == 200
    assert paths(git) == [".gitattributes", "README.md", "config.json", "weights.bin"]


def test_a_repeated_commit_answers_the_same(owner: Caller, repo: Repo, git: GitRepository) -> None:
    lines = [header(parentCommit=repo.head_sha), file_line("a.txt", b"1")]
    first, second = (owner.commit(COMMIT, *lines) for _ in range(2))
    assert first.json() == second.json()
    assert len(git.history(git.resolve("main"))) == 3


@pytest.mark.parametrize(
    ("lines", "status", "code", "sentence"),
    [
        ([header(parentCommit="0" * 40), file_line("a", b"1")], 412, None, STALE),
        ([header(parentCommit="abc"), file_line("a", b"1")], 412, None, STALE),
        ([header(), deleted("none")], 404, "EntryNotFound", "A file with this name doesn't exist"),
        ([header(), deleted("none", "deletedFolder")], 404, "EntryNotFound", "A file with this name doesn't exist"),
        ([header(), deleted("../x")], 404, "EntryNotFound", ""),
        ([header(), deleted("half \ud800")], 404, "EntryNotFound", ""),
        ([header(), file_line("../up", b"1")], 422, None, ""),
        ([header(), file_line("..\\up", b"1")], 422, None, ""),
        ([header(), file_line("/abs", b"1")], 422, None, ""),
        ([header(), file_line("nul\0", b"1")], 422, None, ""),
        ([header(), file_line("half \ud800", b"1")], 422, None, ""),
        ([header(), file_line("x" * 4096, b"1")], 422, None, ""),
        ([header(), file_line("", b"1")], 422, None, ""),
        ([header(), file_line(".git/config", b"1")], 422, None, ""),
        ([header(), file_line("README.md/x", b"1")], 422, None, ""),
        ([header(), file_line("nested", b"1")], 422, None, ""),
        ([header(), large("a", oid="0" * 64, size=1)], 400, None, "was not uploaded to this repository"),
        ([header(), large("a", oid="0" * 64)], 400, None, "was not uploaded to this repository"),
        ([header(), large("a", size=1)], 400, None, "claims 1 bytes"),
        ([header(), large("a", oid="nul\0", size=1)], 400, None, "sha256"),
        ([header(), large("a", oid=None, size=1)], 400, None, "sha256"),
        ([header(), large("a", size="1")], 400, None, "sha256"),
        ([header(), large("../up", size=len(WEIGHTS))], 422, None, ""),
        ([header(), file_line("a", b"1", encoding="utf-8")], 400, None, "must be base64"),
        ([header(), {"key": "file", "value": {"path": "a"}}], 400, None, "must be base64"),
        ([header(), {"key": "file", "value": {"content": "YQ=="}}], 400, None, ""),
        ([header(), {"key": "rename", "value": {"path": "a"}}], 400, None, "'rename'"),
        ([header(), file_line("README.md", b"---\nlicense: apache2\n---\n")], 400, None, "Apache-2.0"),
        ([header(), b"{"], 400, None, "Line 2 of the commit is not JSON."),
        ([file_line("a", b"1")], 400, None, "no header"),
        ([header("")], 400, None, "no header"),
        ([header(7)], 400, None, "summary"),
        ([header(parentCommit=7)], 400, None, "summary"),
        ([], 400, None, "no header"),
    ],
)
def test_refused_commits(
    owner: Caller, repo: Repo, lines: list[Any], status: int, code: str | None, sentence: str
) -> None:
    before = hub_state()
    found, error_code, text = refusal(owner.commit(COMMIT, *lines))
    assert (found, error_code, sentence in text) == (status, code, True)
    assert hub_state() == before


def test_a_body_that_is_cut_off_commits_nothing(owner: Caller, repo: Repo) -> None:
    before = hub_state()
    for cut in (1, 1000):
        response = owner.commit(COMMIT, header(), file_line("a.txt", b"1"), cut=cut)
        assert refusal(response)[:2] == (400, None)
    assert hub_state() == before


@pytest.mark.parametrize("revision", ["none", "refs%2Ftags%2Fv1", "v1", "0" * 40, "refs%2Fpr%2F1", "%00", "x" * 4096])
def test_commits_go_to_branches(owner: Caller, repo: Repo, revision: str) -> None:
    owner.post(f"{API}/tag/main", {"tag": "v1"})
    before = hub_state()
    for target in (revision, repo.head_sha):
        response = owner.commit(f"{API}/commit/{target}", header(), file_line("a", b"1"))
        assert refusal(response)[:2] == (404, "RevisionNotFound")
    assert hub_state() == before


def test_bodies_have_limits(owner: Caller, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hub_state()
    monkeypatch.setattr(commit, "MAX_CHANGES", 1)
    assert refusal(owner.commit(COMMIT, header(), file_line("a", b""), file_line("b", b"")))[0] == 413
    monkeypatch.setattr(commit, "MAX_BODY", 100)
    assert refusal(owner.commit(COMMIT, header(), file_line("a", b"x" * 100)))[0] == 413
    monkeypatch.undo()
    assert refusal(owner.commit(COMMIT, header(), file_line("a", b"x" * (10 * 1024 * 1024 + 1))))[0] == 413
    assert hub_state() == before


def test_odd_text_in_a_message_is_made_fit(owner: Caller, repo: Repo, git: GitRepository) -> None:
    assert owner.commit(COMMIT, header("nul \0 half \ud800"), file_line("a", b"1")).status_code == 200
    assert git.history(git.resolve("main"))[0].title.startswith("nul ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["header", "file", "lfsFile", "deletedFile", "deletedFolder"]) | JSON,
            "value": st.dictionaries(
                st.sampled_from(
                    ["path", "content", "encoding", "oid", "size", "summary", "description", "parentCommit"]
                ),
                st.sampled_from(["README.md", "YQ==", "base64", WEIGHTS_SHA256, len(WEIGHTS)]) | JSON,
            ),
        }
    ),
    max_size=4,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=LINES)
def test_any_lines_end_in_a_commit_or_a_refusal(owner: Caller, repo: Repo, lines: list[dict[str, Any]]) -> None:
    assert owner.commit(COMMIT, header(), *lines).status_code in {200, 400, 404, 412, 413, 422}
