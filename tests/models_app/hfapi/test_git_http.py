"""git's smart HTTP protocol: who gets which answer."""

import gzip
from typing import Any

import pytest
from django.test import Client

from community.members.models import User
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from tests.models_app.hfapi.caller import Caller, body_of
from tests.models_app.hfapi.conftest import MakeRepo
from tests.models_app.hub_state import hub_state

FETCH = "info/refs?service=git-upload-pack"
PUSH = "info/refs?service=git-receive-pack"


def release(answer: Any) -> None:
    """What a server does at the end of an answer, without the end of the request: that would close the database."""
    for close in answer._resource_closers:
        close()


def ask(by: Caller, path: str, route: str, **headers: str) -> Any:
    method = "GET" if route.startswith("info") else "POST"
    answer = by.call(method, f"/{path}/{route}", raw=b"0000", **headers)
    release(answer)
    return answer


def exchange(by: Caller, route: str, request: bytes, **headers: str) -> tuple[int, bytes]:
    """(status, body)."""
    answer = by.call("POST", f"/alice/tiny/{route}", raw=request, **headers)
    body = body_of(answer)
    release(answer)
    return answer.status_code, body


@pytest.mark.parametrize("ending", ["", ".git"])
def test_references(repo: Repo, nobody: Caller, ending: str) -> None:
    answer = ask(nobody, f"alice/tiny{ending}", FETCH)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/x-git-upload-pack-advertisement"
    assert answer["Cache-Control"] == "no-cache, max-age=0, must-revalidate"
    assert answer.content.startswith(b"001e# service=git-upload-pack\n0000")
    assert f"{repo.head_sha} refs/heads/main\n".encode() in answer.content
    second = ask(nobody, f"alice/tiny{ending}", FETCH, Git_Protocol="version=2")
    assert second.content.startswith(b"000eversion 2\n")


@pytest.mark.parametrize("offered", ["version=2\nx", "version=2 -x", "evil", "version=2:version=1"])
def test_odd_offers(repo: Repo, nobody: Caller, offered: str) -> None:
    assert ask(nobody, "alice/tiny", FETCH, Git_Protocol=offered).status_code == 200


@pytest.mark.parametrize("query", ["", "?service=", "?service=git-upload-archive", "?service=upload-pack"])
def test_only_the_smart_protocol(repo: Repo, nobody: Caller, query: str) -> None:
    answer = nobody.get(f"/alice/tiny/info/refs{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert answer.content.startswith(b"This hub speaks git's smart protocol only")


@pytest.mark.parametrize("route", [FETCH, PUSH, "git-upload-pack", "git-receive-pack"])
def test_hidden_repos_answer_like_missing_ones(
    make_repo: MakeRepo, owner: Caller, stranger: Caller, nobody: Caller, expired: Caller, route: str
) -> None:
    make_repo("hidden", private=True)
    for by, status in ((nobody, 401), (stranger, 404), (expired, 401)):
        answers = [ask(by, f"alice/{name}", route) for name in ("hidden", "missing")]
        assert [answer.status_code for answer in answers] == [status] * 2
        assert answers[0].content == answers[1].content
        if by is not expired:
            assert answers[0]["Content-Type"] == "text/plain; charset=utf-8"
            assert answers[0].content.startswith(b"Repository not found.")
        if by is nobody:
            assert answers[0]["WWW-Authenticate"] == 'Basic realm="hub"'
    assert ask(owner, "alice/hidden", route).status_code == 200


def test_who_may_begin_a_push(repo: Repo, owner: Caller, reader: Caller, stranger: Caller, nobody: Caller) -> None:
    before = hub_state()
    asked = [
        [ask(by, "alice/tiny", route).status_code for route in (PUSH, "git-receive-pack")]
        for by in (owner, reader, stranger, nobody)
    ]
    # A stranger may have a pull request to push to; which reference it is, is looked at when it comes.
    assert asked == [[200, 200], [403, 403], [200, 200], [401, 401]]
    assert hub_state() == before


@pytest.mark.parametrize("route", [FETCH, "git-upload-pack"])
def test_a_gate(repo: Repo, owner: Caller, stranger: Caller, nobody: Caller, route: str) -> None:
    Repo.objects.filter(pk=repo.pk).update(gated="manual")
    answers = [ask(by, "alice/tiny", route) for by in (owner, stranger, nobody)]
    assert [answer.status_code for answer in answers] == [200, 403, 401]
    assert answers[1].content.startswith(b"Access to model alice/tiny is restricted")
    assert ask(stranger, "alice/tiny", PUSH).status_code == 403


def test_a_browser_cannot_be_made_to_push(repo: Repo, alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    answer = browser.post(
        "/alice/tiny/git-receive-pack", b"0000", content_type="application/x-git-receive-pack-request"
    )
    assert answer.status_code == 403
    assert "CSRF" in answer.content.decode()


def test_a_packed_request(repo: Repo, git: GitRepository, nobody: Caller) -> None:
    request = f"0032want {repo.head_sha}\n00000009done\n".encode()
    plain = exchange(nobody, "git-upload-pack", request)
    assert plain[1].startswith(b"0008NAK\nPACK")
    assert exchange(nobody, "git-upload-pack", gzip.compress(request), Content_Encoding="gzip") == plain
    broken = exchange(nobody, "git-upload-pack", request, Content_Encoding="gzip")
    assert broken == (400, b"The body is announced as gzip, but it is none.\n")


@pytest.mark.parametrize("request_", [b"", b"hello", b"0032want " + b"1" * 40 + b"\n00000009done\n", b"\0" * 1000])
def test_odd_requests(repo: Repo, nobody: Caller, owner: Caller, request_: bytes) -> None:
    before = hub_state()
    for by, route in ((nobody, "git-upload-pack"), (owner, "git-receive-pack")):
        status, body = exchange(by, route, request_)
        assert status == 200  # git says what is wrong
        assert b"PACK" not in body
    assert hub_state() == before
