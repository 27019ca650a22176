"""Access tokens: how their text is made and kept, and the services that make and revoke them."""

import hashlib
import secrets
import string
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from community.members.errors import InvalidToken, TokenNameTaken
from community.members.models import TOKEN_NAME_MAX_LENGTH, AccessToken, TokenKind, User
from community.members.queries import namespaces_of
from community.members.rules import GLOBAL_PERMISSIONS, SCOPED_PERMISSIONS

PREFIX = "hf_"  # clients and secret scanners know it, and the 34 letters after it
_RANDOM_LETTERS = 34
_HINT_LENGTH = 4


def token_digest(token: str) -> str:
    """HMAC-SHA256 of a token under the hub's key, so that a stolen database opens nothing."""
    return salted_hmac("community.members.token", token, algorithm="sha256").hexdigest()


def pepper_id() -> str:
    """Names the key that made a digest, so that a changed key can be told from a wrong token."""
    return hashlib.sha256(f"pepper:{settings.SECRET_KEY}".encode()).hexdigest()[:16]


def token_hint(token: str) -> str:
    """The end of a token, by which its owner recognises it in a list."""
    return token[-_HINT_LENGTH:]


@transaction.atomic
def create_access_token(
    *,
    user: User,
    name: str,
    kind: TokenKind,
    scopes: Mapping[str, Any] | None = None,
    expires_at: datetime | None = None,
) -> tuple[AccessToken, str]:
    """A new token and its text, which is kept nowhere. Raises `InvalidToken`, `TokenNameTaken`.

    `scopes` is for fine-grained tokens only: ``{"global": [permission…], "scoped": [{"entity": {"type": "user" or
    "org", "name": namespace}, "permissions": [permission…]}]}``, with namespaces that the member belongs to.
    """
    name = name.strip()
    check_token(user=user, name=name, kind=kind, scopes=scopes, expires_at=expires_at)
    token = AccessToken(user=user, name=name, kind=kind, scopes=dict(scopes or {}), expires_at=expires_at)
    text = _give_text(token)
    try:
        with transaction.atomic():
            token.save()
    except IntegrityError:
        raise TokenNameTaken(name) from None
    return token, text


def renew_access_token(*, token: AccessToken, expires_at: datetime) -> str:
    """Another text for a token that stays the same otherwise; the old text opens nothing from now on."""
    text = _give_text(token)
    token.expires_at = expires_at
    token.save(update_fields=["digest", "pepper_id", "hint", "expires_at"])
    return text


def _give_text(token: AccessToken) -> str:
    text = PREFIX + "".join(secrets.choice(string.ascii_letters) for _letter in range(_RANDOM_LETTERS))
    token.digest, token.pepper_id, token.hint = token_digest(text), pepper_id(), token_hint(text)
    return text


def check_token(
    *, user: User, name: str, kind: TokenKind, scopes: Mapping[str, Any] | None, expires_at: datetime | None
) -> None:
    """Raises `InvalidToken` with the sentence of the first thing that is wrong."""
    if not 0 < len(name) <= TOKEN_NAME_MAX_LENGTH:
        raise InvalidToken(
            _("Give the token a name of at most %(length)d characters.") % {"length": TOKEN_NAME_MAX_LENGTH}
        )
    if kind not in TokenKind.values:
        raise InvalidToken(_("A token is of kind read, write or fineGrained."))
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidToken(_("A token must expire in the future."))
    if (kind == TokenKind.FINE_GRAINED) != bool(scopes):
        raise InvalidToken(_("Choose what a fine-grained token may do; other tokens have no such choice."))
    if scopes:
        _check_scopes(user, scopes)


def _check_scopes(user: User, scopes: Mapping[str, Any]) -> None:
    given = set(scopes.get("global", ()))
    grants = scopes.get("scoped", ())
    if not given and not any(grant["permissions"] for grant in grants):
        raise InvalidToken(_("Choose at least one thing that the token may do."))
    if not given <= set(GLOBAL_PERMISSIONS) or not all(
        set(grant["permissions"]) <= set(SCOPED_PERMISSIONS) for grant in grants
    ):
        raise InvalidToken(_("The token asks for a permission that does not exist."))
    own = {name.lower() for name in namespaces_of(user).values_list("name", flat=True)}
    for grant in grants:
        name = grant["entity"]["name"]
        if name.lower() not in own:
            raise InvalidToken(_("You do not belong to “%(name)s”.") % {"name": name})


def revoke_access_token(*, user: User, token_id: int) -> None:
    """End a token of `user` at once; ending one that is gone already is no error."""
    AccessToken.objects.filter(user=user, pk=token_id).delete()
