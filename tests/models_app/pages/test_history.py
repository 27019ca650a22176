from django.test import Client

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile, DeleteFile, GitRepository
from models_app.pages.history import PAGE_SIZE
from models_app.repos.models import Repo
from tests.models_app.pages.conftest import commit


def test_commits_newest_first(client: Client, alice: User, tiny: Repo):
    commit(Actor(user=alice), tiny, AddFile("a.txt", b"a"), summary="Add a")
    page = client.get("/alice/tiny/commits/main").content.decode()
    assert page.index("Add a") < page.index("Upload model.safetensors") < page.index("initial commit")
    assert "4 commits" in page


def test_older_commits_are_a_page_away(client: Client, alice: User, tiny: Repo):
    git = GitRepository.open(tiny.storage_id)
    for number in range(PAGE_SIZE):
        commit(Actor(user=alice), tiny, AddFile("a.txt", b"%d" % number), summary=f"Step {number}")
    assert git.count_history(git.resolve("main")) == PAGE_SIZE + 3
    first = client.get("/alice/tiny/commits/main").content.decode()
    second = client.get("/alice/tiny/commits/main?page=2").content.decode()
    assert "initial commit" not in first
    assert "?page=2" in first
    assert "initial commit" in second
    assert "?page=1" in second


def test_a_strange_page_number_is_the_first_page(client: Client, tiny: Repo):
    for number in ("0", "-1", "x", "²", "9" * 30):
        assert client.get("/alice/tiny/commits/main", {"page": number}).status_code == 200


def test_a_commit_shows_the_lines_it_changed(client: Client, alice: User, tiny: Repo):
    actor = Actor(user=alice)
    commit(actor, tiny, AddFile("a.txt", b"one\ntwo\n"))
    sha = commit(actor, tiny, AddFile("a.txt", b"one\n<three>\n"), summary="Change a")
    page = client.get(f"/alice/tiny/commit/{sha}").content.decode()
    assert "1 file changed" in page
    assert '<tr class="diff__removed"><td class="diff__number">2</td>' in page
    assert '<td class="diff__text">&lt;three&gt;</td>' in page


def test_a_large_file_is_compared_by_size(client: Client, tiny: Repo):
    sha = GitRepository.open(tiny.storage_id).resolve("main")
    page = client.get(f"/alice/tiny/commit/{sha}").content.decode()
    assert "Large file: only its size and hash are compared." in page


def test_a_deleted_file_has_no_link(client: Client, alice: User, tiny: Repo):
    sha = commit(Actor(user=alice), tiny, DeleteFile("config.json"), summary="Drop the configuration")
    page = client.get(f"/alice/tiny/commit/{sha}").content.decode()
    assert "deleted" in page
    assert f"/blob/{sha}/config.json" not in page


def test_the_first_commit(client: Client, tiny: Repo):
    git = GitRepository.open(tiny.storage_id)
    first = git.history(git.resolve("main"))[-1]
    page = client.get(f"/alice/tiny/commit/{first.sha}").content.decode()
    assert "initial commit" in page
    assert "1 file changed" in page
