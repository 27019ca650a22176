"""Pages of discussions and pull requests, without any script."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.discussions.models import Event, Thread
from community.discussions.services import add_comment, open_thread
from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile, GitRepository
from models_app.pulls import services
from models_app.pulls.models import PullRequest
from models_app.repos.models import Repo
from models_app.repos.services import move_repo
from tests.models_app.hub_state import hub_state
from tests.models_app.pages.conftest import CARD, commit, make_model

AT = "/alice/tiny/discussions"


@pytest.fixture
def question(bob: User, tiny: Repo) -> Thread:
    """Bob's, number 1."""
    return open_thread(actor=Actor(user=bob), kind="repo", key=tiny.pk, title="Which data?", text="**Tell** me")


@pytest.fixture
def pull(bob: User, tiny: Repo) -> PullRequest:
    found, _sha = services.propose(
        actor=Actor(user=bob),
        repo=tiny,
        parent=None,
        summary="Better words",
        description="Please look.",
        changes=[AddFile("README.md", CARD.replace(b"*small*", b"*tiny*"))],
    )
    return found


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def test_an_empty_list_says_what_to_do(client: Client, tiny: Repo):
    page = text_of(client, AT)
    assert "Nothing is open" in page
    assert f'href="{AT}/new"' in page


def test_the_list_and_its_filters(client: Client, bob: User, question: Thread, pull: PullRequest):
    page = text_of(client, AT)
    assert page.index("Better words") < page.index("Which data?")
    assert 'Community<span class="tabs__count">2</span>' in page
    assert "Which data?" not in text_of(client, f"{AT}?type=pulls")
    assert "Better words" not in text_of(client, f"{AT}?type=discussions")
    assert "Which data?" not in text_of(client, f"{AT}?status=closed")
    Thread.objects.filter(pk=question.pk).update(status="closed")
    assert "Which data?" in text_of(client, f"{AT}?status=closed")
    assert 'Community<span class="tabs__count">1</span>' in text_of(client, "/alice/tiny")


def test_beginning(as_bob: Client, client: Client, tiny: Repo):
    assert client.get(f"{AT}/new").status_code == 302
    assert "New discussion" in text_of(as_bob, f"{AT}/new")
    response = as_bob.post(f"{AT}/new", {"title": "Which data?", "text": "**Tell** me\r\n<script>x</script>"})
    assert response["Location"] == f"{AT}/1"
    page = text_of(client, f"{AT}/1")
    assert "<strong>Tell</strong>" in page
    assert "<script>x" not in page
    assert Event.objects.get().versions.get().text == "**Tell** me\n<script>x</script>"


@pytest.mark.parametrize(
    "data", [{}, {"title": "ab", "text": "x"}, {"title": "A title", "text": " "}, {"title": "x" * 201, "text": "x"}]
)
def test_beginning_badly(as_bob: Client, tiny: Repo, data: dict[str, str]):
    before = hub_state()
    response = as_bob.post(f"{AT}/new", data)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert hub_state() == before


def test_taking_part(as_alice: Client, as_bob: Client, question: Thread):
    at = f"{AT}/1"
    acts = f"/discussions/{question.pk}"
    as_alice.post(f"{acts}/reply", {"text": "A *poem*."})
    said = Event.objects.last()
    assert said is not None
    assert "<em>poem</em>" in text_of(as_bob, at)
    assert "A *poem*." in text_of(as_alice, f"/discussions/comments/{said.pk}/edit")
    as_alice.post(f"/discussions/comments/{said.pk}/edit", {"text": "Two poems."})
    assert "edited" in text_of(as_bob, at)
    assert "Two poems." in text_of(as_alice, f"/discussions/comments/{said.pk}/hide")
    as_alice.post(f"/discussions/comments/{said.pk}/hide")
    assert "Two poems." not in text_of(as_bob, at)
    as_bob.post(f"{acts}/title", {"title": "Which poems?"})
    as_alice.post(f"{acts}/status", {"status": "closed", "text": "Done."})
    page = text_of(as_bob, at)
    assert all(
        sentence in page for sentence in ("a comment that is hidden now", "Which poems?", "Done.", "closed this")
    )
    as_bob.post(f"{acts}/status", {"status": "open"})
    assert Thread.objects.get().status == "open"


