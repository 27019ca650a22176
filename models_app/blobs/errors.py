"""What object storage refuses."""

from hub.core.errors import DomainError, Invalid, NotFound


class ObjectMissing(NotFound):
    """The store has no object under this key."""

    code = "object_missing"


class ContentMismatch(Invalid):
    """Bytes that are not what their hash or size says."""

    code = "content_mismatch"


class PartAbsent(Invalid):
    """An upload in parts was to be finished, but part `number` had not been sent."""

    code = "part_absent"

    def __init__(self, number: int) -> None:
        super().__init__(f"Part {number} was not sent.")
        self.number = number


class StoreUnavailable(DomainError):
    """The object store does not answer, or refuses the hub itself."""

    status = 503
    code = "store_unavailable"

    def __init__(self) -> None:
        super().__init__("The hub's object store does not answer: try again later.")


class Swept(StoreUnavailable):
    """Garbage under the same key was being removed at this very moment: the same request will find its place free."""

    code = "swept"
