"""The JSON shapes of the Hub API."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from community.members.models import Membership
from hub.core.paths import public_url
from models_app.blobs.models import Blob
from models_app.cards.lineage import read_lineage
from models_app.gitstore.objects import Commit, Entry, Pointer, Ref
from models_app.gitstore.pointers import pointer_text
from models_app.hfapi.details import NO_DETAILS, Details
from models_app.hfapi.eval_results import eval_results
from models_app.hfapi.transformers_info import transformers_info
from models_app.repos.addresses import path_of
from models_app.repos.models import Repo
from models_app.repos.trending import score

JSONObject = dict[str, Any]


def timestamp(moment: datetime) -> str:
    """``2026-01-31T12:34:56.789Z``: clients refuse any other way to write UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def repo_url(kind: str, full_id: str) -> str:
    return public_url(path_of(kind, full_id))


def object_id(row_id: int) -> str:
    """The 24 hex digits that clients expect of an ``_id``."""
    return f"{row_id:024x}"


def organization_object(membership: Membership) -> JSONObject:
    """An organisation in the list of a member's own."""
    organization = membership.organization
    return {
        "type": "org",
        "id": object_id(organization.pk),
        "name": organization.namespace.name,
        "fullname": organization.full_name,
        "avatarUrl": "",
        "roleInOrg": membership.role,
        "isEnterprise": False,
        "canPay": False,
        "email": None,
    }


@dataclass(frozen=True)
class Snapshot:
    """A repo as of one commit. `entries` and `details` hold only what somebody asked for."""

    repo: Repo
    sha: str
    last_modified: datetime
    entries: list[Entry] | None = None
    with_sizes: bool = False
    details: Details = NO_DETAILS


def _tags(snapshot: Snapshot) -> list[str]:
    return [row.tag for row in snapshot.repo.tag_rows.all()]


def siblings(snapshot: Snapshot) -> list[JSONObject]:
    files = (entry for entry in snapshot.entries or () if entry.kind == "file")
    return [_sibling(entry, with_size=snapshot.with_sizes) for entry in files]


def _sibling(entry: Entry, *, with_size: bool) -> JSONObject:
    if not with_size:
        return {"rfilename": entry.path}
    sibling: JSONObject = {"rfilename": entry.path, "size": entry.size, "blobId": entry.oid}
    if entry.lfs is not None:
        sibling["lfs"] = {"sha256": entry.lfs.sha256, **_pointer(entry.lfs)}
    return sibling


def _pointer(pointer: Pointer) -> JSONObject:
    return {"size": pointer.size, "pointerSize": len(pointer_text(pointer))}


def _safetensors(snapshot: Snapshot) -> JSONObject | None:
    parameters = snapshot.repo.parameters
    return {"parameters": parameters, "total": snapshot.repo.parameter_count} if parameters else None


def _transformers_info(snapshot: Snapshot) -> JSONObject | None:
    repo = snapshot.repo
    if repo.library_name != "transformers":
        return None
    files = (entry.path for entry in snapshot.entries or ())
    return {**transformers_info(repo.config, repo.pipeline_tag, files)}


def _eval_results(snapshot: Snapshot) -> list[JSONObject] | None:
    record = snapshot.details.records.get(snapshot.repo.pk)
    return eval_results(record) if record is not None else None


