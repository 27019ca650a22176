"""What is known of a repo."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_app.gitstore.repository import DEFAULT_BRANCH
from models_app.hfapi.details import details_of
from models_app.hfapi.http import RepoView
from models_app.hfapi.parameters import expanded, flag
from models_app.hfapi.representations import EXPANDABLE, INFO_FIELDS, Snapshot, repo_object
from models_app.hfapi.security import repo_security
from models_app.scanning.queries import scans_of
from models_app.uploads.services import catch_up


class RepoInfo(RepoView):
    """What is known of a repo, at its head or at another revision."""

    @property
    def revision(self) -> str:
        return super().revision if "revision" in self.kwargs else DEFAULT_BRANCH

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        tags=["repos"],
        parameters=[
            OpenApiParameter("blobs", bool, description="Give size and ids of each file."),
            OpenApiParameter("securityStatus", bool, description="Say which files are unsafe to load."),
            OpenApiParameter("expand", str, many=True, description="Only these fields.", enum=list(EXPANDABLE)),
        ],
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        chosen = expanded(request)
        fields = chosen or [*INFO_FIELDS, "modelId"]
        if self.revision == DEFAULT_BRANCH:
            catch_up(self.repo)
        entries = list(self.git.entries(self.sha, recursive=True)) if "siblings" in fields else None
        snapshot = Snapshot(
            repo=self.repo,
            sha=self.sha,
            last_modified=self.repo.last_modified,
            entries=entries,
            with_sizes=flag(request, "blobs"),
            details=details_of(self.actor, [self.repo], fields),
        )
        description = repo_object(snapshot, fields)
        if entries is not None and flag(request, "securityStatus"):
            description["securityRepoStatus"] = repo_security(entries, scans_of(self.repo, entries))
        return Response(description)
