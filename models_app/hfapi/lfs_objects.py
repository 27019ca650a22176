"""The bytes of LFS objects, by links from a batch."""

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from hub.core.errors import NotFound
from models_app.blobs.errors import ObjectMissing
from models_app.blobs.services import store_lfs
from models_app.hfapi.bodies import body_of
from models_app.hfapi.content import make_harmless
from models_app.hfapi.files import blob_response
from models_app.hfapi.lfs_links import LinkView
from models_app.uploads.grants import Destination, granted
from models_app.uploads.models import MultipartUpload
from models_app.uploads.multipart import complete_multipart, receive_part
from models_app.uploads.quotas import check_quota


class ObjectView(LinkView):
    """One whole object."""

    def get(self, request: Request, oid: str, **_kwargs: str) -> HttpResponseBase:
        holder, _ = self.follow("read", "object", oid)
        holder.check_read()
        blob = granted(holder.repo, [oid]).get(oid)
        if blob is None:
            raise ObjectMissing("This repository has no such object.")
        response = blob_response(request, blob, oid)
        make_harmless(response, oid)
        return response

    def put(self, request: Request, oid: str, **_kwargs: str) -> Response:
        holder, (size,) = self.follow("write", "object", oid)
        destination = holder.destination
        check_quota(destination.namespace, {oid: int(size)})
        body = body_of(request._request, limit=int(size))  # noqa: SLF001
        destination.receive(store_lfs(sha256=oid, size=int(size), chunks=body))
        return Response({})


class _UploadInParts(LinkView):
    def upload(self, oid: str) -> tuple[Destination, MultipartUpload | None]:
        """Where the parts go, and the upload unless it is over."""
        holder, (pk,) = self.follow("write", "parts", oid)
        destination = holder.destination
        same = MultipartUpload.objects.filter(pk=pk, proposed=destination.proposer_id is not None)
        return destination, same.select_related("repo").first()


class PartsView(_UploadInParts):
    """The end of a multipart upload: its parts become the object. A repeated call finds it done."""

    def post(self, _request: Request, oid: str, **_kwargs: str) -> Response:
        destination, upload = self.upload(oid)
        if upload is not None:
            complete_multipart(upload=upload)
        elif oid not in destination.holds([oid]):
            raise _over()
        return Response({})


class PartView(_UploadInParts):
    def put(self, request: Request, oid: str, number: int, **_kwargs: str) -> Response:
        _, upload = self.upload(oid)
        if upload is None:
            raise _over()
        body = body_of(request._request, limit=upload.chunk_size)  # noqa: SLF001
        etag = receive_part(upload=upload, number=number, chunks=body)
        return Response({}, headers={"ETag": f'"{etag}"'})


def _over() -> NotFound:
    return NotFound("This upload was given up or is complete: begin it again.")
