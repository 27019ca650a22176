"""Bob's topic in a room of the forum, and members whose flags have weight."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from community.discussions.models import Event, Thread
from community.discussions.services import add_comment, open_thread
from community.forum.models import Category
from community.members.actors import Actor
from community.members.models import User
from tests.community.governance.conftest import everybody_may_vote, members  # noqa: F401 (fixtures)
from tests.factories.members import MemberFactory


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_trusted(user: User, thread: Thread) -> Actor:
    """An account that is old enough, with three comments that stand."""
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=30))
    user.refresh_from_db()
    for number in range(3):
        add_comment(actor=Actor(user=user), thread=thread, text=f"Deed {number}")
    return Actor(user=user)


@pytest.fixture
def topic(bob: User) -> Thread:
    room = Category.objects.create(slug="garden", name="Garden")
    return open_thread(actor=Actor(user=bob), kind="forum", key=room.pk, title="Which soil?", text="Rude words")


@pytest.fixture
def comment(topic: Thread) -> Event:
    return topic.events.earliest("pk")


@pytest.fixture
def staff(alice: User) -> Actor:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    alice.refresh_from_db()
    return Actor(user=alice)


@pytest.fixture
def trusted(topic: Thread) -> list[Actor]:
    other = open_thread(
        actor=Actor(user=topic.author), kind="forum", key=topic.board.key, title="Elsewhere", text="Deeds"
    )
    return [make_trusted(MemberFactory(), other) for _ in range(3)]
