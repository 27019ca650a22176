"""What is in a checkpoint, from the headers of its shards: one answer instead of a request for each."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import Invalid
from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.hfapi.http import RepoView
from models_app.uploads.weights import index_headers


class SafetensorsMetadata(RepoView):
    gives_content = True
    revision = DEFAULT_BRANCH  # the address names none

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["files"])
    def get(self, _request: Request, path: str, **_kwargs: Any) -> Response:
        """The metadata of a safetensors index, and the header of each shard it names, at the default branch."""
        try:
            metadata, headers = index_headers(self.repo, self.git, self.sha, path)
        except ValueError as error:
            raise Invalid(f"{path[:200]} cannot be read: {error}.") from None
        return Response({"index": {"metadata": metadata}, "headers": headers})
