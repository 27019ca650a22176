"""What can go wrong on purpose. Services and queries raise these; only the edge (pages, APIs) knows HTTP.

`message` is a sentence that a person can act on; `code` is stable and machine-readable.
"""

from typing import ClassVar


class DomainError(Exception):
    """An expected refusal. Nothing was changed."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(DomainError):
    """The request cannot be carried out as it is written."""


class Moved(DomainError):
    """What was asked for lies elsewhere now: at `location`, an address on this hub."""

    status = 307
    code = "moved"

    def __init__(self, location: str) -> None:
        super().__init__(f"This is at {location} now.")
        self.location = location


class Unauthenticated(DomainError):
    status = 401
    code = "unauthenticated"


class Forbidden(DomainError):
    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """Missing, or hidden from this actor: the two are never told apart."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    status = 409
    code = "conflict"


class Stale(DomainError):
    """The thing changed since the caller looked."""

    status = 412
    code = "stale"


class TooLarge(DomainError):
    status = 413
    code = "too_large"


class RangeUnsatisfiable(DomainError):
    status = 416
    code = "range"


class Unprocessable(DomainError):
    status = 422
    code = "unprocessable"


class StorageFull(DomainError):
    status = 507
    code = "storage_full"
