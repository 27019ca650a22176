"""What object storage refuses."""

from hub.core.errors import Invalid, NotFound


class ObjectMissing(NotFound):
    """The store has no object under this key."""

    code = "object_missing"


class ContentMismatch(Invalid):
    """Bytes that are not what their hash or size says."""

    code = "content_mismatch"
