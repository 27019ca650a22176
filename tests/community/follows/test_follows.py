"""Follows: services, pages, and what they show of members who left."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.follows.models import Follow
from community.follows.queries import followed_among, followed_by, followers_of, is_following
from community.follows.services import follow, unfollow
from community.members.actors import ANONYMOUS, Actor
from community.members.errors import NotAllowed
from community.members.models import User
from hub.core.errors import Invalid, Unauthenticated
from tests.factories.members import AccessTokenFactory, MemberFactory, OrganizationFactory


def test_follow_and_unfollow_count_once(alice: User, bob: User):
    actor = Actor(user=alice)
    for _ in range(2):
        follow(actor=actor, namespace=bob.namespace)
    assert Follow.objects.count() == 1
    assert is_following(actor, bob.namespace)
    assert not is_following(Actor(user=bob), alice.namespace)
    for _ in range(2):
        unfollow(actor=actor, namespace=bob.namespace)
    assert not Follow.objects.exists()


def test_organisations_are_followed_too(alice: User, bob: User):
    lab = OrganizationFactory(name="lab", admin=bob)
    follow(actor=Actor(user=alice), namespace=lab.namespace)
    assert [row.follower for row in followers_of(lab.namespace)] == [alice]
    assert [row.namespace.owner for row in followed_by(alice)] == [lab]


def test_nobody_follows_oneself(alice: User):
    with pytest.raises(Invalid):
        follow(actor=Actor(user=alice), namespace=alice.namespace)
    assert not Follow.objects.exists()


def test_who_may_not(alice: User, bob: User):
    reading = Actor(user=alice, token=AccessTokenFactory(user=alice, kind="read"))
    for actor, refusal in ((ANONYMOUS, Unauthenticated), (reading, NotAllowed)):
        with pytest.raises(refusal):
            follow(actor=actor, namespace=bob.namespace)
    assert not Follow.objects.exists()


def test_who_left_is_in_no_list(alice: User, bob: User):
    follow(actor=Actor(user=alice), namespace=bob.namespace)
    follow(actor=Actor(user=bob), namespace=alice.namespace)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert not followers_of(alice.namespace).exists()
    assert not followed_by(alice).exists()


def test_followed_among_asks_nothing_for_strangers(alice: User, django_assert_num_queries: DjangoAssertNumQueries):
    with django_assert_num_queries(0):
        assert followed_among(ANONYMOUS, [1]) == set()


class TestPages:
    @pytest.mark.usefixtures("bob")
    def test_the_button(self, alice: User):
        client = Client()
        client.force_login(alice)
        assert ">Follow</button>" in client.get("/bob").content.decode()
        assert client.post("/community/Bob/follow", {"follow": "1"}).headers["Location"] == "/bob"
        page = client.get("/bob").content.decode()
        assert ">Following</button>" in page
        assert "1 follower<" in page
        client.post("/community/bob/follow", {"follow": "0"})
        assert "0 followers" in client.get("/bob").content.decode()

    def test_not_on_ones_own_page_and_not_without_a_session(self, client: Client, alice: User):
        assert "/accounts/login/?next=/alice" in client.get("/alice").content.decode()
        assert client.post("/community/alice/follow").status_code == 302
        client.force_login(alice)
        assert 'action="/community/alice/follow"' not in client.get("/alice").content.decode()
        assert client.post("/community/alice/follow").status_code == 400
        assert not Follow.objects.exists()

    def test_the_lists(self, client: Client, alice: User, bob: User):
        lab = OrganizationFactory(name="lab", admin=bob)
        for namespace in (bob.namespace, lab.namespace):
            follow(actor=Actor(user=alice), namespace=namespace)
        assert 'href="/alice"' in client.get("/community/lab/followers").content.decode()
        following = client.get("/community/alice/following").content.decode()
        assert 'href="/bob"' in following
        assert 'href="/lab"' in following
        assert "They follow nobody yet" in client.get("/community/bob/following").content.decode()
        for missing in ("/community/nobody/followers", "/community/lab/following"):
            assert client.get(missing).status_code == 404

    def test_a_fixed_number_of_queries(
        self, client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
    ):
        for size in (1, 20):
            for member in MemberFactory.create_batch(size):
                follow(actor=Actor(user=member), namespace=alice.namespace)
                follow(actor=Actor(user=alice), namespace=member.namespace)
            with django_assert_num_queries(2):  # whose page, the people
                client.get("/community/alice/followers")
            with django_assert_num_queries(2):
                client.get("/community/alice/following")
