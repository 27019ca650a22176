"""Turn an Authorization header or a session into an `Actor`."""

import base64
import binascii
import logging
from datetime import timedelta
from typing import cast

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from community.members.actors import ANONYMOUS, Actor
from community.members.capabilities import read_capability
from community.members.errors import InvalidCredentials
from community.members.models import AccessToken, User
from community.members.passwords import actor_of_password, takes_passwords
from community.members.tokens import PREFIX as TOKEN_PREFIX
from community.members.tokens import pepper_id, token_digest, token_hint

CAPABILITY_PREFIX = "cap_"
LAST_USED_EVERY = timedelta(minutes=1)

logger = logging.getLogger(__name__)


def actor_of(request: HttpRequest) -> Actor:
    """The caller of `request`, as `ActorMiddleware` found it."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def identify(request: HttpRequest) -> Actor:
    """Look up the caller of `request`: the Authorization header wins over the session.

    Raises `InvalidCredentials` for a header that names no valid token; never falls back to anonymous.
    """
    header = request.headers.get("Authorization", "")
    if header:
        name, secret = _credentials(header)
        if name and takes_passwords(request) and not secret.startswith((TOKEN_PREFIX, CAPABILITY_PREFIX)):
            return actor_of_password(request, name, secret)
        return _actor_of_secret(secret)
    if request.user.is_authenticated:
        return Actor(user=request.user)
    return ANONYMOUS


def actor_from_header(header: str) -> Actor:
    """The actor of `Bearer <token>`, or of Basic with the token as password (git); the user name is not looked at.

    An account's own password is no credential but for git (`passwords`): it lends more than any token may do.
    """
    return _actor_of_secret(_credentials(header)[1])


def _credentials(header: str) -> tuple[str, str]:
    """(user name, secret); a bearer has no name."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return "", value.strip()
    if scheme.lower() != "basic":
        raise InvalidCredentials
    try:
        name, _, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidCredentials from None
    return name, secret


def _actor_of_secret(secret: str) -> Actor:
    if secret.startswith(CAPABILITY_PREFIX):
        return Actor(capability=read_capability(secret.removeprefix(CAPABILITY_PREFIX)))
    return _actor_of_token(secret)


def _actor_of_token(secret: str) -> Actor:
    token = AccessToken.objects.select_related("user").filter(digest=token_digest(secret)).first()
    if token is None:
        _log_if_pepper_changed(secret)
        raise InvalidCredentials
    if not token.user.is_active or token.is_expired:
        raise InvalidCredentials
    _note_use(token)
    return Actor(user=token.user, token=token)


def _log_if_pepper_changed(secret: str) -> None:
    """Tell the operator, not the caller, when a token may well be right but was made under another key."""
    if AccessToken.objects.filter(hint=token_hint(secret)).exclude(pepper_id=pepper_id()).exists():
        logger.warning(
            "A token ending in %s was refused: it was made under another HUB_SECRET_KEY. "
            "Restore that key, or ask members to make new tokens.",
            token_hint(secret),
        )


def _note_use(token: AccessToken) -> None:
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < LAST_USED_EVERY:
        return
    # Of many requests at once, one writes; the others find the row fresh.
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_EVERY)
    AccessToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


class ActorAuthentication(BaseAuthentication):
    """DRF's view of the actor. Session callers must send the CSRF token, as on every page."""

    def authenticate(self, request: Request) -> tuple[User | None, Actor] | None:
        django_request = request._request  # noqa: SLF001 (DRF's documented way to the Django request)
        actor = actor_of(django_request)
        if actor.is_anonymous:
            return None
        if not request.headers.get("Authorization"):
            _check_csrf(django_request)
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (DRF's signature)
        return "Bearer"


class _Csrf(CsrfViewMiddleware):
    """Django's check, with the reason as its answer instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:  # noqa: ARG002 (Django's signature)
        return reason


def _check_csrf(request: HttpRequest) -> None:
    check = _Csrf(lambda _request: HttpResponse())
    check.process_request(request)
    reason = check.process_view(request, lambda: HttpResponse(), (), {})  # noqa: PLW0108 (not called, only typed)
    if reason:
        raise PermissionDenied(f"CSRF check failed: {reason}")
