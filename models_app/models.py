"""The tables of all checkpoint slices, where Django looks for them."""

from models_app.blobs.models import Blob, BlobSegment, Landmark, Xorb
from models_app.collections.models import Collection, CollectionItem, Upvote
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.models import (
    QueuePolicy,
    Record,
    Run,
    Sample,
    Score,
    SuiteActivation,
    SuiteFile,
    SuiteVersion,
    Worker,
)
from models_app.imports.models import ImportJob
from models_app.licences.models import LicenceDecision
from models_app.likes.models import Like
from models_app.pulls.models import PullRequest
from models_app.repos.models import AccessRequest, Repo, RepoAlias, RepoTag
from models_app.scanning.models import Scan, ScannedFile
from models_app.uploads.models import Attachment, MultipartUpload, ProposedUpload, StorageQuota, UploadGrant

__all__ = [
    "AccessRequest",
    "Attachment",
    "AttentionLayer",
    "AttentionRequest",
    "Blob",
    "BlobSegment",
    "Collection",
    "CollectionItem",
    "ImportJob",
    "Landmark",
    "LicenceDecision",
    "Like",
    "MultipartUpload",
    "ProposedUpload",
    "PullRequest",
    "QueuePolicy",
    "Record",
    "Repo",
    "RepoAlias",
    "RepoTag",
    "Run",
    "Sample",
    "Scan",
    "ScannedFile",
    "Score",
    "StorageQuota",
    "SuiteActivation",
    "SuiteFile",
    "SuiteVersion",
    "UploadGrant",
    "Upvote",
    "Worker",
    "Xorb",
]
