"""What an actor may do in a namespace, by role and by token."""

import pytest
from allauth.account.models import EmailAddress
from pytest_django import DjangoAssertNumQueries

from community.members import queries
from community.members.actors import ANONYMOUS, Actor, Capability
from community.members.errors import NamespaceNotFound
from community.members.models import Organization, Role, TokenKind, User
from tests.factories.members import AccessTokenFactory, MembershipFactory, OrganizationFactory


@pytest.fixture
def lab(alice: User) -> Organization:
    return OrganizationFactory(name="lab", admin=alice)


def fine_grained(user: User, *grants: tuple[str, str]) -> Actor:
    scoped = [{"entity": {"type": "org", "name": name}, "permissions": [permission]} for name, permission in grants]
    scopes = {"global": [], "scoped": scoped}
    return Actor(user=user, token=AccessTokenFactory(user=user, kind=TokenKind.FINE_GRAINED, scopes=scopes))


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (None, set()),
        (Role.READ, {"read"}),
        (Role.CONTRIBUTOR, {"read", "create"}),
        (Role.WRITE, {"read", "create", "change"}),
        (Role.ADMIN, {"read", "create", "change"}),
    ],
)
def test_roles(lab: Organization, bob: User, role: Role | None, may: set[str]) -> None:
    if role:
        MembershipFactory(organization=lab, user=bob, role=role)
    actor, namespace = Actor(user=bob), lab.namespace
    assert queries.namespace_role(actor, namespace) == role
    assert queries.may_read_namespace(actor, namespace) is ("read" in may)
    assert queries.may_write_namespace(actor, namespace) is ("create" in may)
    assert queries.may_write_repo_in(actor, namespace, creator_id=None) is ("change" in may)
    assert queries.may_write_repo_in(actor, namespace, creator_id=bob.pk) is ("create" in may)
    assert (namespace.pk in queries.readable_namespace_ids(actor)) is ("read" in may)
    assert (namespace in queries.writable_namespaces(actor)) is ("create" in may)


def test_the_own_namespace(alice: User, bob: User) -> None:
    own = alice.namespace
    assert own is not None
    assert queries.namespace_role(Actor(user=alice), own) == "owner"
    assert queries.may_write_repo_in(Actor(user=alice), own, creator_id=None)
    assert queries.readable_namespace_ids(Actor(user=alice)) == {own.pk}
    assert not queries.may_read_namespace(Actor(user=bob), own)


def test_nobody_and_machines_belong_nowhere(
    lab: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for actor in (ANONYMOUS, Actor(capability=Capability(subject="repo:1", right="write"))):
        with django_assert_num_queries(0):
            assert not queries.may_read_namespace(actor, lab.namespace)
            assert not queries.may_write_namespace(actor, lab.namespace)
            assert queries.readable_namespace_ids(actor) == set()
            assert queries.writable_namespaces(actor) == []


def test_a_read_token_writes_nothing(lab: Organization, alice: User) -> None:
    actor = Actor(user=alice, token=AccessTokenFactory(user=alice, kind=TokenKind.READ))
    assert queries.may_read_namespace(actor, lab.namespace)
    assert not queries.may_write_namespace(actor, lab.namespace)
    assert queries.writable_namespaces(actor) == []


def test_a_fine_grained_token_narrows(lab: Organization, alice: User) -> None:
    assert alice.namespace is not None
    actor = fine_grained(alice, ("lab", "repo.content.read"))
    assert queries.readable_namespace_ids(actor) == {lab.namespace.pk}
    assert not queries.may_read_namespace(actor, alice.namespace)
    assert not queries.may_write_namespace(actor, lab.namespace)
    assert queries.writable_namespaces(fine_grained(alice, ("alice", "repo.write"))) == [alice.namespace]


def test_a_token_widens_nothing(lab: Organization, bob: User) -> None:
    actor = fine_grained(bob, ("lab", "repo.write"))
    assert not queries.may_read_namespace(actor, lab.namespace)
    assert not queries.may_write_namespace(actor, lab.namespace)
    assert queries.readable_namespace_ids(actor) == set()


@pytest.mark.parametrize("count", [1, 9])
def test_a_fixed_number_of_queries(alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int) -> None:
    organizations = OrganizationFactory.create_batch(count, admin=alice)
    actor = Actor(user=alice)
    with django_assert_num_queries(1):
        assert len(queries.readable_namespace_ids(actor)) == count + 1
    with django_assert_num_queries(1):
        assert queries.writable_namespaces(actor)[0] == alice.namespace
    with django_assert_num_queries(1):
        found = queries.organizations_of(alice)
        assert [(found.organization.namespace.name, found.role) for found in found] == sorted(
            (organization.namespace.name, "admin") for organization in organizations
        )
    with django_assert_num_queries(2):
        overview = queries.organization_overview(organizations[0].namespace.name)
        assert [membership.user.username for membership in overview.memberships] == ["alice"]
    with django_assert_num_queries(2):
        assert len(queries.member_overview("ALICE").memberships) == count


def test_members_are_listed_by_role(lab: Organization) -> None:
    for name, role in (("zoe", Role.WRITE), ("yan", Role.READ), ("xia", Role.WRITE)):
        MembershipFactory(organization=lab, user__username=name, role=role)
    assert [membership.user.username for membership in queries.members_of(lab)] == ["alice", "xia", "zoe", "yan"]


def test_lookups_by_name_take_any_case(lab: Organization, alice: User) -> None:
    assert queries.get_namespace("LAB") == lab.namespace
    assert queries.get_organization("Lab") == lab
    assert queries.get_member("Alice") == alice
    for lookup in (queries.get_namespace, queries.get_organization, queries.get_member):
        with pytest.raises(NamespaceNotFound, match=r"There is no member or organisation called “nobody”\."):
            lookup("nobody")
    with pytest.raises(NamespaceNotFound):
        queries.get_member("lab")
    with pytest.raises(NamespaceNotFound):
        queries.get_organization("alice")


def test_an_address_counts_as_verified_only_after_its_mail(alice: User) -> None:
    assert not queries.is_email_verified(alice)
    address = EmailAddress.objects.create(user=alice, email="ALICE@example.org", primary=True)
    assert not queries.is_email_verified(alice)
    address.set_verified()
    assert queries.is_email_verified(alice)
