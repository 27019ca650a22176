"""Reads: who belongs where, and what that lets an actor do in a namespace."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from community.members.actors import ANONYMOUS, Actor
from community.members.errors import NamespaceNotFound, NotAllowed, TokenNotFound
from community.members.models import AccessToken, Membership, Namespace, Organization, Role, User
from community.members.rules import OWNER, ROLE_ORDER, Permission, name_problem, role_includes
from hub.core.errors import Unauthenticated

MAX_NAMES = 500  # looked up at once


@dataclass(frozen=True)
class MemberOverview:
    user: User
    memberships: list[Membership]


@dataclass(frozen=True)
class OrganizationOverview:
    organization: Organization
    memberships: list[Membership]


def get_namespace(name: str) -> Namespace:
    """The namespace called `name` in any case, with its owner loaded. Raises `NamespaceNotFound`."""
    namespace = Namespace.objects.select_related("user", "organization").filter(name__lower=_lookup(name)).first()
    if namespace is None:
        raise NamespaceNotFound(name)
    return namespace


def _lookup(name: str) -> str:
    """`name` as the indexes hold it. Raises `NamespaceNotFound` for what no name can be, such as a NUL in it."""
    if name_problem(name):
        raise NamespaceNotFound(name)
    return name.lower()


def get_owner(name: str) -> Namespace:
    """The namespace called `name` whose owner is here: an organisation, or a member who has not left.

    Raises `NamespaceNotFound`.
    """
    namespace = get_namespace(name)
    owner = namespace.owner
    if owner is None or (isinstance(owner, User) and not owner.is_active):
        raise NamespaceNotFound(name)
    return namespace


def get_member(name: str) -> User:
    """The active member called `name` in any case. Raises `NamespaceNotFound`."""
    user = User.objects.select_related("namespace").filter(namespace__name__lower=_lookup(name), is_active=True).first()
    if user is None:
        raise NamespaceNotFound(name)
    return user


def names_among(names: Iterable[str]) -> set[str]:
    """Which of `names` (in lower case) active members have, in lower case: one query, none for no names."""
    wanted = sorted(name for name in names if not name_problem(name))[:MAX_NAMES]
    if not wanted:
        return set()
    members = User.objects.filter(namespace__name__lower__in=wanted, is_active=True)
    return {name.lower() for name in members.values_list("namespace__name", flat=True)}


def get_organization(name: str) -> Organization:
    """The organisation called `name` in any case. Raises `NamespaceNotFound`."""
    organization = Organization.objects.select_related("namespace").filter(namespace__name__lower=_lookup(name)).first()
    if organization is None:
        raise NamespaceNotFound(name)
    return organization


def member_overview(name: str) -> MemberOverview:
    """A member and the organisations they belong to: two queries. Raises `NamespaceNotFound`."""
    user = get_member(name)
    return MemberOverview(user=user, memberships=organizations_of(user))


def organization_overview(name: str) -> OrganizationOverview:
    """An organisation and its members: two queries. Raises `NamespaceNotFound`."""
    organization = get_organization(name)
    return OrganizationOverview(organization=organization, memberships=members_of(organization))


def organizations_of(user: User) -> list[Membership]:
    """The memberships of `user` with ``.organization.namespace`` and ``.role``, by name: one query."""
    memberships = Membership.objects.filter(user=user).select_related("organization__namespace")
    return list(memberships.order_by("organization__namespace__name"))


def members_of(organization: Organization) -> list[Membership]:
    """The memberships of `organization` with ``.user``, highest role first: one query."""
    memberships = organization.memberships.select_related("user").order_by("user__username")
    return sorted(memberships, key=lambda membership: -ROLE_ORDER.index(membership.role))


def get_membership(organization: Organization, username: str) -> Membership:
    """The membership of the member called `username` (who may be inactive). Raises `NamespaceNotFound`."""
    memberships = organization.memberships.select_related("user")
    membership = memberships.filter(user__username__lower=_lookup(username)).first()
    if membership is None:
        raise NamespaceNotFound(username)
    return membership


def is_email_verified(user: User) -> bool:
    """Whether the member has shown that mail to their address arrives."""
    verified: bool = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
    return verified


def access_tokens_of(user: User) -> QuerySet[AccessToken]:
    """The tokens of `user`, newest first."""
    return AccessToken.objects.filter(user=user).order_by("-created_at", "-pk")


def get_access_token(user: User, token_id: int) -> AccessToken:
    """A token of `user`. Raises `TokenNotFound`, also for the tokens of others."""
    token = access_tokens_of(user).filter(pk=token_id).first()
    if token is None:
        raise TokenNotFound
    return token


def acting_member(actor: Actor) -> User:
    """The member who does something in their own name: likes, follows.

    Raises `Unauthenticated` for nobody, `NotAllowed` for a token that may not write to the member's own namespace.
    """
    if actor.user is None:
        raise Unauthenticated(_("Sign in to do this."))
    if not actor.token_allows(Permission.REPO_WRITE, actor.user.username):
        raise NotAllowed(_("This access token may only read: use one with write access to your own name."))
    return actor.user


def recall_actor(user_id: int | None, token_id: int | None) -> Actor:
    """The member with the token that they signed in with, as both are now; nobody once either has ended."""
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id is not None else None
    if user is None or token_id is None:
        return Actor(user=user)
    token = AccessToken.objects.filter(pk=token_id, user=user).first()
    return ANONYMOUS if token is None or token.is_expired else Actor(user=user, token=token)


def namespace_role(actor: Actor, namespace: Namespace) -> str | None:
    """``"owner"`` of the own namespace, the `Role` in an organisation, or ``None``. Token scopes are not looked at."""
    if actor.user is None:
        return None
    if actor.user.namespace_id == namespace.pk:
        return OWNER
    membership = Membership.objects.filter(user=actor.user, organization__namespace=namespace)
    return membership.values_list("role", flat=True).first()


def may_read_namespace(actor: Actor, namespace: Namespace) -> bool:
    """Whether `actor` may see the private repos of `namespace`."""
    return actor.token_allows(Permission.REPO_READ, namespace.name) and namespace_role(actor, namespace) is not None


def may_write_namespace(actor: Actor, namespace: Namespace) -> bool:
    """Whether `actor` may create repos in `namespace` (contributors may)."""
    return _may(actor, namespace, Role.CONTRIBUTOR)


def may_write_repo_in(actor: Actor, namespace: Namespace, *, creator_id: int | None) -> bool:
    """Whether `actor` may change a repo of `namespace` that `creator_id` made: writers any, contributors their own."""
    own = actor.user is not None and actor.user.pk == creator_id
    return _may(actor, namespace, Role.CONTRIBUTOR if own else Role.WRITE)


def _may(actor: Actor, namespace: Namespace, needed: Role) -> bool:
    return actor.token_allows(Permission.REPO_WRITE, namespace.name) and role_includes(
        namespace_role(actor, namespace), needed
    )


def writable_namespace_ids(actor: Actor, needed: Role) -> set[int]:
    """The namespaces in which `actor` has at least the role `needed`, by a token that may write there: one query."""
    return {namespace.pk for namespace in _own_namespaces(actor, needed, Permission.REPO_WRITE)}


def readable_namespace_ids(actor: Actor) -> set[int]:
    """The namespaces whose private repos `actor` may see: one query, none for strangers."""
    return {namespace.pk for namespace in _own_namespaces(actor, Role.READ, Permission.REPO_READ)}


def writable_namespaces(actor: Actor) -> list[Namespace]:
    """Where `actor` may create a repo, the own namespace first: one query."""
    namespaces = _own_namespaces(actor, Role.CONTRIBUTOR, Permission.REPO_WRITE)
    own = actor.user.namespace_id if actor.user else None
    return sorted(namespaces, key=lambda namespace: (namespace.pk != own, namespace.name.lower()))


def _own_namespaces(actor: Actor, needed: Role, permission: Permission) -> list[Namespace]:
    if actor.user is None:
        return []
    return [
        namespace for namespace in namespaces_of(actor.user, needed) if actor.token_allows(permission, namespace.name)
    ]


def namespaces_of(user: User, needed: Role = Role.READ) -> QuerySet[Namespace]:
    """The own namespace and those of organisations in which `user` has at least the role `needed`."""
    roles = [role for role in Role.values if role_includes(role, needed)]
    organizations = Membership.objects.filter(user=user, role__in=roles).values("organization__namespace")
    return Namespace.objects.filter(Q(pk=user.namespace_id) | Q(pk__in=organizations))
