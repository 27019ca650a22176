"""Move, duplicate, branches and tags, large files: in the browser."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile, DeleteFile, GitRepository
from models_app.repos.access import set_gate
from models_app.repos.models import Repo
from models_app.repos.services import create_repo, create_tag
from tests.factories.members import OrganizationFactory
from tests.models_app.hub_state import hub_state
from tests.models_app.pages.conftest import add_large, commit


def test_move(as_alice: Client, client: Client, tiny: Repo, alice: User):
    OrganizationFactory(name="lab", admin=alice)
    response = as_alice.post("/alice/tiny/settings/move", {"owner": "lab", "name": "Small"})
    assert (response.status_code, response["Location"]) == (302, "/lab/Small/settings")
    for page in ("", "/tree/main", "/blob/main/README.md?source", "/commits/main", "/evaluation"):
        moved = client.get(f"/alice/tiny{page}")
        assert (moved.status_code, moved["Location"]) == (307, f"/lab/Small{page}")
    assert as_alice.post("/alice/tiny/settings/visibility", {"visibility": "private"}).status_code == 302
    assert client.get("/alice/tiny").status_code == 404


@pytest.mark.parametrize(
    "place",
    [{}, {"owner": "bob", "name": "tiny"}, {"owner": "alice", "name": "a--b"}, {"owner": "alice", "name": "other"}],
)
def test_a_move_that_is_not_possible(as_alice: Client, tiny: Repo, secret: Repo, bob: User, place: dict[str, str]):
    as_alice.post("/alice/secret/settings/move", {"owner": "alice", "name": "other"})
    before = hub_state()
    assert as_alice.post("/alice/tiny/settings/move", place).status_code == 422
    assert hub_state() == before


def test_duplicate(as_bob: Client, tiny: Repo):
    assert 'value="tiny"' in as_bob.get("/alice/tiny/duplicate").content.decode()
    form = {"owner": "bob", "name": "copy", "visibility": "private"}
    response = as_bob.post("/alice/tiny/duplicate", form)
    assert (response.status_code, response["Location"]) == (302, "/bob/copy")
    copy = Repo.objects.get(namespace__name="bob")
    tiny.refresh_from_db()
    assert (copy.private, copy.head_sha, copy.parameter_count) == (True, tiny.head_sha, 26)
    before = hub_state()
    for wrong in (form, form | {"owner": "alice"}, form | {"name": "a--b"}, form | {"visibility": ""}):
        assert as_bob.post("/alice/tiny/duplicate", wrong).status_code == 422
    assert hub_state() == before


def test_who_may_not_duplicate(client: Client, as_bob: Client, tiny: Repo, secret: Repo, alice: User):
    assert client.get("/alice/tiny/duplicate")["Location"].startswith("/accounts/login/")
    assert as_bob.get("/alice/secret/duplicate").status_code == 404
    set_gate(actor=Actor(user=alice), repo=tiny, gate="manual")
    form = {"owner": "bob", "name": "copy", "visibility": "public"}
    assert as_bob.get("/alice/tiny/duplicate").status_code == 403
    assert as_bob.post("/alice/tiny/duplicate", form).status_code == 403
    assert Repo.objects.count() == 2


def test_branches_and_tags(as_alice: Client, tiny: Repo):
    base = "/alice/tiny/settings/references"
    git = GitRepository.open(tiny.storage_id)
    for form in (
        {"sort": "branch", "name": "a/b", "start": "main"},
        {"sort": "tag", "name": "v1", "start": "a/b"},
    ):
        assert as_alice.post(f"{base}/create", form).status_code == 302
    page = as_alice.get(base).content.decode()
    assert "/alice/tiny/tree/a%2Fb" in page
    assert "/alice/tiny/tree/v1" in page
    assert as_alice.post(f"{base}/branch/squash", {"name": "a/b"}).status_code == 302
    assert len(git.history(git.resolve("a/b"))) == 1
    assert as_alice.post(f"{base}/branch/delete", {"name": "a/b"}).status_code == 302
    assert as_alice.post(f"{base}/tag/delete", {"name": "v1"}).status_code == 302
    assert [ref.ref for ref in git.refs("refs/")] == ["refs/heads/main"]


def test_references_that_cannot_be(as_alice: Client, tiny: Repo):
    base = "/alice/tiny/settings/references"
    before = hub_state()
    for form in (
        {"sort": "branch", "name": "main", "start": "main"},
        {"sort": "tag", "name": "a b", "start": "main"},
        {"sort": "tag", "name": "v1", "start": "none"},
        {"sort": "note", "name": "v1", "start": "main"},
        {},
    ):
        assert as_alice.post(f"{base}/create", form).status_code == 422
    for action, name, status in (
        ("branch/delete", "main", 400),
        ("branch/delete", "none", 404),
        ("branch/squash", "nul\0", 404),
        ("tag/delete", "", 404),
        ("tag/squash", "v1", 404),
    ):
        assert as_alice.post(f"{base}/{action}", {"name": name}).status_code == status
    assert hub_state() == before


def test_large_files(as_alice: Client, tiny: Repo, alice: User):
    add_large(Actor(user=alice), tiny, "old.bin", b"old" * 100)
    create_tag(actor=Actor(user=alice), repo=tiny, name="v1", target="main", message="")
    commit(Actor(user=alice), tiny, DeleteFile("old.bin"))
    page = as_alice.get("/alice/tiny/settings/large-files").content.decode()
    assert page.index("old.bin") < page.index("model.safetensors")
    assert "2 large files of all times" in page
    git = GitRepository.open(tiny.storage_id)
    (doomed,) = {file.pointer.sha256 for file in git.large_files() if file.path == "old.bin"}
    response = as_alice.post("/alice/tiny/settings/large-files/delete", {"sha256": [doomed, "nul\0"]})
    assert response.status_code == 302
    assert [file.path for file in git.large_files()] == ["model.safetensors"]
    page = as_alice.get("/alice/tiny/settings/large-files").content.decode()
    assert "old.bin" not in page
    assert "1 large file of all times" in page


def test_a_repo_without_large_files(as_alice: Client, secret: Repo):
    assert "No large files" in as_alice.get("/alice/secret/settings/large-files").content.decode()


@pytest.mark.parametrize("repo", ["tiny", "secret"])
def test_pages_of_writers(client: Client, as_bob: Client, tiny: Repo, secret: Repo, repo: str):
    before = hub_state()
    settings = f"/alice/{repo}/settings"
    for visitor, status in ((client, 302), (as_bob, 403 if repo == "tiny" else 404)):
        for page in ("references", "large-files"):
            assert visitor.get(f"{settings}/{page}").status_code == status
        for action in (
            "move",
            "gate",
            "references/create",
            "references/branch/squash",
            "references/branch/delete",
            "large-files/delete",
        ):
            assert visitor.post(f"{settings}/{action}", {"name": "main"}).status_code == status
    assert hub_state() == before


def test_the_history_of_a_file(client: Client, tiny: Repo, alice: User):
    commit(Actor(user=alice), tiny, AddFile("docs/a.txt", b"a"), summary="Write a")
    page = client.get("/alice/tiny/commits/main", {"path": "docs/a.txt"}).content.decode()
    assert "Write a" in page
    assert "initial commit" not in page
    for odd in ("none", "../x", "nul\0", "/", "docs//a.txt", "a" * 5000):
        response = client.get("/alice/tiny/commits/main", {"path": odd})
        assert response.status_code == 200


@pytest.mark.parametrize("page", ["/settings", "/settings/large-files", "/settings/references", "/duplicate"])
def test_pages_cost_the_same_at_any_size(
    as_alice: Client, tiny: Repo, alice: User, django_assert_num_queries: DjangoAssertNumQueries, page: str
):
    as_alice.get(f"/alice/tiny{page}")
    with CaptureQueriesContext(connection) as few:
        assert as_alice.get(f"/alice/tiny{page}").status_code == 200
    for number in range(5):
        add_large(Actor(user=alice), tiny, f"{number}.bin", b"%d" % number * 100)
        create_tag(actor=Actor(user=alice), repo=tiny, name=f"v{number}", target="main", message="")
        create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name=f"other-{number}", private=False)
    with django_assert_num_queries(len(few)):
        as_alice.get(f"/alice/tiny{page}")
