"""Files of a revision, its history, and the names of revisions."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, WEIGHTS_SHA256, MakeRepo
from tests.models_app.hub_state import hub_state

API = "/api/models/alice/tiny"


def paths(response: Any) -> list[str]:
    return [entry["path"] for entry in response.json()]


def test_tree(nobody: Caller, repo: Repo, git: GitRepository) -> None:
    response = nobody.get(f"{API}/tree/main")
    assert response["X-Repo-Commit"] == repo.head_sha
    entries = {entry["path"]: entry for entry in response.json()}
    assert list(entries) == [".gitattributes", "README.md", "config.json", "nested", "weights.bin"]
    nested = git.entry(repo.head_sha, "nested")
    assert entries["nested"] == {"type": "directory", "oid": nested.oid, "path": "nested", "size": 0}
    assert entries["weights.bin"] == {
        "type": "file",
        "oid": git.entry(repo.head_sha, "weights.bin").oid,
        "size": len(WEIGHTS),
        "path": "weights.bin",
        "lfs": {"oid": WEIGHTS_SHA256, "size": len(WEIGHTS), "pointerSize": 130},
    }


def test_tree_below_a_folder(nobody: Caller, make_repo: MakeRepo) -> None:
    make_repo(files={"a/b/c.txt": b"1", "a/d.txt": b"2"})
    assert paths(nobody.get(f"{API}/tree/main?recursive=true")) == [
        ".gitattributes", "a", "a/b", "a/b/c.txt", "a/d.txt", "weights.bin",
    ]  # fmt: skip
    for address in (f"{API}/tree/main/a%2Fb", f"{API}/tree/main/a/b"):
        assert paths(nobody.get(address)) == ["a/b/c.txt"]


def test_tree_with_last_commits(nobody: Caller, repo: Repo) -> None:
    entries = {entry["path"]: entry["lastCommit"] for entry in nobody.get(f"{API}/tree/main?expand=true").json()}
    assert entries["README.md"]["id"] == entries["nested"]["id"] == repo.head_sha
    assert (entries[".gitattributes"]["title"], entries["README.md"]["title"]) == ("initial commit", "Fill")
    assert entries["README.md"]["date"].endswith("Z")


@pytest.mark.parametrize("path", ["none", "README.md", "additional_chat_templates", "..%2Fx", "%00", "a" * 4096, "%FF"])
def test_missing_folders(nobody: Caller, repo: Repo, path: str) -> None:
    response = nobody.get(f"{API}/tree/main/{path}")
    assert refusal(response)[:2] == (404, "EntryNotFound")
    assert response["X-Repo-Commit"] == repo.head_sha


def test_tree_pages_stay_at_one_commit(owner: Caller, make_repo: MakeRepo) -> None:
    make_repo(files={f"{number}.txt": b"x" for number in range(4)})
    first = owner.get(f"{API}/tree/main?limit=3")
    link = first["Link"]
    assert link.startswith(f"<http://127.0.0.1:8000{API}/tree/main?limit=3&cursor=")
    owner.commit(
        f"{API}/commit/main",
        {"key": "header", "value": {"summary": "Drop", "description": ""}},
        *({"key": "deletedFile", "value": {"path": f"{number}.txt"}} for number in range(4)),
    )
    second = owner.get(link.removeprefix("<http://127.0.0.1:8000").removesuffix('>; rel="next"'))
    assert paths(first) + paths(second) == [".gitattributes", *(f"{number}.txt" for number in range(4)), "weights.bin"]
    assert "Link" not in second


@pytest.mark.parametrize("query", ["cursor=x", "cursor=1", "cursor=" + "0" * 40 + "-1", "limit=0", "limit=x"])
@pytest.mark.parametrize("route", ["tree", "commits"])
def test_bad_pages(nobody: Caller, repo: Repo, route: str, query: str) -> None:
    assert refusal(nobody.get(f"{API}/{route}/main?{query}"))[0] in {400, 404}


def test_paths_info(nobody: Caller, repo: Repo) -> None:
    form = urlencode(
        [("paths", "nested"), ("paths", "none"), ("paths", "weights.bin"), ("paths", "../x"), ("paths", "\0")]
    )
    response = nobody.call(
        "POST", f"{API}/paths-info/main", raw=form.encode(), content_type="application/x-www-form-urlencoded"
    )
    assert [(entry["type"], entry["path"]) for entry in response.json()] == [
        ("directory", "nested"),
        ("file", "weights.bin"),
    ]
    expanded = nobody.call("POST", f"{API}/paths-info/main", raw=b"paths=README.md&expand=true")
    assert expanded.json()[0]["lastCommit"]["title"] == "Fill"
    assert nobody.post(f"{API}/paths-info/main").json() == []


def test_paths_info_of_thousands(nobody: Caller, repo: Repo) -> None:
    form = "&".join(f"paths=none{number}" for number in range(15_000)) + "&paths=README.md"
    assert paths(nobody.call("POST", f"{API}/paths-info/main", raw=form.encode())) == ["README.md"]
    form = "&".join(["paths=x"] * 20_001)
    assert refusal(nobody.call("POST", f"{API}/paths-info/main", raw=form.encode()))[0] == 400


def test_commits(nobody: Caller, repo: Repo) -> None:
    newest, first = nobody.get(f"{API}/commits/main").json()
    assert (newest["id"], newest["title"], newest["message"], newest["authors"]) == (
        repo.head_sha,
        "Fill",
        "With everything.",
        [{"user": "alice"}],
    )
    assert (first["title"], first["message"]) == ("initial commit", "")
    assert newest["date"].endswith("Z")


def test_commits_as_html(owner: Caller, repo: Repo) -> None:
    owner.commit(
        f"{API}/commit/main",
        {"key": "header", "value": {"summary": "<b>x</b>", "description": "a & b"}},
        {"key": "deletedFile", "value": {"path": "README.md"}},
    )
    newest = owner.get(f"{API}/commits/main?expand[]=formatted").json()[0]
    assert newest["formatted"] == {"title": "&lt;b&gt;x&lt;/b&gt;", "message": "a &amp; b"}


def test_commit_pages(nobody: Caller, repo: Repo) -> None:
    first = nobody.get(f"{API}/commits/main?limit=1")
    second = nobody.get(first["Link"].partition("8000")[2].removesuffix('>; rel="next"'))
    assert [commit["title"] for commit in first.json() + second.json()] == ["Fill", "initial commit"]
    assert "Link" not in second


def test_refs_branches_and_tags(owner: Caller, nobody: Caller, repo: Repo, git: GitRepository) -> None:
    first = git.history(repo.head_sha)[-1].sha
    assert owner.post(f"{API}/branch/feature%2Fx").status_code == 200
    assert owner.post(f"{API}/branch/old", {"startingPoint": first}).status_code == 200
    assert owner.post(f"{API}/tag/main", {"tag": "v1", "message": "First"}).status_code == 200
    assert owner.post(f"{API}/tag/old", {"tag": "v/0"}).status_code == 200
    assert nobody.get(f"{API}/refs").json() == {
        "branches": [
            {"name": "feature/x", "ref": "refs/heads/feature/x", "targetCommit": repo.head_sha},
            {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head_sha},
            {"name": "old", "ref": "refs/heads/old", "targetCommit": first},
        ],
        "converts": [],
        "tags": [
            {"name": "v/0", "ref": "refs/tags/v/0", "targetCommit": first},
            {"name": "v1", "ref": "refs/tags/v1", "targetCommit": repo.head_sha},
        ],
    }
    assert nobody.get(f"{API}/refs?include_prs=1").json()["pullRequests"] == []
    assert owner.call("DELETE", f"{API}/branch/feature%2Fx").status_code == 200
    assert owner.call("DELETE", f"{API}/tag/v%2F0").status_code == 200
    assert [ref.name for ref in git.branches() + git.tags()] == ["main", "old", "v1"]


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "sentence"),
    [
        ("POST", "branch/main", None, 409, "Reference refs/heads/main already exists"),
        ("POST", "branch/new", {"startingPoint": "none"}, 404, "Invalid rev id: none"),
        ("POST", "branch/new", {"startingPoint": 7}, 400, "startingPoint must be text."),
        ("POST", "branch/a..b", None, 400, ""),
        ("POST", "branch/..%2Fup", None, 400, ""),
        ("POST", "branch/-x", None, 400, ""),
        ("POST", "branch/%00", None, 400, ""),
        ("POST", "branch/" + "x" * 4096, None, 400, ""),
        ("POST", "branch/main%2Fx", None, 409, ""),
        ("DELETE", "branch/main", None, 400, "Cannot delete refs/heads/main"),
        ("DELETE", "branch/none", None, 404, "Invalid rev id: none"),
        ("DELETE", "branch/%00", None, 404, ""),
        ("POST", "tag/main", {"tag": "v1"}, 409, "Reference refs/tags/v1 already exists"),
        ("POST", "tag/none", {"tag": "v2"}, 404, "Invalid rev id: none"),
        ("POST", "tag/main", {"tag": "a b"}, 400, ""),
        ("POST", "tag/main", {"tag": "../up"}, 400, ""),
        ("POST", "tag/main", {"tag": "nul\0"}, 400, ""),
        ("POST", "tag/main", {"tag": "half \ud800"}, 400, ""),
        ("POST", "tag/main", {"tag": "x" * 4096}, 400, ""),
        ("POST", "tag/main", {"tag": ""}, 400, ""),
        ("POST", "tag/main", {"tag": None}, 400, ""),
        ("POST", "tag/main", {"tag": "v2", "message": []}, 400, ""),
        ("POST", "tag/main", {}, 400, ""),
        ("DELETE", "tag/none", None, 404, "Invalid rev id: none"),
    ],
)
def test_refused_references(
    owner: Caller, repo: Repo, method: str, address: str, body: Any, status: int, sentence: str
) -> None:
    owner.post(f"{API}/tag/main", {"tag": "v1"})
    before = hub_state()
    response = owner.call(method, f"{API}/{address}", *([body] if body is not None else []))
    found, code, text = refusal(response)
    assert (found, sentence in text) == (status, True)
    assert code == ("RevisionNotFound" if status == 404 else None)
    assert hub_state() == before


@pytest.mark.parametrize("files", [1, 20])
def test_a_tree_costs_the_same_whatever_its_size(
    make_repo: MakeRepo, django_assert_num_queries: DjangoAssertNumQueries, files: int
) -> None:
    make_repo(files={f"{number}.txt": b"x" for number in range(files)})
    with django_assert_num_queries(4):  # the repo, the blobs behind its large files, and what scanning found
        assert Client().get(f"{API}/tree/main?recursive=true&expand=true").status_code == 200
