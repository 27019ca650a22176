"""Pictures, videos and sounds that members put into comments."""

import hashlib
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

from django.utils.translation import gettext as _

from community.discussions.queries import check_takes_part
from community.members.actors import Actor
from hub.core.errors import DomainError, Invalid, NotFound
from hub.core.files import full_disk_is_a_refusal
from hub.core.limits import within_limit
from models_app.blobs.services import store_lfs
from models_app.uploads.models import Attachment
from models_app.uploads.quotas import check_quota

# What may be attached, and the ending of its address.
ENDINGS: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
MAX_BYTES, MAX_VIDEO_BYTES = 10 * 1024**2, 50 * 1024**2
AN_HOUR = 100
_PIECE_BYTES = 1024 * 1024


class AttachmentNotFound(NotFound):
    code = "attachment_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such attachment."))


class TooManyAttachments(DomainError):
    status = 429
    code = "too_many_attachments"

    def __init__(self) -> None:
        super().__init__(_("You attached %(most)d files within an hour: go on a little later.") % {"most": AN_HOUR})


def largest(media_type: str) -> int:
    """Bytes that an attachment of `media_type` may have."""
    return MAX_VIDEO_BYTES if media_type.startswith("video/") else MAX_BYTES


def attach(*, actor: Actor, media_type: str, chunks: Iterable[bytes]) -> Attachment:
    """Keep the bytes of `chunks`, of which the caller lets no more through than `largest`; they count as the member's
    own.

    Raises `WritingForbidden`, `Invalid` for another type, `TooManyAttachments`, `QuotaExceeded`, `StorageFull` and what
    `chunks` raises.
    """
    member = check_takes_part(actor)
    if media_type not in ENDINGS:
        raise Invalid(_("Attach a file of one of these types: %(types)s.") % {"types": ", ".join(ENDINGS)})
    if not within_limit(f"attachments:{member.pk}", limit=AN_HOUR, seconds=3600):
        raise TooManyAttachments
    with full_disk_is_a_refusal(), tempfile.TemporaryFile() as file:
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        sha256, size = digest.hexdigest(), file.tell()
        if member.namespace is not None:
            check_quota(member.namespace, {sha256: size})
        file.seek(0)
        blob = store_lfs(sha256=sha256, size=size, chunks=_pieces(file))
    return Attachment.objects.create(user=member, blob=blob, media_type=media_type)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece


def get_attachment(attachment_id: uuid.UUID) -> Attachment:
    """For whoever knows its id, as with a picture on any other site. Raises `AttachmentNotFound`."""
    found = Attachment.objects.select_related("blob").filter(pk=attachment_id).first()
    if found is None:
        raise AttachmentNotFound
    return found
