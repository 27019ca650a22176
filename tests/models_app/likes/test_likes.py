"""Likes: what counts, who sees it, and that two at once count right."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from community.members.actors import ANONYMOUS, Actor
from community.members.errors import NotAllowed
from community.members.models import User
from hub.core.errors import Unauthenticated
from models_app.likes.models import Like
from models_app.likes.queries import is_liked, likers_of, likes_of
from models_app.likes.services import like, unlike
from models_app.repos import trending
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo
from models_app.repos.services import count_download
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import AccessTokenFactory


@pytest.fixture
def repo(alice: User) -> Repo:
    return RepoFactory(creator=alice, name="tiny")


@pytest.fixture
def secret(alice: User) -> Repo:
    return RepoFactory(creator=alice, name="secret", private=True)


def test_a_member_counts_once(repo: Repo, bob: User):
    actor = Actor(user=bob)
    for _ in range(2):
        like(actor=actor, repo=repo)
    assert (repo.likes, Like.objects.count(), is_liked(actor, repo)) == (1, 1, True)
    for _ in range(2):
        unlike(actor=actor, repo=repo)
    repo.refresh_from_db()
    assert (repo.likes, Like.objects.count(), is_liked(actor, repo)) == (0, 0, False)
    assert trending.score(repo.trend, timezone.now()) == 0


def test_who_may_not(repo: Repo, secret: Repo, bob: User):
    reading = Actor(user=bob, token=AccessTokenFactory(user=bob, kind="read"))
    for act in (like, unlike):
        for actor, refusal in ((ANONYMOUS, Unauthenticated), (reading, NotAllowed)):
            with pytest.raises(refusal):
                act(actor=actor, repo=repo)
        with pytest.raises(RepoNotFound):
            act(actor=Actor(user=bob), repo=secret)
    assert not Like.objects.exists()
    assert set(Repo.objects.values_list("likes", "trend")) == {(0, 0.0)}


def test_a_private_repo_is_in_nobodys_list_but_its_readers(secret: Repo, repo: Repo, alice: User, bob: User):
    for liked in (secret, repo):
        like(actor=Actor(user=alice), repo=liked)
    for actor in (ANONYMOUS, Actor(user=bob)):
        assert [row.repo for row in likes_of(actor, alice)] == [repo]
    assert likes_of(Actor(user=alice), alice).count() == 2


def test_likers_who_left_are_not_named(repo: Repo, alice: User, bob: User):
    for user in (alice, bob):
        like(actor=Actor(user=user), repo=repo)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert [row.user for row in likers_of(repo)] == [alice]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_count_right():
    alice, bob = (RepoFactory().creator for _ in range(2))
    repo = RepoFactory(creator=alice)
    barrier = threading.Barrier(4)

    def run(user: User, act: Callable[..., None]) -> None:
        barrier.wait()
        try:
            act(actor=Actor(user=user), repo=Repo.objects.get(pk=repo.pk))
        finally:
            connection.close()

    for act, left in ((like, 2), (unlike, 0)):
        threads = [threading.Thread(target=run, args=(user, act)) for user in (alice, bob, alice, bob)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        repo.refresh_from_db()
        assert (repo.likes, Like.objects.count()) == (left, left)


class TestTrending:
    def test_an_event_counts_half_after_a_week(self):
        now = timezone.now()
        assert trending.score(trending.weight(10, now), now) == 10
        assert trending.score(trending.weight(10, now - timedelta(days=7)), now) == 5
        assert trending.score(trending.weight(10, now - timedelta(days=70)), now) == 0

    def test_new_likes_outrank_old_ones(self, alice: User, bob: User):
        old, new = RepoFactory(creator=alice), RepoFactory(creator=alice)
        past = timezone.now() - timedelta(days=30)
        Repo.objects.filter(pk=old.pk).update(trend=trending.weight(trending.LIKE * 5, past))
        like(actor=Actor(user=bob), repo=new)
        assert list(Repo.objects.order_by("-trend")) == [new, old]

    def test_downloads_count_too(self, repo: Repo):
        for _ in range(3):
            count_download(repo=repo)
        repo.refresh_from_db()
        assert (repo.downloads, trending.score(repo.trend, timezone.now())) == (3, 3)

    def test_taking_an_old_like_back_takes_what_is_left_of_it(self, repo: Repo, bob: User):
        like(actor=Actor(user=bob), repo=repo)
        past = timezone.now() - timedelta(days=7)
        Like.objects.update(created_at=past)
        Repo.objects.update(trend=trending.weight(trending.LIKE, past))
        unlike(actor=Actor(user=bob), repo=repo)
        assert repo.trend == pytest.approx(0, abs=1e-6)
