"""Move a repo: its old addresses lead to the new ones."""

from typing import Any

import pytest

from community.members.models import User
from models_app.repos.models import Repo, RepoAlias
from tests.factories.members import OrganizationFactory
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, MakeRepo, file_line, header
from tests.models_app.hub_state import hub_state

URL = "http://127.0.0.1:8000"
READS = [
    "/api/models/alice/tiny",
    "/api/models/alice/tiny?expand=sha&expand=tags",
    "/api/models/alice/tiny/revision/refs%2Fheads%2Fmain",
    "/api/models/alice/tiny/tree/main/nested?recursive=true",
    "/api/models/alice/tiny/commits/main",
    "/api/models/alice/tiny/auth-check",
    "/alice/tiny/resolve/main/nested/what%3F%20100%25.txt?download=true",
    "/alice/tiny/raw/main/README.md",
]


def move(caller: Caller, source: str, target: str, kind: str = "model") -> Any:
    return caller.post("/api/repos/move", {"fromRepo": source, "toRepo": target, "type": kind})


@pytest.fixture
def moved(owner: Caller, alice: User, repo: Repo) -> Repo:
    OrganizationFactory(name="lab", admin=alice)
    assert move(owner, "alice/tiny", "lab/Small").json()["url"] == f"{URL}/lab/Small"
    repo.refresh_from_db()
    return repo


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("address", READS)
def test_reads_are_sent_on(nobody: Caller, moved: Repo, method: str, address: str) -> None:
    response = nobody.call(method, address)
    assert (response.status_code, response["Location"]) == (307, address.replace("alice/tiny", "lab/Small"))
    assert "X-Repo-Commit" not in response
    final = nobody.call(method, response["Location"])
    assert final.status_code == 200
    assert final.get("X-Repo-Commit", moved.head_sha) == moved.head_sha


def test_datasets_keep_their_prefix(owner: Caller, nobody: Caller, make_repo: MakeRepo) -> None:
    make_repo("words", kind="dataset")
    assert move(owner, "alice/words", "alice/texts", "dataset").json()["url"] == f"{URL}/datasets/alice/texts"
    for old in ("/datasets/alice/words/resolve/main/README.md", "/api/datasets/alice/words"):
        assert nobody.get(old)["Location"] == old.replace("words", "texts")


def test_writes_are_served_in_place(owner: Caller, moved: Repo) -> None:
    assert owner.post("/api/models/alice/tiny/branch/draft").status_code == 200
    commit = owner.commit("/api/models/alice/tiny/commit/main", header(), file_line("new.txt", b"new"))
    assert commit.json()["commitUrl"].startswith(f"{URL}/lab/Small/commit/")
    assert body_of(owner.get("/lab/Small/resolve/main/new.txt")) == b"new"
    batch = {"operation": "download", "objects": [{"oid": "0" * 64, "size": 1}]}
    assert owner.post("/alice/tiny.git/info/lfs/objects/batch", batch).status_code == 200
    assert len(body_of(owner.get("/lab/Small/resolve/main/weights.bin"))) == len(WEIGHTS)


def test_an_old_name_deletes_nothing(owner: Caller, moved: Repo) -> None:
    assert refusal(owner.call("DELETE", "/api/repos/delete", {"name": "tiny"}))[:2] == (404, "RepoNotFound")
    assert Repo.objects.filter(pk=moved.pk).exists()


def test_the_old_name_can_be_taken(owner: Caller, nobody: Caller, moved: Repo) -> None:
    assert owner.post("/api/repos/create", {"name": "tiny"}).status_code == 200
    assert nobody.get("/api/models/alice/tiny").json()["id"] == "alice/tiny"
    assert not RepoAlias.objects.exists()


def test_the_target_exists(owner: Caller, make_repo: MakeRepo, repo: Repo) -> None:
    make_repo("other")
    before = hub_state()
    response = move(owner, "alice/tiny", "alice/OTHER")
    assert refusal(response)[0] == 409
    assert response.json()["error"].startswith("A model repository called alice/other already exists")
    assert hub_state() == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"fromRepo": "alice/tiny", "toRepo": "bob/tiny"}, 403),
        ({"fromRepo": "alice/tiny", "toRepo": "tiny"}, 400),
        ({"fromRepo": "alice/tiny", "toRepo": "a/b/c"}, 400),
        ({"fromRepo": "alice/tiny", "toRepo": None}, 400),
        ({"fromRepo": ["alice/tiny"], "toRepo": "alice/x"}, 400),
        ({"fromRepo": "alice/none", "toRepo": "alice/x"}, 404),
        ({"fromRepo": "alice/tiny", "toRepo": "alice/x", "type": "dataset"}, 404),
        ({"fromRepo": "alice/tiny", "toRepo": "alice/x", "type": "bucket"}, 400),
        ({"fromRepo": "alice/tiny", "toRepo": "alice/..", "type": "model"}, 400),
        ([], 400),
    ],
)
def test_move_badly(owner: Caller, bob: User, repo: Repo, body: Any, status: int) -> None:
    before = hub_state()
    assert refusal(owner.post("/api/repos/move", body))[0] == status
    assert hub_state() == before


def test_others_move_nothing(nobody: Caller, stranger: Caller, reader: Caller, repo: Repo) -> None:
    before = hub_state()
    for caller, status in ((nobody, 401), (stranger, 403), (reader, 403)):
        assert refusal(move(caller, "alice/tiny", "bob/tiny"))[0] == status
    assert hub_state() == before


def test_the_old_name_of_a_private_repo_is_missing(
    stranger: Caller, nobody: Caller, moved: Repo, owner: Caller
) -> None:
    Repo.objects.update(private=True)
    for address in READS:
        for caller in (nobody, stranger):
            hidden, missing = caller.get(address), caller.get(address.replace("tiny", "none"))
            assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
            assert "Location" not in hidden
        assert owner.get(address).status_code == 307
