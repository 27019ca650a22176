"""A private repo leaks nowhere: at every address it answers as if it were not there. A hidden one neither."""

from typing import Any

import pytest

from models_app.repos.models import Repo
from tests.models_app.hfapi.caller import Caller, body_of
from tests.models_app.hfapi.conftest import MakeRepo, header
from tests.models_app.hub_state import hub_state

ID = "alice/secret"
API = f"/api/models/{ID}"
READS = [
    ("GET", API),
    ("GET", f"{API}/revision/main"),
    ("GET", f"{API}/tree/main"),
    ("GET", f"{API}/tree/main/nested"),
    ("POST", f"{API}/paths-info/main"),
    ("GET", f"{API}/commits/main"),
    ("GET", f"{API}/refs"),
    ("GET", f"{API}/auth-check"),
    ("GET", f"{API}/likers"),
    ("GET", f"{API}/discussions"),
    ("GET", f"/{ID}/resolve/main/README.md"),
    ("HEAD", f"/{ID}/resolve/main/README.md"),
    ("GET", f"/{ID}/raw/main/README.md"),
]
WRITES = [
    ("GET", f"{API}/auth-check/write"),
    ("PUT", f"{API}/settings"),
    ("POST", f"{API}/branch/new"),
    ("DELETE", f"{API}/branch/main"),
    ("POST", f"{API}/tag/main"),
    ("DELETE", f"{API}/tag/v1"),
    ("POST", f"{API}/preupload/main"),
    ("POST", f"{API}/commit/main"),
    ("GET", f"{API}/xet-write-token/main"),
    ("GET", f"{API}/user-access-request/pending"),
    ("POST", f"{API}/user-access-request/handle"),
    ("POST", f"{API}/user-access-request/grant"),
    ("POST", f"{API}/super-squash/main"),
    ("GET", f"{API}/lfs-files"),
    ("POST", f"{API}/lfs-files/batch"),
    ("POST", f"/{ID}.git/info/lfs/objects/batch"),
]
BODIES: dict[str, Any] = {
    f"{API}/settings": {"private": False},
    f"{API}/tag/main": {"tag": "v1"},
    f"{API}/preupload/main": {"files": []},
    f"{API}/commit/main": header(),
    f"/{ID}.git/info/lfs/objects/batch": {"operation": "upload", "objects": [{"oid": "0" * 64, "size": 1}]},
}
UNKNOWN = [("GET", f"{API}/no-such-route"), ("PATCH", API)]
TALK = [
    ("GET", f"{API}/discussions/1"),
    ("POST", f"{API}/discussions"),
    *(("POST", f"{API}/discussions/1/{action}") for action in ("comment", "title", "status", "merge")),
    *(("POST", f"{API}/discussions/1/comment/{1:024x}/{action}") for action in ("edit", "hide")),
    ("POST", f"{API}/preupload/main?create_pr=1"),
    ("POST", f"{API}/commit/main?create_pr=1"),
    ("GET", f"{API}/xet-write-token/None?create_pr=1"),
]
COPIES = [("POST", f"{API}/duplicate"), ("POST", f"{API}/lfs-files/duplicate")]


@pytest.fixture(autouse=True, params=["private", "hidden"])
def secret(make_repo: MakeRepo, request: pytest.FixtureRequest) -> Repo:
    repo = make_repo("secret", private=True)
    Repo.objects.filter(pk=repo.pk).update(private=request.param == "private", hidden=request.param == "hidden")
    return repo


def call(caller: Caller, method: str, address: str) -> Any:
    return caller.call(method, address, BODIES.get(address, {}))


@pytest.mark.parametrize(("method", "address"), READS + WRITES + COPIES + UNKNOWN + TALK)
def test_to_others_it_is_missing(nobody: Caller, stranger: Caller, method: str, address: str) -> None:
    before = hub_state()
    hidden = [call(caller, method, address) for caller in (nobody, stranger)]
    missing = [call(caller, method, address.replace("secret", "missing")) for caller in (nobody, stranger)]
    assert [response.status_code for response in hidden] == [401, 404]
    assert [response["X-Error-Code"] for response in hidden] == ["RepoNotFound"] * 2
    for one, other in zip(hidden, missing, strict=True):
        assert (one.status_code, one.content) == (other.status_code, other.content)
        assert {**one.headers, "X-Request-Id": ""} == {**other.headers, "X-Request-Id": ""}
    assert hub_state() == before


@pytest.mark.parametrize(("method", "address"), READS)
def test_its_owner_reads_it(owner: Caller, reader: Caller, method: str, address: str) -> None:
    for caller in (owner, reader):
        assert call(caller, method, address).status_code == 200


@pytest.mark.parametrize(("method", "address"), WRITES)
def test_a_read_token_changes_nothing(reader: Caller, method: str, address: str) -> None:
    before = hub_state()
    response = call(reader, method, address)
    assert response.status_code == 403
    assert ID in response["X-Error-Message"]
    assert hub_state() == before


@pytest.mark.parametrize(("method", "address"), READS + WRITES + COPIES + UNKNOWN + [("GET", "/api/whoami-v2")])
@pytest.mark.parametrize("public", [False, True])
def test_an_expired_or_wrong_token_is_told_so(
    expired: Caller, secret: Repo, method: str, address: str, *, public: bool
) -> None:
    Repo.objects.update(private=not public)
    before = hub_state()
    for caller in (expired, Caller("hf_wrong"), Caller("wrong")):
        response = call(caller, method, address)
        assert response.status_code == 401
        assert response["X-Error-Message"] == "Invalid credentials in Authorization header"
        assert "X-Error-Code" not in response
    assert hub_state() == before


def test_lists_and_counts_leave_it_out(nobody: Caller, stranger: Caller, owner: Caller) -> None:
    for caller, seen in ((nobody, []), (stranger, []), (owner, [ID])):
        for query in ("", "?author=alice", "?search=secret", "?filter=license:mit", "?full=true"):
            assert [row["id"] for row in caller.get(f"/api/models{query}").json()] == seen
        assert caller.get("/api/users/alice/overview").json()["numModels"] == len(seen)


def test_creating_it_again_tells_only_its_owner(owner: Caller, stranger: Caller) -> None:
    body = {"name": "secret", "organization": "alice"}
    assert owner.post("/api/repos/create", body).status_code == 409
    assert stranger.post("/api/repos/create", body).status_code == 403
    assert stranger.call("DELETE", "/api/repos/delete", body).status_code == 404


def test_its_bytes_are_open_to_nobody_else(stranger: Caller, owner: Caller) -> None:
    assert len(body_of(owner.get(f"/{ID}/resolve/main/weights.bin"))) == 256 * 40
    response = stranger.get(f"/{ID}/resolve/main/weights.bin")
    assert (response.status_code, response["X-Error-Code"]) == (404, "RepoNotFound")
    assert "X-Repo-Commit" not in response
