"""What a refused request must leave as it was."""

from pathlib import Path
from typing import Any

from django.conf import settings

from community.discussions.models import CommentVersion, Event, Thread
from models_app.blobs.models import Blob
from models_app.gitstore.repository import GitRepository
from models_app.pulls.models import PullRequest
from models_app.repos.models import AccessRequest, Repo, RepoAlias, RepoTag
from models_app.uploads.models import ProposedUpload, UploadGrant


def hub_state() -> dict[str, Any]:
    """Every row of repos, uploads and discussions, every reference of every git repository, every stored object."""
    return {
        "repos": list(Repo.objects.order_by("pk").values()),
        "aliases": sorted(RepoAlias.objects.values_list("repo", "kind", "namespace", "name")),
        "access": list(AccessRequest.objects.order_by("pk").values()),
        "tags": sorted(RepoTag.objects.values_list("repo", "tag")),
        "grants": sorted(UploadGrant.objects.values_list("repo", "blob")),
        "proposed": sorted(ProposedUpload.objects.values_list("repo", "user", "blob")),
        "threads": list(Thread.objects.order_by("pk").values()),
        "events": list(Event.objects.order_by("pk").values()),
        "comments": list(CommentVersion.objects.order_by("pk").values()),
        "pulls": list(PullRequest.objects.order_by("pk").values()),
        "blobs": sorted(Blob.objects.values_list("pk", flat=True)),
        "refs": {repo.pk: GitRepository.open(repo.storage_id).refs("refs/") for repo in Repo.objects.all()},
        "folders": sorted(str(path) for path in Path(settings.GIT_DIR).glob("*/*/*")),
    }