def test_what_is_offered_to_whom(client: Client, as_alice: Client, as_bob: Client, carol: User, question: Thread):
    as_carol = Client()
    as_carol.force_login(carol)
    at = f"{AT}/1"
    acts = f"/discussions/{question.pk}"
    offers = {f"{acts}/reply": "comment", f"{acts}/status": "close", f"{acts}/title": "rename"} | {
        "/edit": "e",
        "/hide": "h",
    }
    for visitor, expected in (
        (client, set()),
        (as_carol, {"comment"}),
        (as_alice, {"comment", "close", "rename", "h"}),
        (as_bob, {"comment", "close", "rename", "e", "h"}),
    ):
        page = text_of(visitor, at)
        assert {name for address, name in offers.items() if f'{address}"' in page} == expected


@pytest.mark.parametrize(
    "address",
    [
        "/discussions/{thread}/reply",
        "/discussions/{thread}/title",
        "/discussions/{thread}/status",
        f"{AT}/1/merge",
        "/discussions/comments/{event}/edit",
        "/discussions/comments/{event}/hide",
    ],
)
def test_refused(client: Client, carol: User, question: Thread, pull: PullRequest, address: str):
    as_carol = Client()
    as_carol.force_login(carol)
    address = address.format(thread=question.pk, event=question.events.earliest("pk").pk)
    before = hub_state()
    data = {"text": "", "title": "No", "status": "closed"}
    assert client.post(address, data).status_code == 302
    assert client.post(address, data)["Location"].startswith("/accounts/login/")
    assert as_carol.post(address, data).status_code in {302, 403, 422}
    assert hub_state() == before


def test_a_pull_request(client: Client, as_alice: Client, pull: PullRequest, tiny: Repo):
    page = text_of(client, f"{AT}/1")
    assert all(words in page for words in ("Better words", "refs/pr/1", "It can be merged", "--revision refs/pr/1"))
    assert f'action="{AT}/1/merge"' not in page
    files = text_of(client, f"{AT}/1/files")
    assert "1 file changed" in files
    assert '<td class="diff__text">A *tiny* model.' in files
    assert f'action="{AT}/1/merge"' in text_of(as_alice, f"{AT}/1")
    assert as_alice.post(f"{AT}/1/merge").status_code == 302
    page = text_of(as_alice, f"{AT}/1")
    assert "Merged into main as" in page
    assert "Merged into main." in page  # the message
    assert "1 file changed" in text_of(client, f"{AT}/1/files")


def test_conflicts_are_told(as_alice: Client, alice: User, pull: PullRequest, tiny: Repo):
    commit(Actor(user=alice), tiny, AddFile("README.md", CARD.replace(b"*small*", b"*little*")))
    page = text_of(as_alice, f"{AT}/1")
    assert "<li>README.md</li>" in page
    assert f'action="{AT}/1/merge"' not in page
    before = hub_state()
    as_alice.post(f"{AT}/1/merge")
    assert "“README.md” changed on both sides" in text_of(as_alice, f"{AT}/1")
    assert hub_state() == before


def test_a_draft(as_bob: Client, bob: User, tiny: Repo):
    services.open_pull(actor=Actor(user=bob), repo=tiny, title="To come", text="")
    page = text_of(as_bob, f"{AT}/1")
    assert "No commits yet" in page
    assert "Publish this draft" in page
    as_bob.post(f"/discussions/{Thread.objects.get().pk}/status", {"status": "open"})
    assert Thread.objects.get().status == "open"
    assert "No changes" in text_of(as_bob, f"{AT}/1/files")


def test_proposing_in_the_browser(client: Client, as_bob: Client, as_alice: Client, tiny: Repo):
    assert 'href="/alice/tiny/upload/main"' in text_of(client, "/alice/tiny/tree/main")
    assert client.get("/alice/tiny/upload/main").status_code == 302
    page = text_of(as_bob, "/alice/tiny/upload/main")
    assert "Open a pull request" in page
    assert "--create-pr" in page
    assert "Upload and commit" in text_of(as_alice, "/alice/tiny/upload/main")
    files = [SimpleUploadedFile("new.txt", b"new"), SimpleUploadedFile("new.bin", b"\0" * 100)]
    response = as_bob.post("/alice/tiny/upload/main", {"file": files, "folder": "more", "summary": "More files"})
    assert response["Location"] == f"{AT}/1"
    git = GitRepository.open(tiny.storage_id)
    paths = {entry.path for entry in git.entries(git.resolve("refs/pr/1"), "more")}
    assert paths == {"more/new.bin", "more/new.txt"}
    assert "more" not in {entry.path for entry in git.entries(git.resolve("main"))}
    own = "/alice/tiny/upload/refs%2Fpr%2F1"
    as_bob.post(own, {"file": [SimpleUploadedFile("second.txt", b"2")], "folder": ""}, RAW_URI=own)
    assert git.entry(git.resolve("refs/pr/1"), "second.txt").size == 1
    assert as_bob.get("/alice/tiny/upload/nothing").status_code == 404


