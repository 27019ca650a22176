"""What visitors and owners see of what was found in files."""

import pytest
from django.test import Client

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile
from models_app.repos.models import Repo
from models_app.scanning.services import scan_waiting
from tests.models_app.pages.conftest import commit
from tests.models_app.scanning import samples

TOKEN = samples.TOKENS["GitHub Token"]
FILES = {
    "evil.pkl": samples.EVIL,
    "own.pkl": samples.CUSTOM,
    "plain.pkl": samples.HARMLESS,
    "train.py": f"x = 1\ntoken = '{TOKEN}'\n".encode(),
}


@pytest.fixture
def filled(alice: User, tiny: Repo) -> Repo:
    commit(Actor(user=alice), tiny, *(AddFile(*item) for item in FILES.items()))
    return tiny


@pytest.fixture
def scanned(filled: Repo) -> Repo:
    scan_waiting(seconds=30)
    return filled


def text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_badges_beside_files(client: Client, scanned: Repo):
    page = text(client, "/alice/tiny/tree/main")
    row = page.split("evil.pkl</span>")[1].split("</th>")[0]
    assert "badge--red" in row
    assert "unsafe" in row
    assert "suspicious" in page.split("own.pkl</span>")[1].split("</th>")[0]
    assert "Checked, nothing found" in page.split("README.md</span>")[1].split("</th>")[0]


def test_files_that_wait(client: Client, filled: Repo):
    assert "waiting to be checked" in text(client, "/alice/tiny/tree/main")
    assert "This file waits for its checks." in text(client, "/alice/tiny/blob/main/evil.pkl")
    assert "8 files wait for their checks." in text(client, "/alice/tiny")


def test_the_file_page_says_why(client: Client, scanned: Repo):
    evil = text(client, "/alice/tiny/blob/main/evil.pkl")
    assert "Loading it imports posix.system." in evil
    assert '<th scope="row" class="mono">posix.system</th> <td><span class="badge badge--red">dangerous' in evil
    assert "It holds a pickle that imports nothing." in text(client, "/alice/tiny/blob/main/plain.pkl")
    assert "Nothing in it runs code when it is loaded." in text(client, "/alice/tiny/blob/main/config.json")


def test_the_first_page_warns(client: Client, scanned: Repo):
    page = text(client, "/alice/tiny")
    assert "Do not load these files." in page
    assert "evil.pkl</a>: Loading it imports posix.system." in page
    assert "2 of 8 files need care before they are loaded." in page


def test_a_clean_repo(client: Client, tiny: Repo):
    scan_waiting(seconds=30)
    page = text(client, "/alice/tiny")
    assert "4 files checked, nothing found." in page
    assert "Do not load" not in page


@pytest.mark.parametrize("address", ["/alice/tiny", "/alice/tiny/blob/main/train.py"])
def test_secrets_are_for_those_who_may_write(
    client: Client, as_bob: Client, as_alice: Client, scanned: Repo, address: str
):
    for visitor in (client, as_bob):
        assert "GitHub Token" not in text(visitor, address)
    page = text(as_alice, address)
    assert "ine 2: GitHub Token" in page
    if address == "/alice/tiny":
        assert TOKEN not in page


def test_a_private_repo_shows_its_checks_to_its_owner_alone(
    client: Client, as_bob: Client, as_alice: Client, alice: User, secret: Repo
):
    commit(Actor(user=alice), secret, AddFile("evil.pkl", samples.EVIL))
    scan_waiting(seconds=30)
    for address in ("/alice/secret", "/alice/secret/blob/main/evil.pkl"):
        assert "posix.system" in text(as_alice, address)
        for visitor in (client, as_bob):
            assert visitor.get(address).status_code == 404
