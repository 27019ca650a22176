"""git-lfs and the Hub's additions to it: which objects to send, and how; and whether one has arrived."""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from community.members.actors import Right
from hub.core.errors import Invalid, NotFound
from models_app.blobs.models import Blob
from models_app.hfapi.http import RepoView, UnknownRepoRouteView
from models_app.hfapi.lfs_links import LINK_SECONDS, LfsErrors, LinkView, link
from models_app.hfapi.lfs_objects import ObjectView, PartsView, PartView
from models_app.hfapi.representations import JSONObject
from models_app.pulls.queries import destination_for
from models_app.repos.addresses import PREFIXES
from models_app.repos.queries import check_content
from models_app.uploads.grants import Destination, granted, renew, usable
from models_app.uploads.multipart import part_count, part_url, start_multipart
from models_app.uploads.quotas import check_quota

MEDIA_TYPE = "application/vnd.git-lfs+json"
MAX_OBJECTS = 1000
MAX_OBJECT_BYTES = 2**62  # what the database can count; the disk decides first
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BatchView(LfsErrors, RepoView):
    """What to do with each of a list of objects.

    An object counts as stored only where the caller may point to it anyway: for everybody else it is unknown and gets
    an upload link, so that nobody finds out by its hash what others have stored.
    """

    destination: Destination

    def post(self, _request: Request, **_kwargs: str) -> Response:
        body = self.json()
        objects = _objects(body.get("objects"))
        match body.get("operation"):
            case "upload":
                self.destination = destination_for(self.actor, self.repo, _revision(body.get("ref")))
                offered = body.get("transfers")
                transfer, answer = self._upload(objects, offered=offered if isinstance(offered, list) else [])
            case "download":
                check_content(self.actor, self.repo)
                transfer, answer = "basic", self._download(objects)
            case _:
                raise Invalid("The operation of an LFS batch is upload or download.")
        return Response({"transfer": transfer, "objects": answer, "hash_algo": "sha256"}, content_type=MEDIA_TYPE)

    def _upload(self, objects: dict[str, int], *, offered: list[str]) -> tuple[str, list[JSONObject]]:
        stored = usable(self.actor, self.repo, objects)
        renew(stored)
        missing = {oid: size for oid, size in objects.items() if oid not in stored}
        check_quota(self.destination.namespace, missing)
        if "xet" in offered and self._by_xet(missing, stored.values()):
            transfer = "xet"
        elif "multipart" in offered and self._in_parts(objects):
            transfer = "multipart"
        else:
            transfer = "basic"
        answer = []
        for oid, size in objects.items():
            blob = stored.get(oid)
            item: JSONObject = {"oid": oid, "size": size}
            if blob is not None and blob.size != size:
                item["error"] = {"code": 422, "message": f"The object with this sha256 has {blob.size} bytes."}
            elif blob is None and transfer != "xet":
                in_parts = transfer == "multipart" and size > settings.LFS_PART_BYTES
                upload = self._parts(oid, size) if in_parts else self._whole(oid, size)
                verify = self._action("verify", "write", "verify")
                item |= {"authenticated": True, "actions": {"upload": upload, "verify": verify}}
            answer.append(item)
        return transfer, answer

    def _by_xet(self, missing: dict[str, int], stored: Iterable[Blob]) -> bool:
        """Whether to send a client that offers Xet there, where it gets its addresses and sends the whole batch.

        Only huggingface_hub up to 1.19 asks; git-lfs with git-xet offers Xet too, but wants an answer of its own.
        What lies flat would travel once more, so not where that is more than what is missing.
        """
        flat = sum(blob.size for blob in stored if blob.flat)
        return "hf_hub/" in self.request.headers.get("User-Agent", "") and sum(missing.values()) > flat

    def _in_parts(self, objects: dict[str, int]) -> bool:
        return self.actor.user is not None and any(size > settings.LFS_PART_BYTES for size in objects.values())

    def _action(self, below: str, right: Right, *subject: str) -> JSONObject:
        href = link(self.actor, self.repo, below, right, *subject)
        return {"href": href, "expires_in": LINK_SECONDS[right]}

    def _whole(self, oid: str, size: int) -> JSONObject:
        return self._action(f"objects/{oid}", "write", "object", oid, str(size))

    def _parts(self, oid: str, size: int) -> JSONObject:
        """An address per part and one to put them together; clients want the former as numbered headers."""
        assert self.actor.user is not None  # noqa: S101 (`_in_parts` has looked)
        upload = start_multipart(user=self.actor.user, destination=self.destination, sha256=oid, size=size)
        below, subject = f"objects/{oid}/parts", ("parts", oid, str(upload.pk))
        header = {"chunk_size": str(upload.chunk_size)}
        for number in range(1, part_count(upload) + 1):
            direct = part_url(upload, number, seconds=LINK_SECONDS["write"])
            header[str(number)] = direct or link(self.actor, self.repo, f"{below}/{number}", "write", *subject)
        return {"href": link(self.actor, self.repo, below, "write", *subject), "header": header}

    def _download(self, objects: dict[str, int]) -> list[JSONObject]:
        stored = granted(self.repo, objects)
        answer = []
        for oid, size in objects.items():
            item: JSONObject = {"oid": oid, "size": size}
            if oid in stored:
                download = self._action(f"objects/{oid}", "read", "object", oid)
                item |= {"authenticated": True, "actions": {"download": download}}
            else:
                item["error"] = {"code": 404, "message": "This repository has no such object."}
            answer.append(item)
        return answer


