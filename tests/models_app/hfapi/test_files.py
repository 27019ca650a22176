"""Files as clients and browsers fetch them."""

from typing import Any
from urllib.parse import quote

import pytest
from django.http import FileResponse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from community.members.actors import Actor
from community.members.capabilities import issue_capability
from community.members.models import User
from hub.core.errors import RangeUnsatisfiable
from models_app.blobs.models import Blob
from models_app.blobs.reader import blob_path
from models_app.gitstore.objects import AddFile
from models_app.gitstore.repository import GitRepository
from models_app.hfapi.content import content_type
from models_app.hfapi.ranges import parse_range
from models_app.repos.models import Repo
from models_app.repos.queries import capability_subject
from models_app.uploads.services import commit_changes
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import CARD, CONFIG, WEIGHTS, WEIGHTS_SHA256, MakeRepo

FILE = "/alice/tiny/resolve/main"
SIZE = len(WEIGHTS)


def test_a_large_file(nobody: Caller, repo: Repo) -> None:
    response = nobody.get(f"{FILE}/weights.bin")
    assert isinstance(response, FileResponse)  # the server hands it to the kernel: no byte passes through Python
    assert body_of(response) == WEIGHTS
    assert {name: response[name] for name in ("X-Repo-Commit", "ETag", "X-Linked-Etag", "X-Linked-Size")} == {
        "X-Repo-Commit": repo.head_sha,
        "ETag": f'"{WEIGHTS_SHA256}"',
        "X-Linked-Etag": f'"{WEIGHTS_SHA256}"',
        "X-Linked-Size": str(SIZE),
    }
    assert (response["Content-Length"], response["Accept-Ranges"]) == (str(SIZE), "bytes")
    assert "X-Xet-Hash" not in response


def test_a_regular_file(nobody: Caller, repo: Repo, git: GitRepository) -> None:
    response = nobody.get(f"{FILE}/README.md")
    assert (response.content, response["ETag"]) == (CARD, f'"{git.entry(repo.head_sha, "README.md").oid}"')
    assert (response["Content-Length"], response["X-Repo-Commit"]) == (str(len(CARD)), repo.head_sha)
    assert "X-Linked-Etag" not in response


@pytest.mark.parametrize("name", ["weights.bin", "README.md"])
def test_head_has_the_headers_of_get(nobody: Caller, repo: Repo, name: str) -> None:
    head, get = nobody.head(f"{FILE}/{name}"), nobody.get(f"{FILE}/{name}")
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "X-Request-Id": ""} == {**get.headers, "X-Request-Id": ""}
    body_of(get)


def test_raw_gives_the_pointer(nobody: Caller, repo: Repo) -> None:
    response = nobody.get("/alice/tiny/raw/main/weights.bin")
    assert response.content == (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{WEIGHTS_SHA256}\nsize {SIZE}\n".encode()
    )
    assert nobody.get("/alice/tiny/raw/main/config.json").content == CONFIG


@pytest.mark.parametrize("path", ["nested/what%3F%20100%25.txt", "nested%2Fwhat%3F%20100%25.txt"])
@pytest.mark.parametrize("revision", ["main", "refs%2Fheads%2Fmain"])
def test_names_that_need_encoding(nobody: Caller, repo: Repo, revision: str, path: str) -> None:
    for address in (f"/alice/tiny/resolve/{revision}/{path}", f"/alice/tiny/resolve/{repo.head_sha}/{path}"):
        assert body_of(nobody.get(address)) == b"text"


