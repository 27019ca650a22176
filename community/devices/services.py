"""Let a program in without typing a token into it: it shows a code, and its member confirms that code here."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from community.devices.errors import (
    AccessDenied,
    AuthorizationPending,
    CodeUnknown,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
)
from community.devices.models import DeviceLogin, DeviceRequest, RequestState
from community.devices.rules import (
    DEVICE_CODE_BYTES,
    INTERVAL,
    LIFE,
    REFRESH_LIFE,
    REPEAT,
    TOKEN_LIFE,
    TOLERANCE,
    new_user_code,
    normal_user_code,
)
from community.members.actors import Actor
from community.members.models import TokenKind, User
from community.members.services import check_signed_in
from community.members.tokens import create_access_token, renew_access_token


@dataclass(frozen=True)
class Grant:
    """What a program is given. The texts are kept nowhere."""

    access_token: str
    refresh_token: str
    seconds: int


def digest_of(secret: str) -> str:
    """HMAC of a device code or refresh token under the hub's key."""
    return salted_hmac("community.devices", secret, algorithm="sha256").hexdigest()


@transaction.atomic
def begin(*, address: str | None, program: str) -> tuple[DeviceRequest, str]:
    """A program that wants in, and the secret code by which it asks for the outcome."""
    DeviceRequest.objects.filter(expires_at__lt=timezone.now() - LIFE).delete()
    code = secrets.token_urlsafe(DEVICE_CODE_BYTES)
    now = timezone.now()
    request = DeviceRequest.objects.create(
        digest=digest_of(code),
        user_code=new_user_code(),
        address=address,
        program=program[:200],
        interval=INTERVAL,
        created_at=now,
        expires_at=now + LIFE,
    )
    return request, code


def find_waiting(*, user_code: str) -> DeviceRequest:
    """The program that waits with this code. Raises `CodeUnknown`."""
    waiting = DeviceRequest.objects.filter(state=RequestState.PENDING, expires_at__gt=timezone.now())
    found = waiting.filter(user_code=normal_user_code(user_code)).first()
    if found is None:
        raise CodeUnknown
    return found


@transaction.atomic
def decide(*, actor: Actor, user_code: str, kind: TokenKind | None) -> DeviceRequest:
    """Let the program in with a token of `kind`, or send it away (None). Raises `CodeUnknown`, `NotAllowed`."""
    user = check_signed_in(actor)
    request = find_waiting(user_code=user_code)
    # Of two members with one code, the first decides.
    undecided = DeviceRequest.objects.filter(pk=request.pk, state=RequestState.PENDING)
    state = RequestState.DENIED if kind is None else RequestState.APPROVED
    if not undecided.update(state=state, user=user, kind=kind or ""):
        raise CodeUnknown
    request.state = state
    return request


def collect(*, device_code: str) -> Grant:
    """The token of an approved program, given once.

    Raises `AuthorizationPending`, `SlowDown`, `AccessDenied`, and `ExpiredToken` for codes that are unknown or used.
    """
    with transaction.atomic():
        request = DeviceRequest.objects.select_for_update().filter(digest=digest_of(device_code)).first()
        now = timezone.now()
        if request is None or request.expires_at <= now:
            raise ExpiredToken
        hasty = _note_question(request, now)
        if request.state == RequestState.APPROVED and request.user is not None and request.user.is_active:
            request.delete()
            return _let_in(request, request.user)
        state = request.state
    # Raised outside: what was noted of the question must stay.
    if state == RequestState.DENIED:
        raise AccessDenied
    raise SlowDown if hasty else AuthorizationPending


def _note_question(request: DeviceRequest, now: datetime) -> bool:
    """Write down when a program asked; True, and a longer interval, if that was too soon."""
    hasty = request.asked_at is not None and (now - request.asked_at).total_seconds() < request.interval - TOLERANCE
    request.asked_at = now
    request.interval += INTERVAL if hasty else 0
    request.save(update_fields=["asked_at", "interval"])
    return hasty


def _let_in(request: DeviceRequest, user: User) -> Grant:
    now = timezone.now()
    token, text = create_access_token(
        user=user,
        name=f"login-{request.user_code.lower()}-{now:%Y-%m-%d}",
        kind=TokenKind(request.kind),
        expires_at=now + TOKEN_LIFE,
    )
    refresh = secrets.token_urlsafe(DEVICE_CODE_BYTES)
    DeviceLogin.objects.create(token=token, digest=digest_of(refresh), expires_at=now + REFRESH_LIFE)
    return Grant(text, refresh, int(TOKEN_LIFE.total_seconds()))


def renew(*, refresh_token: str) -> Grant:
    """A new access token in place of the old one, and the next refresh token. Raises `InvalidGrant`.

    A refresh token that comes a second time, later than `REPEAT`, was stolen by one of the two who have it: nobody can
    tell which, so both are shut out.
    """
    digest = digest_of(refresh_token)
    now = timezone.now()
    with transaction.atomic():
        logins = DeviceLogin.objects.select_for_update(of=("self",)).select_related("token__user")
        login = logins.filter(digest=digest).first() or logins.filter(previous_digest=digest).first()
        stolen = login is not None and login.digest != digest and now - login.renewed_at > REPEAT
        if login is not None and not stolen and login.expires_at > now and login.token.user.is_active:
            return _renewed(login, now)
        if login is not None and stolen:
            login.token.delete()
    raise InvalidGrant


def _renewed(login: DeviceLogin, now: datetime) -> Grant:
    text = renew_access_token(token=login.token, expires_at=now + TOKEN_LIFE)
    refresh = secrets.token_urlsafe(DEVICE_CODE_BYTES)
    login.previous_digest, login.digest = login.digest, digest_of(refresh)
    login.renewed_at, login.expires_at = now, now + REFRESH_LIFE
    login.save(update_fields=["previous_digest", "digest", "renewed_at", "expires_at"])
    return Grant(text, refresh, int(TOKEN_LIFE.total_seconds()))
