"""Two at once, on a database that lets two write at once (SQLite has one writer and cannot race)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from community.members import services
from community.members.actors import Actor
from community.members.errors import NameTaken, NotAllowed
from community.members.models import Membership, Namespace, Role, User
from hub.core.errors import DomainError
from tests.factories.members import PASSWORD, MemberFactory, OrganizationFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


def at_once(*actions: Callable[[], object]) -> list[type[DomainError] | None]:
    """Run `actions` together, each on its own connection; what each was refused with, or None."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], object]) -> type[DomainError] | None:
        try:
            barrier.wait()
            action()
        except DomainError as error:
            return type(error)
        else:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def test_a_name_goes_to_one_of_many() -> None:
    names = ["dave", "DAVE", "Dave", "dAVE"]
    outcomes = at_once(
        *[lambda name=name: services.create_member(username=name, email="", password=PASSWORD) for name in names]
    )
    assert sorted(outcomes, key=str) == [NameTaken] * 3 + [None]
    assert User.objects.count() == Namespace.objects.count() == 1


def test_two_admins_cannot_demote_each_other() -> None:
    alice, bob = MemberFactory(username="alice"), MemberFactory(username="bob")
    lab = OrganizationFactory(name="lab", admin=alice)
    services.set_membership(actor=Actor(user=alice), organization=lab, user=bob, role=Role.ADMIN)

    def demote(actor: User, user: User) -> Callable[[], object]:
        return lambda: services.set_membership(actor=Actor(user=actor), organization=lab, user=user, role=Role.READ)

    outcomes = at_once(demote(alice, bob), demote(bob, alice))
    assert sorted(outcomes, key=str) == [NotAllowed, None]
    assert Membership.objects.filter(organization=lab, role=Role.ADMIN).count() == 1
