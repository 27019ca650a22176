"""Profiles of members and organisations, and who follows whom."""

from collections.abc import Iterable, Sequence

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.discussions.queries import visible_threads
from community.follows.models import Follow
from community.follows.queries import followed_among, followed_by, followers_of, is_following
from community.follows.services import follow, unfollow
from community.members.actors import Actor
from community.members.errors import NamespaceNotFound
from community.members.models import Membership, Namespace
from community.members.queries import get_member, get_organization, get_owner, member_overview, organization_overview
from models_app.collections.queries import upvotes_of
from models_app.hfapi.http import HubView
from models_app.hfapi.lists import listed
from models_app.hfapi.representations import JSONObject, organization_object
from models_app.likes.queries import likes_of
from models_app.repos.models import RepoKind
from models_app.repos.queries import count_repos


class UserOverview(HubView):
    @extend_schema(operation_id="user_overview", responses=OpenApiTypes.OBJECT, tags=["people"])
    def get(self, _request: Request, name: str) -> Response:
        """A member. Repos, likes and discussions are counted as far as the caller may see the repos."""
        overview = member_overview(name)
        user, namespace = overview.user, get_owner(name)
        return Response(
            _person(namespace, following=is_following(self.actor, namespace))
            | {"details": user.bio, "numPapers": 0, "numUpvotes": upvotes_of(self.actor, user).count()}
            | {"numDiscussions": visible_threads(self.actor).filter(author=user).count()}
            | {"numLikes": likes_of(self.actor, user).count(), "numFollowing": followed_by(user).count()}
            | _counts(self.actor, namespace)
            | {"orgs": [organization_object(membership) for membership in overview.memberships]},
        )


class OrganizationOverview(HubView):
    @extend_schema(operation_id="organization_overview", responses=OpenApiTypes.OBJECT, tags=["people"])
    def get(self, _request: Request, name: str) -> Response:
        """An organization, and how many repos of it the caller may see."""
        overview = organization_overview(name)
        organization = overview.organization
        return Response(
            {
                "name": organization.namespace.name,
                "fullname": organization.full_name,
                "avatarUrl": "",
                "details": organization.bio,
                "isVerified": False,
                "isFollowing": is_following(self.actor, organization.namespace),
                "numUsers": len(overview.memberships),
                "numPapers": 0,
                "plan": None,
                "type": "org",
            }
            | _counts(self.actor, organization.namespace),
        )


def _counts(actor: Actor, namespace: Namespace) -> JSONObject:
    repos = count_repos(actor, namespace.name)
    return {
        "numModels": repos[RepoKind.MODEL],
        "numDatasets": repos[RepoKind.DATASET],
        "numSpaces": repos[RepoKind.SPACE],
        "numFollowers": followers_of(namespace).count(),
    }


def _person(namespace: Namespace, *, following: bool) -> JSONObject:
    """A member or an organisation. The owner of `namespace` must be joined."""
    return {
        "user": namespace.name,
        "fullname": (namespace.owner.full_name if namespace.owner else "") or namespace.name,
        "avatarUrl": "",
        "isPro": False,
        "isFollowing": following,
        "type": "org" if namespace.is_organization else "user",
    }


class PeopleView(HubView):
    """A view that lists people. With `organizations`, the name in its address is an organisation's, else a member's."""

    organizations = False

    def owner(self, name: str) -> Namespace:
        """Raises `NamespaceNotFound`, also for an owner of the other kind."""
        namespace = get_owner(name)
        if namespace.is_organization != self.organizations:
            raise NamespaceNotFound(name)
        return namespace

    def people(self, namespaces: Iterable[Namespace | None]) -> list[JSONObject]:
        found = [namespace for namespace in namespaces if namespace is not None]
        followed = followed_among(self.actor, [namespace.pk for namespace in found])
        return [_person(namespace, following=namespace.pk in followed) for namespace in found]


class Followers(PeopleView):
    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["people"])
    def get(self, request: Request, name: str) -> Response:
        """Who follows a member or an organization, the latest first."""
        return listed(request, followers_of(self.owner(name)), ["-pk"], self._followers)

    def _followers(self, follows: Sequence[Follow]) -> list[JSONObject]:
        return self.people(follow.follower.namespace for follow in follows)


class Following(PeopleView):
    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["people"])
    def get(self, request: Request, name: str) -> Response:
        """Whom a member follows: members, and organizations with `type` org; the latest first."""
        return listed(request, followed_by(get_member(name)), ["-pk"], self._followed)

    def _followed(self, follows: Sequence[Follow]) -> list[JSONObject]:
        return self.people(follow.namespace for follow in follows)


class Members(PeopleView):
    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["people"])
    def get(self, request: Request, name: str) -> Response:
        """The members of an organization, in the order they joined."""
        memberships = Membership.objects.filter(organization=get_organization(name), user__is_active=True)
        return listed(request, memberships.select_related("user__namespace"), ["pk"], self._members)

    def _members(self, memberships: Sequence[Membership]) -> list[JSONObject]:
        return self.people(membership.user.namespace for membership in memberships)


class FollowView(PeopleView):
    @extend_schema(request=None, responses=OpenApiTypes.OBJECT, tags=["people"])
    def post(self, _request: Request, name: str) -> Response:
        """Follow a member or an organization; a second time changes nothing."""
        follow(actor=self.actor, namespace=self.owner(name))
        return Response({})

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["people"])
    def delete(self, _request: Request, name: str) -> Response:
        """Stop following."""
        unfollow(actor=self.actor, namespace=self.owner(name))
        return Response({})