class VerifyView(LinkView):
    """Whether an object has arrived; like its upload by a link from the batch, since git-lfs signs neither."""

    def post(self, _request: Request, **_kwargs: str) -> Response:
        holder, _ = self.follow("write", "verify")
        ((oid, size),) = _objects([self.json()]).items()
        blob = holder.destination.holds([oid]).get(oid)
        if blob is None or blob.size != size:
            raise NotFound("This object has not arrived: upload it again.")
        return Response({}, content_type=MEDIA_TYPE)


class LocksView(LfsErrors, RepoView):
    """git-lfs takes 404 for "no locks are kept here" and pushes on; who asks for one by hand reads what to do."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("This hub keeps no file locks: commit, and merge what others have pushed meanwhile.")


class OtherView(LfsErrors, UnknownRepoRouteView):
    """The rest of the git-lfs API."""


def _revision(ref: Any) -> str | None:
    """What a batch is for: a branch or a pull request; None where it does not say."""
    name = ref.get("name") if isinstance(ref, dict) else None
    return name if isinstance(name, str) else None


def _objects(given: Any) -> dict[str, int]:
    """``[{"oid": sha256, "size": bytes}, …]`` as sizes by sha256. Raises `Invalid` for anything else."""
    if not isinstance(given, list) or not 0 < len(given) <= MAX_OBJECTS:
        raise Invalid(f"An LFS batch has between 1 and {MAX_OBJECTS} objects.")
    objects = {}
    for item in given:
        oid, size = (item.get("oid"), item.get("size")) if isinstance(item, dict) else (None, None)
        if not isinstance(oid, str) or not _SHA256.fullmatch(oid):
            raise Invalid("The oid of an LFS object is its sha256 in 64 lower-case hexadecimal digits.")
        if not isinstance(size, int) or not 0 <= size <= MAX_OBJECT_BYTES:
            raise Invalid(f"The size of LFS object {oid} must be its number of bytes.")
        objects[oid] = size
    return objects


_VIEWS = {
    "objects/batch": BatchView,
    "objects/<str:oid>": ObjectView,
    "objects/<str:oid>/parts": PartsView,
    "objects/<str:oid>/parts/<int:number>": PartView,
    "verify": VerifyView,
    "locks": LocksView,
    "locks/<file:rest>": LocksView,
    "<file:rest>": OtherView,
}
routes = [
    path(f"{prefix}<str:namespace>/<str:name>.git/info/lfs/{below}", view.as_view(), {"kind": kind.value})
    for kind, prefix in PREFIXES.items()
    for below, view in _VIEWS.items()
]
