"""Published pages for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community.discussions.api import NOT_THERE
from community.governance.models import PublishedPage
from community.members.api import ActorView
from community.published import queries

_PAGES = ["governance"]


class PublishedPageSerializer(serializers.ModelSerializer[PublishedPage]):
    vote = serializers.IntegerField(source="proposal_id", help_text="The number of the proposal that decided it.")
    body = serializers.CharField(help_text="Markdown")

    class Meta:
        model = PublishedPage
        fields = ["slug", "title", "body", "vote", "published_at"]


class PagesView(ActorView):
    @extend_schema(operation_id="published_pages", responses=PublishedPageSerializer(many=True), tags=_PAGES)
    def get(self, _request: Request) -> Response:
        """The pages that votes published, as they are now."""
        return Response(PublishedPageSerializer(queries.current_pages(), many=True).data)


class PageView(ActorView):
    @extend_schema(
        operation_id="published_page",
        responses={200: PublishedPageSerializer(many=True), 404: NOT_THERE},
        tags=_PAGES,
    )
    def get(self, _request: Request, slug: str) -> Response:
        """All versions of a page, the newest first."""
        return Response(PublishedPageSerializer(queries.versions_of(slug), many=True).data)