PAGES = ["", "/new", "/1", "/1/files"]


@pytest.mark.parametrize("page", PAGES)
def test_a_private_repo_has_none_for_others(
    client: Client, as_bob: Client, as_alice: Client, alice: User, secret: Repo, page: str
):
    services.propose(
        actor=Actor(user=alice),
        repo=secret,
        parent=None,
        summary="Hidden words",
        description="x",
        changes=[AddFile("a.txt", b"a")],
    )
    for visitor in (client, as_bob):
        response = visitor.get(f"/alice/secret/discussions{page}")
        assert response.status_code in ({404} if visitor is as_bob else {302, 404})
        assert "Hidden words" not in response.content.decode()
    if page in {"", "/1", "/1/files"}:
        assert "Hidden words" in text_of(as_alice, f"/alice/secret/discussions{page}")


@pytest.mark.parametrize("count", [1, 8])
def test_fixed_numbers_of_queries(
    client: Client,
    alice: User,
    bob: User,
    tiny: Repo,
    question: Thread,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
):
    for number in range(count):
        add_comment(actor=Actor(user=alice), thread=question, text=f"Comment {number}")
        open_thread(actor=Actor(user=bob), kind="repo", key=tiny.pk, title=f"Thread {number}", text="x")
    with django_assert_num_queries(5):  # the repo, counts, the page, open ones for the tab, suspensions
        client.get(AT)
    # The repo, the thread, its pull request, the number of events, a page of them, versions, reactions, open ones.
    with django_assert_num_queries(10):
        client.get(f"{AT}/1")


def test_pages_of_a_list(client: Client, bob: User, tiny: Repo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("models_app.pages.discussions.PAGE_SIZE", 1)
    for number in range(2):
        open_thread(actor=Actor(user=bob), kind="repo", key=tiny.pk, title=f"Thread {number}", text="x")
    page = text_of(client, AT)
    assert "Thread 1" in page
    assert "Thread 0" not in page
    cursor = page.partition("cursor=")[2].partition('"')[0]
    assert "Thread 0" in text_of(client, f"{AT}?cursor={cursor}")
    assert client.get(f"{AT}?cursor=nonsense").status_code == 400


def test_the_address_from_before_a_move(client: Client, alice: User, tiny: Repo, question: Thread):
    move_repo(actor=Actor(user=alice), repo=tiny, namespace="alice", name="tinier")
    assert client.get(f"{AT}/1")["Location"] == "/alice/tinier/discussions/1"
    assert "Which data?" in text_of(client, "/alice/tinier/discussions/1")


def test_pages_of_a_thread(
    client: Client, as_bob: Client, alice: User, question: Thread, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("community.discussions.timeline.MAX_EVENTS", 2)
    for number in range(3):
        add_comment(actor=Actor(user=alice), thread=question, text=f"Answer {number}")
    first, second = text_of(client, f"{AT}/1"), text_of(client, f"{AT}/1?page=2")
    assert "Answer 0" in first
    assert "Answer 1" not in first
    assert 'href="?page=2"' in first
    assert "Answer 1" in second
    assert 'href="?page=1"' in second
    said = as_bob.post(f"/discussions/{question.pk}/reply", {"text": "Thanks."})["Location"]
    assert said == f"{AT}/1?page=3#event-{Event.objects.latest('pk').pk}"
    assert "Thanks." in text_of(client, f"{AT}/1?page=9")  # the last one there is


def test_datasets_too(client: Client, alice: User, bob: User):
    repo = make_model(alice, "data")
    Repo.objects.filter(pk=repo.pk).update(kind="dataset")
    repo.refresh_from_db()
    open_thread(actor=Actor(user=bob), kind="repo", key=repo.pk, title="Rows?", text="x")
    assert "/datasets/alice/data/discussions/1" in text_of(client, "/datasets/alice/data/discussions")
    assert "Rows?" in text_of(client, "/datasets/alice/data/discussions/1")
