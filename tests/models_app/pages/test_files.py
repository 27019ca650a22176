import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile, GitRepository
from models_app.pages.file_views import MAX_TEXT
from models_app.repos.models import Repo
from tests.models_app.pages.conftest import add_large, commit


def test_a_folder_lists_its_files(client: Client, alice: User, tiny: Repo):
    commit(Actor(user=alice), tiny, AddFile("notes/a.txt", b"a"), summary="Add a note")
    page = client.get("/alice/tiny/tree/main").content.decode()
    assert page.index("/tree/main/notes") < page.index("/blob/main/.gitattributes")  # folders first
    assert "Add a note" in page
    assert "LFS" in page
    assert "/alice/tiny/resolve/main/model.safetensors?download=true" in page
    assert "/blob/main/notes/a.txt" in client.get("/alice/tiny/tree/main/notes").content.decode()


def test_branches_and_tags_with_slashes(client: Client, tiny: Repo):
    git = GitRepository.open(tiny.storage_id)
    git.create_branch("try/one", "main")
    git.create_tag("v1.0", "main")
    page = client.get("/alice/tiny/tree/main").content.decode()
    assert "/alice/tiny/tree/try%2Fone" in page
    assert "/alice/tiny/tree/v1.0" in page
    assert client.get("/alice/tiny/tree/try%252Fone").status_code == 200  # the test client decodes once


@pytest.mark.parametrize("path", ["tree/nothing", "tree/main/nothing", "blob/main/nothing", "tree/main/README.md"])
def test_what_is_not_there(client: Client, tiny: Repo, path: str):
    assert client.get(f"/alice/tiny/{path}").status_code == 404


def test_a_folder_under_blob_leads_to_its_tree(client: Client, alice: User, tiny: Repo):
    commit(Actor(user=alice), tiny, AddFile("notes/a.txt", b"a"))
    response = client.get("/alice/tiny/blob/main/notes")
    assert (response.status_code, response["Location"]) == (302, "/alice/tiny/tree/main/notes")


def test_source_is_coloured_and_escaped(client: Client, alice: User, tiny: Repo):
    commit(Actor(user=alice), tiny, AddFile("train.py", b'x = "<b>"  # <script>\n'))
    page = client.get("/alice/tiny/blob/main/train.py").content.decode()
    assert '<span class="c1"># &lt;script&gt;</span>' in page
    assert 'href="#L-1"' in page
    assert "style=" not in page


def test_prose_and_its_source(client: Client, tiny: Repo):
    assert "<em>small</em>" in client.get("/alice/tiny/blob/main/README.md").content.decode()
    assert "license" in client.get("/alice/tiny/blob/main/README.md?source").content.decode()


def test_weights_are_a_table(client: Client, tiny: Repo):
    page = client.get("/alice/tiny/blob/main/model.safetensors").content.decode()
    assert "4 × 5" in page
    assert '<dd title="26">26</dd>' in page


def test_a_lying_header_is_only_offered_for_download(client: Client, alice: User, tiny: Repo):
    add_large(Actor(user=alice), tiny, "bad.safetensors", b"\xff" * 100)
    page = client.get("/alice/tiny/blob/main/bad.safetensors").content.decode()
    assert "cannot be read" in page
    assert "/alice/tiny/resolve/main/bad.safetensors?download=true" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x00\x01", "This file is not text."),
        (b"\xff\xfe", "This file is not text."),
        (b"a" * (MAX_TEXT + 1), "too large to be shown"),
    ],
)
def test_what_cannot_be_shown(client: Client, alice: User, tiny: Repo, content: bytes, sentence: str):
    commit(Actor(user=alice), tiny, AddFile("data.xyz", content))
    assert sentence in client.get("/alice/tiny/blob/main/data.xyz").content.decode()


def test_pictures(client: Client, alice: User, tiny: Repo):
    commit(Actor(user=alice), tiny, AddFile("loss.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
    page = client.get("/alice/tiny/blob/main/loss.svg").content.decode()
    assert '<img src="/alice/tiny/resolve/main/loss.svg"' in page


def test_a_fixed_number_of_queries(
    client: Client, alice: User, tiny: Repo, django_assert_max_num_queries: DjangoAssertNumQueries
):
    with django_assert_max_num_queries(5):
        client.get("/alice/tiny/tree/main")
    commit(Actor(user=alice), tiny, *(AddFile(f"{n}.txt", b"note") for n in range(30)))
    with django_assert_max_num_queries(5):
        client.get("/alice/tiny/tree/main")
