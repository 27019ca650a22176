"""The service account of the evaluation worker that an embedded hub starts for itself."""

import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Permission
from django.db import transaction

from community.members.errors import NameTaken
from community.members.models import AccessToken, TokenKind, User
from community.members.rules import Permission as TokenPermission
from community.members.services import create_access_token, create_member
from community.members.tokens import token_digest

NAME = "evaluator"
TOKEN_NAME = "embedded evaluation worker"  # noqa: S105 (a name)


def ensure_token(path: Path) -> None:
    """Make sure that `path` holds a valid token of the evaluator, readable by this user alone.

    The token may take evaluation work and nothing else; the account has no password.
    Raises `NameTaken` where a person holds the name.
    """
    if path.exists() and AccessToken.objects.filter(digest=token_digest(path.read_text(encoding="utf-8"))).exists():
        return
    _write_private(path, _new_token())


@transaction.atomic
def _new_token() -> str:
    member = User.objects.filter(username=NAME).first()
    if member is None:
        member = create_member(username=NAME, email="", password=None)
    elif member.has_usable_password():  # a person who came first must not be handed the permission below
        raise NameTaken(NAME)
    member.user_permissions.add(Permission.objects.get(content_type__app_label="models_app", codename="evaluate"))
    AccessToken.objects.filter(user=member, name=TOKEN_NAME).delete()
    _, text = create_access_token(
        user=member,
        name=TOKEN_NAME,
        kind=TokenKind.FINE_GRAINED,
        scopes={"global": [TokenPermission.EVALUATION_WORK], "scoped": []},
    )
    return text


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