@pytest.mark.parametrize("name", ["a%2Fb", "a%252fb", "%", "%2", "100%/2F", "x%2f/y%25"])
def test_names_that_look_encoded(nobody: Caller, make_repo: MakeRepo, name: str) -> None:
    make_repo(files={f"{name}/c.txt": name.encode(), "a/b/c.txt": b"another"})
    for revision in ("main", "refs%2Fheads%2Fmain"):
        for path in (quote(name), quote(name, safe="")):
            assert body_of(nobody.get(f"/alice/tiny/resolve/{revision}/{path}/c.txt")) == name.encode()
            assert nobody.get(f"/alice/tiny/blob/{revision}/{path}/c.txt").status_code == 200
            (row,) = nobody.get(f"/api/models/alice/tiny/tree/{revision}/{path}").json()
            assert row["path"] == f"{name}/c.txt"


@pytest.mark.parametrize(
    "path", ["none", "nested", "nested/none", "../README.md", "..%2FREADME.md", "%00", "a%0Ab", "a" * 4096, "%FF"]
)
def test_missing_files(nobody: Caller, repo: Repo, path: str) -> None:
    for method in ("GET", "HEAD"):
        response = nobody.call(method, f"{FILE}/{path}")
        assert (response.status_code, response["X-Error-Code"]) == (404, "EntryNotFound")
        assert response["X-Repo-Commit"] == repo.head_sha


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-100000", 0, SIZE),
        ("bytes=8-99", 8, 100),
        ("bytes=100-", 100, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        ("bytes=-999999", 0, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
    ],
)
def test_ranges(nobody: Caller, repo: Repo, header: str, start: int, end: int) -> None:
    response = nobody.get(f"{FILE}/weights.bin", Range=header)
    assert (response.status_code, body_of(response)) == (206, WEIGHTS[start:end])
    assert (response["Content-Range"], response["Content-Length"]) == (
        f"bytes {start}-{end - 1}/{SIZE}",
        str(end - start),
    )
    assert response["X-Repo-Commit"] == repo.head_sha


def test_ranges_of_small_files(nobody: Caller, repo: Repo) -> None:
    response = nobody.get(f"{FILE}/README.md", Range="bytes=4-8")
    assert (response.status_code, response.content) == (206, CARD[4:9])
    head = nobody.head(f"{FILE}/README.md", Range="bytes=4-8")
    assert (head.status_code, head["Content-Length"]) == (206, "5")


@pytest.mark.parametrize(
    "header", ["bytes=1-2,4-5", "bytes=5-2", "bytes=-", "bytes=x-", "lines=1-2", "", "bytes=" + "9" * 400 + "-"]
)
def test_other_ranges_get_the_whole_file(nobody: Caller, repo: Repo, header: str) -> None:
    response = nobody.get(f"{FILE}/weights.bin", Range=header)
    assert (response.status_code, body_of(response)) == (200, WEIGHTS)


@pytest.mark.parametrize(("name", "size"), [("weights.bin", SIZE), ("README.md", len(CARD))])
def test_ranges_past_the_end(nobody: Caller, repo: Repo, name: str, size: int) -> None:
    for header in (f"bytes={size}-", f"bytes={size + 5}-{size + 9}", "bytes=-0"):
        response = nobody.get(f"{FILE}/{name}", Range=header)
        assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{size}")
        assert response["X-Error-Message"]


def test_if_range_of_another_version_gets_the_whole_file(nobody: Caller, repo: Repo) -> None:
    response = nobody.get(f"{FILE}/weights.bin", Range="bytes=1-2", If_Range='"other"')
    assert (response.status_code, body_of(response)) == (200, WEIGHTS)
    response = nobody.get(f"{FILE}/weights.bin", Range="bytes=1-2", If_Range=f'"{WEIGHTS_SHA256}"')
    assert (response.status_code, body_of(response)) == (206, WEIGHTS[1:3])


def test_a_browser_that_has_the_file_is_told_so(nobody: Caller, repo: Repo) -> None:
    for etag in (f'"{WEIGHTS_SHA256}"', f'W/"{WEIGHTS_SHA256}"'):
        response = nobody.get(f"{FILE}/weights.bin", If_None_Match=etag)
        assert (response.status_code, response.content) == (304, b"")


