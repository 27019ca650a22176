"""Report a whole repo to the moderators: a route of this hub, which the Hub's clients do not know."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from community.moderation.serializers import FlagRequest, FlagSerializer
from community.moderation.services import report
from hub.core.api import checked
from models_app.hfapi.http import RepoView
from models_app.repos.subject import KIND


class Report(RepoView):
    @extend_schema(
        operation_id="report_repo", request=FlagRequest, responses={201: FlagSerializer}, tags=["moderation"]
    )
    def post(self, _request: Request, **_kwargs: str) -> Response:
        """Ask moderators to look at a repo."""
        said = checked(FlagRequest, self.json())
        flag = report(actor=self.actor, kind=KIND, key=self.repo.pk, **said)
        return Response(FlagSerializer(flag).data, status=status.HTTP_201_CREATED)
