"""What device login refuses. The codes are those of RFC 6749 and RFC 8628: programs read them."""

from typing import ClassVar

from django.utils.translation import gettext as _

from hub.core.errors import DomainError, NotFound


class OAuthRefusal(DomainError):
    """An answer of the token endpoint that is no token."""

    sentence: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.sentence)


class AuthorizationPending(OAuthRefusal):
    code = "authorization_pending"
    sentence = "The member has not decided yet."


class SlowDown(OAuthRefusal):
    code = "slow_down"
    sentence = "Wait five seconds longer between two questions."


class ExpiredToken(OAuthRefusal):
    code = "expired_token"
    sentence = "The code is unknown, was used or has expired: begin again."


class AccessDenied(OAuthRefusal):
    code = "access_denied"
    sentence = "The member said no."


class InvalidGrant(OAuthRefusal):
    code = "invalid_grant"
    sentence = "The refresh token is unknown, was used before or has expired: sign in again."


class UnsupportedGrant(OAuthRefusal):
    code = "unsupported_grant_type"
    sentence = "The grant type must be that of a device code or refresh_token."


class TooManyTries(DomainError):
    status = 429
    code = "too_many_tries"

    def __init__(self) -> None:
        super().__init__(_("Too many tries. Wait a quarter of an hour, then begin again."))


class CodeUnknown(NotFound):
    """No program waits with this code, or no longer."""

    code = "code_unknown"

    def __init__(self) -> None:
        super().__init__(_("No program waits with this code. It may have expired: start the login again."))
