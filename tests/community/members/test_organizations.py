"""Organisations: who may make, see, change, join and leave them."""

import pytest
from django.test import Client

from community.members import services
from community.members.actors import ANONYMOUS, Actor
from community.members.errors import LastAdmin, NamespaceNotFound, NameTaken, NotAllowed
from community.members.models import Membership, Namespace, Organization, Role, User
from tests.factories.members import AccessTokenFactory, MembershipFactory, OrganizationFactory


@pytest.fixture
def lab(alice: User, bob: User) -> Organization:
    """Alice is admin, Bob may write, Carol does not belong."""
    organization = OrganizationFactory(name="lab", admin=alice)
    MembershipFactory(organization=organization, user=bob, role=Role.WRITE)
    return organization


def roles(organization: Organization) -> dict[str, str]:
    return dict(Membership.objects.filter(organization=organization).values_list("user__username", "role"))


UNCHANGED = {"alice": "admin", "bob": "write"}


def test_whoever_makes_one_is_its_admin(alice: User) -> None:
    organization = services.create_organization(actor=Actor(user=alice), name="lab", full_name="")
    assert organization.full_name == "lab"
    assert roles(organization) == {"alice": "admin"}


@pytest.mark.parametrize("name", ["ALICE", "Lab"])
def test_names_are_shared_with_members(lab: Organization, alice: User, name: str) -> None:
    before = Namespace.objects.count()
    with pytest.raises(NameTaken):
        services.create_organization(actor=Actor(user=alice), name=name, full_name="")
    assert Namespace.objects.count() == before


def test_tokens_and_strangers_manage_nothing(lab: Organization, alice: User, carol: User) -> None:
    token = AccessTokenFactory(user=alice)
    for actor in (ANONYMOUS, Actor(user=alice, token=token)):
        with pytest.raises(NotAllowed):
            services.create_organization(actor=actor, name="other", full_name="")
        with pytest.raises(NotAllowed):
            services.set_membership(actor=actor, organization=lab, user=carol, role=Role.READ)
        with pytest.raises(NotAllowed):
            services.remove_membership(actor=actor, organization=lab, user=carol)
        with pytest.raises(NotAllowed):
            services.update_organization(actor=actor, organization=lab, full_name="x", bio="", homepage="")
    assert roles(lab) == UNCHANGED
    assert not Namespace.objects.filter(name="other").exists()


def test_admins_add_change_and_remove(lab: Organization, alice: User, bob: User, carol: User) -> None:
    admin = Actor(user=alice)
    services.set_membership(actor=admin, organization=lab, user=carol, role=Role.CONTRIBUTOR)
    services.set_membership(actor=admin, organization=lab, user=bob, role=Role.READ)
    assert roles(lab) == {"alice": "admin", "bob": "read", "carol": "contributor"}
    services.remove_membership(actor=admin, organization=lab, user=bob)
    assert roles(lab) == {"alice": "admin", "carol": "contributor"}
    with pytest.raises(NamespaceNotFound):
        services.remove_membership(actor=admin, organization=lab, user=bob)


@pytest.mark.parametrize("role", [Role.READ, Role.CONTRIBUTOR, Role.WRITE])
def test_other_members_change_nobody(lab: Organization, alice: User, bob: User, carol: User, role: Role) -> None:
    Membership.objects.filter(user=bob).update(role=role)
    for user in (alice, bob, carol):
        with pytest.raises(NotAllowed):
            services.set_membership(actor=Actor(user=bob), organization=lab, user=user, role=Role.ADMIN)
    with pytest.raises(NotAllowed):
        services.remove_membership(actor=Actor(user=bob), organization=lab, user=alice)
    assert roles(lab) == UNCHANGED | {"bob": role}


def test_everyone_may_leave(lab: Organization, bob: User) -> None:
    services.remove_membership(actor=Actor(user=bob), organization=lab, user=bob)
    assert roles(lab) == {"alice": "admin"}