# Every value that `expand` may take for some kind of repo, and where it comes from. None means that this hub has
# nothing to say there.
EXPANDABLE: dict[str, Callable[[Snapshot], Any]] = {
    "author": lambda snapshot: snapshot.repo.namespace.name,
    "baseModels": lambda snapshot: read_lineage(_tags(snapshot)).bases or None,
    "cardData": lambda snapshot: snapshot.repo.card_data,
    "childrenModelCount": lambda snapshot: snapshot.details.children.get(snapshot.repo.pk, 0),
    "citation": lambda _: None,
    "config": lambda snapshot: snapshot.repo.config or None,
    "createdAt": lambda snapshot: timestamp(snapshot.repo.created_at),
    "datasets": lambda snapshot: snapshot.repo.card_data.get("datasets"),
    "description": lambda _: None,
    "disabled": lambda snapshot: snapshot.repo.hidden,
    "downloads": lambda snapshot: snapshot.repo.downloads,
    "downloadsAllTime": lambda snapshot: snapshot.repo.downloads,
    "evalResults": _eval_results,
    "gated": lambda snapshot: snapshot.repo.gated or False,
    "gguf": lambda _: None,
    "inference": lambda _: None,
    "inferenceProviderMapping": lambda _: None,
    "lastModified": lambda snapshot: timestamp(snapshot.last_modified),
    "library_name": lambda snapshot: snapshot.repo.library_name or None,
    "likes": lambda snapshot: snapshot.repo.likes,
    "mainSize": lambda _: None,
    "mask_token": lambda snapshot: snapshot.repo.mask_token or None,
    "model-index": lambda snapshot: snapshot.repo.card_data.get("model-index"),
    "models": lambda snapshot: snapshot.repo.card_data.get("models"),
    "paperswithcode_id": lambda snapshot: snapshot.repo.card_data.get("paperswithcode_id"),
    "pipeline_tag": lambda snapshot: snapshot.repo.pipeline_tag or None,
    "private": lambda snapshot: snapshot.repo.private,
    "region": lambda _: None,
    "resourceGroup": lambda _: None,
    "runtime": lambda _: None,
    "safetensors": _safetensors,
    "sdk": lambda snapshot: snapshot.repo.card_data.get("sdk"),
    "sha": lambda snapshot: snapshot.sha,
    "siblings": siblings,
    "spaces": lambda _: [],
    "subdomain": lambda _: None,
    "tags": _tags,
    "transformersInfo": _transformers_info,
    "trendingScore": lambda snapshot: score(snapshot.repo.trend, timezone.now()),
    "usedStorage": lambda snapshot: snapshot.repo.used_bytes,
    "widgetData": lambda snapshot: snapshot.repo.card_data.get("widget"),
    "xetEnabled": lambda _: True,  # clients up to 0.36 ask before they send anything large
}
LIST_FIELDS = (
    "author",
    "likes",
    "trendingScore",
    "private",
    "gated",
    "downloads",
    "tags",
    "pipeline_tag",
    "library_name",
    "createdAt",
)
FULL_FIELDS = ("siblings", "sha", "lastModified", "disabled")
INFO_FIELDS = (
    *LIST_FIELDS,
    *FULL_FIELDS,
    "downloadsAllTime",
    "cardData",
    "config",
    "mask_token",
    "model-index",
    "safetensors",
    "spaces",
    "transformersInfo",
    "usedStorage",
    "widgetData",
)


_FIELDS = EXPANDABLE | {"modelId": lambda snapshot: snapshot.repo.full_id}


def repo_object(snapshot: Snapshot, fields: Iterable[str]) -> JSONObject:
    """`_id`, `id` and those of `fields` that have a value."""
    repo = snapshot.repo
    result: JSONObject = {"_id": object_id(repo.pk), "id": repo.full_id}
    for name in fields:
        value = _FIELDS[name](snapshot)
        if value is not None:
            result[name] = value
    return result


def entry_object(entry: Entry, last_commit: Commit | None = None, blob: Blob | None = None) -> JSONObject:
    """A file or folder of a tree; `blob` is what is behind a large file."""
    result: JSONObject = {"type": entry.kind, "oid": entry.oid, "size": entry.size, "path": entry.path}
    if entry.lfs is not None:
        result["lfs"] = {"oid": entry.lfs.sha256, **_pointer(entry.lfs)}
    if blob is not None and not blob.flat:
        result["xetHash"] = blob.xet_hash
    if last_commit is not None:
        result["lastCommit"] = {
            "id": last_commit.sha,
            "title": last_commit.title,
            "date": timestamp(last_commit.date),
        }
    return result


def commit_object(commit: Commit) -> JSONObject:
    return {
        "id": commit.sha,
        "title": commit.title,
        "message": commit.message,
        "date": timestamp(commit.date),
        "authors": [{"user": commit.author_name}],
    }


def ref_object(ref: Ref) -> JSONObject:
    return {"name": ref.name, "ref": ref.ref, "targetCommit": ref.target}
