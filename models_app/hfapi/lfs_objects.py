"""The bytes of LFS objects, by links from a batch."""

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import NotFound
from models_app.blobs.errors import ObjectMissing
from models_app.blobs.services import store_lfs
from models_app.hfapi.bodies import body_of
from models_app.hfapi.content import make_harmless
from models_app.hfapi.destinations import destination_named
from models_app.hfapi.files import blob_response
from models_app.hfapi.lfs_links import LfsErrors, follow
from models_app.uploads.grants import Destination, granted
from models_app.uploads.models import MultipartUpload
from models_app.uploads.multipart import complete_multipart, receive_part
from models_app.uploads.quotas import check_quota


class ObjectView(LfsErrors):
    """One whole object."""

    def get(self, request: Request, oid: str, **_kwargs: str) -> HttpResponseBase:
        repo, _ = follow(request._request, "read", "object", oid)  # noqa: SLF001
        blob = granted(repo, [oid]).get(oid)
        if blob is None:
            raise ObjectMissing("This repository has no such object.")
        response = blob_response(request, blob, oid)
        make_harmless(response, oid)
        return response

    def put(self, request: Request, oid: str, **_kwargs: str) -> Response:
        repo, (size, proposer) = follow(request._request, "write", "object", oid)  # noqa: SLF001
        destination = destination_named(repo, proposer)
        check_quota(destination.namespace, {oid: int(size)})
        body = body_of(request._request, limit=int(size))  # noqa: SLF001
        destination.receive(store_lfs(sha256=oid, size=int(size), chunks=body))
        return Response({})


class PartsView(LfsErrors):
    """The end of a multipart upload: its parts become the object. A repeated call finds it done."""

    def post(self, request: Request, oid: str, **_kwargs: str) -> Response:
        destination, upload = _upload(request, oid)
        if upload is not None:
            complete_multipart(upload=upload)
        elif oid not in destination.holds([oid]):
            raise _over()
        return Response({})


class PartView(LfsErrors):
    def put(self, request: Request, oid: str, number: int, **_kwargs: str) -> Response:
        _, upload = _upload(request, oid)
        if upload is None:
            raise _over()
        body = body_of(request._request, limit=upload.chunk_size)  # noqa: SLF001
        etag = receive_part(upload=upload, number=number, chunks=body)
        return Response({}, headers={"ETag": f'"{etag}"'})


def _upload(request: Request, oid: str) -> tuple[Destination, MultipartUpload | None]:
    repo, (pk, proposer) = follow(request._request, "write", "parts", oid)  # noqa: SLF001
    return destination_named(repo, proposer), MultipartUpload.objects.select_related("repo").filter(pk=pk).first()


def _over() -> NotFound:
    return NotFound("This upload was given up or is complete: begin it again.")
