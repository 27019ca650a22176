"""Datasets and spaces have the pages that models have; a space's say that the hub only keeps its files."""

import pytest
from django.test import Client

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.models_app.pages.conftest import commit

PAGES = ["", "/tree/main", "/blob/main/app.py", "/commits/main", "/commit/main"]


def make(alice: User, kind: str, *, private: bool = False) -> Repo:
    actor = Actor(user=alice)
    repo = create_repo(actor=actor, kind=kind, namespace="alice", name="garden", private=private)
    commit(actor, repo, AddFile("README.md", b"---\nlicense: mit\n---\n# Garden\n"), AddFile("app.py", b"x = 1\n"))
    return repo


@pytest.mark.parametrize("kind", ["dataset", "space"])
@pytest.mark.parametrize("page", PAGES)
def test_pages(client: Client, alice: User, kind: str, page: str):
    make(alice, kind)
    assert client.get(f"/{kind}s/alice/garden{page}").status_code == 200
    assert client.get(f"/alice/garden{page}").status_code == 404


@pytest.mark.parametrize("kind", ["dataset", "space"])
def test_a_private_one_is_its_owners(client: Client, as_bob: Client, as_alice: Client, alice: User, kind: str):
    make(alice, kind, private=True)
    for page in (f"/{kind}s", f"/{kind}s?q=garden"):
        assert f"/{kind}s/alice/garden" in as_alice.get(page).content.decode()
        for visitor in (client, as_bob):
            assert f"/{kind}s/alice/garden" not in visitor.get(page).content.decode()
    for page in PAGES:
        assert as_bob.get(f"/{kind}s/alice/garden{page}").status_code == 404


@pytest.mark.parametrize(
    ("kind", "number", "use", "code"),
    [
        ("dataset", "1 dataset", "Use this dataset", "load_dataset(&quot;alice/garden&quot;)"),
        ("space", "1 space", "Get the files", "hf download --repo-type space alice/garden"),
    ],
)
def test_their_own_words(client: Client, alice: User, kind: str, number: str, use: str, code: str):
    empty = client.get(f"/{kind}s").content.decode()
    assert f"No {kind}s yet" in empty
    assert f"hf upload me/my-{kind} ./folder --repo-type {kind}" in empty
    make(alice, kind)
    assert number in client.get(f"/{kind}s").content.decode()
    page = client.get(f"/{kind}s/alice/garden").content.decode()
    assert use in page
    assert code in page
    assert ("It does not run it." in page) is (kind == "space")


@pytest.mark.parametrize("kind", ["dataset", "space"])
def test_made_in_the_browser(as_alice: Client, kind: str):
    page = as_alice.get(f"/new?kind={kind}").content.decode()
    assert f"<h1>New {kind}</h1>" in page
    assert f'value="{kind}" required id="id_kind_{1 if kind == "dataset" else 2}" checked' in page.replace("  ", " ")
    form = {"owner": "alice", "name": "fresh", "kind": kind, "licence": "MIT", "visibility": "public"}
    assert as_alice.post("/new", form)["Location"] == f"/{kind}s/alice/fresh"


def test_an_unknown_kind_in_the_address_is_a_model(as_alice: Client):
    assert "<h1>New model</h1>" in as_alice.get("/new?kind=nonsense").content.decode()