def test_the_last_admin_stays(lab: Organization, alice: User, bob: User) -> None:
    admin = Actor(user=alice)
    with pytest.raises(LastAdmin):
        services.remove_membership(actor=admin, organization=lab, user=alice)
    with pytest.raises(LastAdmin):
        services.set_membership(actor=admin, organization=lab, user=alice, role=Role.WRITE)
    assert roles(lab) == UNCHANGED
    services.set_membership(actor=admin, organization=lab, user=bob, role=Role.ADMIN)
    services.remove_membership(actor=admin, organization=lab, user=alice)
    assert roles(lab) == {"bob": "admin"}


def test_the_whole_way_by_pages(client: Client, alice: User, bob: User) -> None:
    client.force_login(alice)
    made = client.post("/organizations/new", {"name": "lab", "full_name": "The Lab"})
    assert made.headers["Location"] == "/settings/organizations/lab"
    page = client.post("/settings/organizations/lab/members", {"username": "BOB", "role": "write"}, follow=True)
    assert "bob: Write: write to every repo." in page.content.decode()
    organization = Organization.objects.get()
    assert roles(organization) == UNCHANGED
    client.post("/settings/organizations/lab", {"full_name": "Our Lab", "bio": "", "homepage": ""})
    organization.refresh_from_db()
    assert organization.full_name == "Our Lab"
    asked = client.get("/settings/organizations/lab/members/bob/remove")
    assert "Remove bob from lab?" in asked.content.decode()
    assert roles(organization) == UNCHANGED
    client.post("/settings/organizations/lab/members/bob/remove")
    assert roles(organization) == {"alice": "admin"}


def test_pages_say_why_not(client: Client, lab: Organization, alice: User) -> None:
    client.force_login(alice)
    taken = client.post("/organizations/new", {"name": "LAB"})
    assert taken.context["form"].errors == {"name": ["The name “LAB” is taken. Choose another one."]}
    unknown = client.post("/settings/organizations/lab/members", {"username": "nobody", "role": "read"})
    assert unknown.context["add"].errors == {
        "username": ["There is no member or organisation called “nobody”."],
    }
    wrong = client.post("/settings/organizations/lab/members", {"username": "bob", "role": "king"})
    assert list(wrong.context["add"].errors) == ["role"]
    last = client.post("/settings/organizations/lab/members/alice/remove", follow=True)
    assert "An organisation needs an admin. Make another member admin first." in last.content.decode()
    assert roles(lab) == UNCHANGED


def test_members_see_and_may_leave_but_not_manage(client: Client, lab: Organization, bob: User) -> None:
    client.force_login(bob)
    page = client.get("/settings/organizations/lab")
    assert page.status_code == 200
    assert "Add a member" not in page.content.decode()
    client.post("/settings/organizations/lab/members", {"username": "bob", "role": "admin"})
    client.post("/settings/organizations/lab/members/alice/remove")
    assert client.post("/settings/organizations/lab", {"full_name": "Mine"}).status_code == 403
    assert roles(lab) == UNCHANGED
    assert (
        client.post("/settings/organizations/lab/members/bob/remove").headers["Location"] == "/settings/organizations"
    )
    assert roles(lab) == {"alice": "admin"}


def test_others_see_nothing_of_the_settings(client: Client, lab: Organization, carol: User) -> None:
    client.force_login(carol)
    assert client.get("/settings/organizations/lab").status_code == 403
    assert client.get("/settings/organizations/nothing").status_code == 404
    client.post("/settings/organizations/lab/members", {"username": "carol", "role": "admin"})
    assert client.post("/settings/organizations/lab", {"full_name": "Mine"}).status_code == 403
    assert roles(lab) == UNCHANGED


def test_visitors_must_sign_in(client: Client, lab: Organization) -> None:
    for path in ("/settings/organizations/lab", "/settings/organizations/lab/members/bob/remove"):
        assert client.post(path).headers["Location"].startswith("/accounts/login/")
    assert client.get("/settings/organizations/lab/members").headers["Location"].startswith("/accounts/login/")
    assert roles(lab) == UNCHANGED
