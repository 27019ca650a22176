"""What clients and people embed in comments: sent to one address, read by another that cannot be guessed."""

import uuid

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from hub.core.paths import public_url
from models_app.hfapi.bodies import body_of
from models_app.hfapi.content import make_harmless
from models_app.hfapi.files import blob_response
from models_app.hfapi.http import HubView
from models_app.uploads.attachments import ENDINGS, attach, get_attachment, largest


class Attach(HubView):
    @extend_schema(
        operation_id="attach",
        request={"image/*": OpenApiTypes.BINARY},
        responses={(200, "text/plain"): OpenApiTypes.STR},
        tags=["discussions"],
    )
    def post(self, request: Request) -> HttpResponse:
        """Send a picture, video or sound as it is; the answer is its address, to be embedded in a comment."""
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        body = body_of(request._request, limit=largest(media_type))  # noqa: SLF001 (DRF would read it to its end)
        kept = attach(actor=self.actor, media_type=media_type, chunks=body)
        address = public_url(f"/uploads/{kept.pk}.{ENDINGS[media_type]}")
        return HttpResponse(address, content_type="text/plain; charset=utf-8")


class AttachmentView(HubView):
    schema = None  # an address to embed, not to build

    def get(self, request: Request, attachment: uuid.UUID, **_ending: str) -> HttpResponseBase:
        found = get_attachment(attachment)
        name = f"{found.pk}.{ENDINGS[found.media_type]}"
        response = blob_response(request, found.blob, name)
        make_harmless(response, name)
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
