"""Misconfigurations that show in the database (``manage.py check --database default``, and each ``migrate``)."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register
from django.core.checks import Warning as CheckWarning
from django.core.checks.registry import Tags
from django.db import connections

from community.members.models import AccessToken
from community.members.tokens import pepper_id


@register(Tags.database)
def check_pepper(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 (Django's signature)
    databases: Sequence[str] | None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """Tokens made under another HUB_SECRET_KEY are all refused, which from outside looks like wrong tokens."""
    if "default" not in (databases or ()):
        return []
    if AccessToken._meta.db_table not in connections["default"].introspection.table_names():  # noqa: SLF001 (documented)
        return []  # before the first migrate
    foreign = AccessToken.objects.exclude(pepper_id=pepper_id()).count()
    if not foreign:
        return []
    return [
        CheckWarning(
            f"{foreign} access tokens were made under another HUB_SECRET_KEY and are refused.",
            hint="Restore that key, or ask members to revoke these tokens and to make new ones.",
            id="community.W001",
        )
    ]
