"""The members of the demo and their tokens, made by the same services as everyone's."""

from datetime import timedelta

from django.utils import timezone

from community.members.actors import Actor
from community.members.models import AccessToken, Organization, Role, TokenKind, User
from community.members.services import create_access_token, create_member, create_organization, set_membership
from hub.embedded.demo.catalogue import NEIGHBOURS, ORGANIZATION, ORGANIZATION_NAME, PEOPLE, Person

TOKEN_NAME = "demo upload"  # noqa: S105 (a name)
_HERE_FOR = timedelta(days=200)  # who has just come may not propose anything yet


def ensure_people(password: str) -> None:
    """Members and organisation of the catalogue; those that exist stay as they are."""
    members = [_ensure_member(person, password) for person in PEOPLE]
    for person in NEIGHBOURS:
        _ensure_member(person, password)
    admin, *others = members
    if not Organization.objects.filter(namespace__name=ORGANIZATION).exists():
        create_organization(actor=Actor(user=admin), name=ORGANIZATION, full_name=ORGANIZATION_NAME)
    organization = Organization.objects.get(namespace__name=ORGANIZATION)
    for member in others:
        set_membership(actor=Actor(user=admin), organization=organization, user=member, role=Role.WRITE)


def actor_called(name: str) -> Actor:
    return Actor(user=User.objects.get(username=name))


def upload_token(name: str) -> str:
    """A fresh write token of member `name`, in place of the last one."""
    end_upload_tokens(name)
    _, text = create_access_token(user=User.objects.get(username=name), name=TOKEN_NAME, kind=TokenKind.WRITE)
    return text


def end_upload_tokens(*names: str) -> None:
    AccessToken.objects.filter(user__username__in=names, name=TOKEN_NAME).delete()


def _ensure_member(person: Person, password: str) -> User:
    member = User.objects.filter(username=person.name).first()
    if member is None:
        member = create_member(username=person.name, email=f"{person.name}@example.org", password=password)
        member.full_name, member.bio = person.full_name, person.bio
        member.is_staff = member.is_superuser = person.admin
        member.date_joined = timezone.now() - _HERE_FOR
        member.save(update_fields=["full_name", "bio", "is_staff", "is_superuser", "date_joined"])
    return member
