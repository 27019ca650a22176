"""Writes: members, organisations and who may do what in them."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from community.members.actors import Actor
from community.members.errors import InvalidName, LastAdmin, NamespaceNotFound, NameTaken, NotAllowed
from community.members.models import Membership, Namespace, Organization, Role, User
from community.members.rules import namespace_name_problem
from community.members.tokens import create_access_token, revoke_access_token

__all__ = [
    "check_admin",
    "check_name",
    "check_signed_in",
    "create_access_token",
    "create_member",
    "create_organization",
    "remove_membership",
    "revoke_access_token",
    "set_membership",
    "update_member",
    "update_organization",
]


@transaction.atomic
def create_member(*, username: str, email: str, password: str | None) -> User:
    """A member and the namespace of the same name; without a password only tokens and resets open the account.

    Raises `InvalidName`, `NameTaken`.
    """
    namespace = _create_namespace(username)
    return User.objects.create_user(username=username, email=email, password=password, namespace=namespace)


@transaction.atomic
def update_member(*, user: User, full_name: str, bio: str, homepage: str, language: str) -> None:
    user.full_name, user.bio, user.homepage, user.language = full_name, bio, homepage, language
    user.save(update_fields=["full_name", "bio", "homepage", "language"])


@transaction.atomic
def create_organization(*, actor: Actor, name: str, full_name: str) -> Organization:
    """An organisation with the actor as its first admin. Raises `NotAllowed`, `InvalidName`, `NameTaken`."""
    user = check_signed_in(actor)
    namespace = _create_namespace(name)
    organization = Organization.objects.create(namespace=namespace, full_name=full_name or name)
    Membership.objects.create(organization=organization, user=user, role=Role.ADMIN)
    return organization


@transaction.atomic
def update_organization(*, actor: Actor, organization: Organization, full_name: str, bio: str, homepage: str) -> None:
    """Raises `NotAllowed` unless the actor is an admin."""
    check_admin(actor, organization)
    organization.full_name, organization.bio, organization.homepage = full_name, bio, homepage
    organization.save(update_fields=["full_name", "bio", "homepage"])


@transaction.atomic
def set_membership(*, actor: Actor, organization: Organization, user: User, role: Role) -> Membership:
    """Add `user` with `role`, or change the role. Raises `NotAllowed`, `LastAdmin`."""
    _lock(organization)
    check_admin(actor, organization)
    if role != Role.ADMIN:
        _check_other_admin(organization, user)
    membership, _created = Membership.objects.update_or_create(
        organization=organization, user=user, defaults={"role": role}
    )
    return membership


@transaction.atomic
def remove_membership(*, actor: Actor, organization: Organization, user: User) -> None:
    """Admins may remove anyone, everyone may leave. Raises `NotAllowed`, `LastAdmin`, `NamespaceNotFound`."""
    _lock(organization)
    if check_signed_in(actor) != user:
        check_admin(actor, organization)
    _check_other_admin(organization, user)
    deleted, _rows = Membership.objects.filter(organization=organization, user=user).delete()
    if not deleted:
        raise NamespaceNotFound(user.username)


def check_signed_in(actor: Actor) -> User:
    """The member behind a session: a token, however wide, manages neither accounts nor organisations."""
    if actor.user is None or actor.token is not None:
        raise NotAllowed(_("Sign in with your browser to do this; an access token is not enough."))
    return actor.user


def check_admin(actor: Actor, organization: Organization) -> None:
    user = check_signed_in(actor)
    if not Membership.objects.filter(organization=organization, user=user, role=Role.ADMIN).exists():
        raise NotAllowed(_("Only an admin of %(name)s may do this.") % {"name": organization})


def _check_other_admin(organization: Organization, user: User) -> None:
    admins = Membership.objects.filter(organization=organization, role=Role.ADMIN)
    if list(admins.values_list("user", flat=True)) == [user.pk]:
        raise LastAdmin


def _lock(organization: Organization) -> None:
    # Two admins who demote each other at once must not leave the organisation without one.
    Organization.objects.select_for_update().get(pk=organization.pk)


def check_name(name: str) -> None:
    """Raises `InvalidName`, or `NameTaken` if the name is taken in any case by a member or an organisation."""
    problem = namespace_name_problem(name)
    if problem:
        raise InvalidName(name, problem)
    if Namespace.objects.filter(name__lower=name.lower()).exists():
        raise NameTaken(name)


def _create_namespace(name: str) -> Namespace:
    check_name(name)
    try:
        with transaction.atomic():
            return Namespace.objects.create(name=name)
    except IntegrityError:  # the constraint decides between two who ask for one name at once
        raise NameTaken(name) from None
