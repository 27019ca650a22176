from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.models import User
from models_app.likes.models import Like
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import MemberFactory


def test_the_button_works_without_scripts(as_bob: Client, tiny: Repo):
    assert 'aria-pressed="false"' in as_bob.get("/alice/tiny").content.decode()
    assert as_bob.post("/alice/tiny/like", {"like": "1"}).headers["Location"] == "/alice/tiny"
    page = as_bob.get("/alice/tiny").content.decode()
    assert 'aria-pressed="true"' in page
    assert 'aria-label="1 like"' in page
    assert 'href="/bob"' in as_bob.get("/alice/tiny/likes").content.decode()
    assert 'href="/alice/tiny"' in as_bob.get("/likes/bob").content.decode()
    as_bob.post("/alice/tiny/like", {"like": "0"})
    assert not Like.objects.exists()
    assert "Nobody has liked it yet" in as_bob.get("/alice/tiny/likes").content.decode()
    assert "No likes yet" in as_bob.get("/likes/bob").content.decode()


def test_without_a_session_it_leads_to_the_sign_in(client: Client, tiny: Repo):
    assert "/accounts/login/?next=/alice/tiny" in client.get("/alice/tiny").content.decode()
    assert client.post("/alice/tiny/like").status_code == 302
    assert not Like.objects.exists()


def test_a_private_repo_is_liked_and_listed_by_its_readers_only(
    client: Client, as_bob: Client, as_alice: Client, secret: Repo
):
    assert as_bob.post("/alice/secret/like").status_code == 404
    assert as_alice.post("/alice/secret/like").status_code == 302
    for visitor in (client, as_bob):
        assert visitor.get("/alice/secret/likes").status_code == 404
        assert "secret" not in visitor.get("/likes/alice").content.decode()
        assert "0 likes" in visitor.get("/alice").content.decode()
    assert "/alice/secret" in as_alice.get("/likes/alice").content.decode()
    assert "1 like<" in as_alice.get("/alice").content.decode()


def test_a_fixed_number_of_queries(client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries):
    repo = RepoFactory(creator=alice, name="many")
    for size in (1, 20):
        for member in MemberFactory.create_batch(size):
            Like.objects.create(user=member, repo=repo)
            Like.objects.create(user=alice, repo=RepoFactory(creator=member))
        with django_assert_num_queries(4):  # the repo, its likers, its open discussions, suspensions
            client.get("/alice/many/likes")
        with django_assert_num_queries(2):  # the member, the repos
            client.get("/likes/alice")
