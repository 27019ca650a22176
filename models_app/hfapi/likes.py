"""Like a repo, who likes it, and what a member likes."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.queries import get_member
from models_app.hfapi.http import HubView, RepoView
from models_app.hfapi.lists import listed
from models_app.hfapi.people import PeopleView
from models_app.hfapi.representations import JSONObject, timestamp
from models_app.likes.models import Like
from models_app.likes.queries import likers_of, likes_of
from models_app.likes.services import like, unlike


class LikeView(RepoView):
    @extend_schema(request=None, responses=OpenApiTypes.OBJECT, tags=["likes"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Like the repository; a second like changes nothing."""
        like(actor=self.actor, repo=self.repo)
        return Response({"likes": self.repo.likes})

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["likes"])
    def delete(self, _request: Request, **_kwargs: Any) -> Response:
        """Take the like back."""
        unlike(actor=self.actor, repo=self.repo)
        return Response({"likes": self.repo.likes})


class Likers(RepoView, PeopleView):
    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["likes"])
    def get(self, request: Request, **_kwargs: Any) -> Response:
        """The members who like the repository, the latest first."""
        return listed(request, likers_of(self.repo), ["-pk"], self._likers)

    def _likers(self, likes: Sequence[Like]) -> list[JSONObject]:
        return self.people(row.user.namespace for row in likes)


class UserLikes(HubView):
    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["likes"])
    def get(self, request: Request, name: str) -> Response:
        """What a member likes, of the repositories that the caller may see."""
        return listed(request, likes_of(self.actor, get_member(name)), ["-pk"], _like_objects)


def _like_objects(likes: Sequence[Like]) -> list[JSONObject]:
    return [
        {"createdAt": timestamp(row.created_at), "repo": {"name": row.repo.full_id, "type": row.repo.kind}}
        for row in likes
    ]
