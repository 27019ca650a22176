"""Turn an Authorization header or a session into an `Actor`."""

import base64
import binascii
import hashlib
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from community.members.actors import ANONYMOUS, Actor
from community.members.capabilities import read_capability
from community.members.errors import InvalidCredentials
from community.members.models import AccessToken, User

TOKEN_PREFIX = "hf_"  # noqa: S105 (a prefix, not a secret): clients and secret scanners know it
CAPABILITY_PREFIX = "cap_"
LAST_USED_EVERY = timedelta(minutes=1)


def token_digest(token: str) -> str:
    """HMAC-SHA256 of a token under the hub's key, so that a stolen database opens nothing."""
    return salted_hmac("community.members.token", token, algorithm="sha256").hexdigest()


def pepper_id() -> str:
    """Names the key that made a digest, so that a changed key can be told from a wrong token."""
    return hashlib.sha256(f"pepper:{settings.SECRET_KEY}".encode()).hexdigest()[:16]


def actor_of(request: HttpRequest) -> Actor:
    """The caller of `request`: the Authorization header wins over the session.

    Raises `InvalidCredentials` for a header that names no valid token; never falls back to anonymous.
    """
    header = request.headers.get("Authorization", "")
    if header:
        return actor_from_header(header)
    if request.user.is_authenticated:
        return Actor(user=request.user)
    return ANONYMOUS


def actor_from_header(header: str) -> Actor:
    """`Bearer <token>`, or Basic with the token as password (git)."""
    scheme, _, value = header.partition(" ")
    secret = value.strip()
    if scheme.lower() == "basic":
        try:
            secret = base64.b64decode(secret, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            raise InvalidCredentials from None
    elif scheme.lower() != "bearer":
        raise InvalidCredentials
    if secret.startswith(CAPABILITY_PREFIX):
        return Actor(capability=read_capability(secret.removeprefix(CAPABILITY_PREFIX)))
    return _actor_of_token(secret)


def _actor_of_token(secret: str) -> Actor:
    token = AccessToken.objects.select_related("user").filter(digest=token_digest(secret)).first()
    now = timezone.now()
    if token is None or not token.user.is_active:
        raise InvalidCredentials
    if token.expires_at is not None and token.expires_at <= now:
        raise InvalidCredentials
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_EVERY:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return Actor(user=token.user, token=token)


class ActorAuthentication(BaseAuthentication):
    """DRF's view of `actor_of`. Session callers must send the CSRF token, as on every page."""

    def authenticate(self, request: Request) -> tuple[User | None, Actor] | None:
        actor = actor_of(request._request)  # noqa: SLF001 (DRF's documented way to the Django request)
        if actor.is_anonymous:
            return None
        if not request.headers.get("Authorization"):
            _check_csrf(request._request)  # noqa: SLF001
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:  # type: ignore[override]
        return reason


def _check_csrf(request: HttpRequest) -> None:
    check = _Csrf(lambda _request: None)  # type: ignore[arg-type, return-value]
    check.process_request(request)
    reason = check.process_view(request, None, (), {})
    if reason:
        raise PermissionDenied(f"CSRF check failed: {reason}")