def test_nginx_sends_large_files_itself(nobody: Caller, repo: Repo, settings: Settings) -> None:
    settings.ACCEL_PREFIX = "/_objects/"
    response = nobody.get(f"{FILE}/weights.bin", Range="bytes=1-2")
    path = blob_path(Blob.objects.get())
    assert path is not None
    root = settings.OBJECT_STORE.removeprefix("file://")
    assert response["X-Accel-Redirect"] == f"/_objects/{path.relative_to(root)}"
    assert (response.status_code, response.content, response["X-Repo-Commit"]) == (200, b"", repo.head_sha)


@pytest.mark.parametrize(
    ("name", "kind", "attachment"),
    [
        ("evil.html", "text/plain; charset=utf-8", False),
        ("evil.xhtml", "application/octet-stream", True),
        ("evil.js", "text/plain; charset=utf-8", False),
        ("drawing.svg", "image/svg+xml", False),
        ("photo.png", "image/png", False),
        ("config.json", "text/plain; charset=utf-8", False),
        ("LICENSE", "text/plain; charset=utf-8", False),
        ("model.safetensors", "application/octet-stream", True),
        ("page.html.gz", "application/octet-stream", True),
        ("paper.pdf", "application/octet-stream", True),
        ("no ending", "application/octet-stream", True),
    ],
)
def test_no_file_runs_on_the_hubs_origin(
    nobody: Caller, make_repo: MakeRepo, name: str, kind: str, *, attachment: bool
) -> None:
    assert content_type(name) == kind
    make_repo(files={name: b"<script>alert(1)</script>"})
    response = nobody.get(f"{FILE}/{name}")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == (kind, "nosniff")
    assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert response["Content-Disposition"].startswith("attachment; " if attachment else "inline; ")


def test_odd_names_make_no_new_header(nobody: Caller, make_repo: MakeRepo) -> None:
    make_repo(files={'a"b 名.txt': b"x"})
    response = nobody.get(f"{FILE}/a%22b%20%E5%90%8D.txt")
    assert response["Content-Disposition"] == "inline; filename*=utf-8''a%22b%20%E5%90%8D.txt"


def test_what_counts_as_a_download(nobody: Caller, owner: Caller, repo: Repo) -> None:
    worker = Caller("cap_" + issue_capability(subject=capability_subject(repo), right="read", seconds=60))
    counted: list[Any] = [(nobody, "GET", "config.json", {}), (owner, "GET", "config.json", {})]
    ignored: list[Any] = [
        (nobody, "HEAD", "config.json", {}),
        (nobody, "GET", "weights.bin", {}),
        (nobody, "GET", "nested/config.json", {}),
        (nobody, "GET", "config.json", {"Range": "bytes=0-1"}),
        (worker, "GET", "config.json", {}),
    ]
    for caller, method, path, headers in counted + ignored:
        body_of(caller.call(method, f"{FILE}/{path}", **headers))
    repo.refresh_from_db()
    assert repo.downloads == len(counted)


def test_a_pointer_without_bytes_is_told_apart(nobody: Caller, alice: User, repo: Repo) -> None:
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"
    commit_changes(
        actor=Actor(user=alice),
        repo=repo,
        revision="main",
        parent=None,
        summary="c",
        description="",
        changes=[AddFile("ghost.bin", text.encode())],
    )
    assert refusal(nobody.get(f"{FILE}/ghost.bin")) == (
        404,
        None,
        'The content of "ghost.bin" was never uploaded to this repository: only a pointer to it is there.',
    )


@given(st.text(max_size=30) | st.from_regex(r"bytes=\d*-\d*", fullmatch=True), st.integers(0, 10**6))
def test_any_range_header_is_a_range_or_the_file(header: str, size: int) -> None:
    try:
        span = parse_range(header, size)
    except RangeUnsatisfiable:
        return
    assert span is None or 0 <= span[0] < span[1] <= size
