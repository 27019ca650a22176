"""What gives a member a vote: contributions of the last twelve months that others can see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from community.discussions.models import Event, ThreadStatus
from community.discussions.services import open_thread, set_status
from community.forum.models import Category
from community.governance.electorate import eligible
from community.members.actors import Actor
from community.members.models import User
from models_app.evaluation.models import Run, RunState
from models_app.repos.models import Repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=366)


@pytest.fixture
def member() -> User:
    return MemberFactory(username="dave", date_joined=timezone.now() - timedelta(days=31))


def names() -> set[str]:
    return set(eligible().values_list("username", flat=True))


def publish(member: User) -> None:
    RepoFactory(creator=member, name="theirs")


def evaluate(member: User) -> None:
    repo = RepoFactory(creator=MemberFactory(username="owner"), name="theirs")
    RunFactory(repo=repo, requested_by=member, state=RunState.DONE, finished_at=timezone.now())


def settle(member: User) -> None:
    key = Category.objects.get(slug="general").pk
    thread = open_thread(actor=Actor(user=member), kind="forum", key=key, title="It fails", text="Look.")
    staff = MemberFactory(username="staff", is_staff=True)
    set_status(actor=Actor(user=staff), thread=thread, status=ThreadStatus.CLOSED)


@pytest.mark.parametrize("contribute", [publish, evaluate, settle])
def test_each_contribution_counts_for_who_made_it_for_a_year(
    member: User, first_rooms: None, contribute: Callable[[User], Any]
) -> None:
    assert names() == set()
    contribute(member)
    assert names() == {"dave"}
    Repo.objects.update(last_modified=LONG_AGO)
    Run.objects.update(finished_at=LONG_AGO)
    Event.objects.update(created_at=LONG_AGO)
    assert names() == set()


def test_what_nobody_sees_gives_no_vote(member: User) -> None:
    publish(member)
    for hidden in ({"private": True}, {"private": False, "head_sha": ""}):
        Repo.objects.update(**hidden)
        assert names() == set()


def test_who_closes_their_own_thread_settles_nothing(member: User, first_rooms: None) -> None:
    key = Category.objects.get(slug="general").pk
    thread = open_thread(actor=Actor(user=member), kind="forum", key=key, title="It fails", text="Look.")
    set_status(actor=Actor(user=member), thread=thread, status=ThreadStatus.CLOSED)
    assert names() == set()


def test_new_blocked_and_machine_accounts_have_none(member: User) -> None:
    publish(member)
    for change in ({"date_joined": timezone.now() - timedelta(days=29)}, {"is_active": False}, {"namespace": None}):
        before = {name: getattr(member, name) for name in change}
        User.objects.filter(pk=member.pk).update(**change)
        assert names() == set()
        User.objects.filter(pk=member.pk).update(**before)
    assert names() == {"dave"}
