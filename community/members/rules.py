"""Pure rules: names, the order of roles, what a token's scopes allow."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

NAME_MAX_LENGTH = 96
_NAME = re.compile(r"\w(?:[\w\-.]*\w)?", re.ASCII)
_FORBIDDEN_SUFFIXES = (".git", ".ipynb")

# First path segments that are, or may become, the hub's own pages: no member or organisation may take them.
_RESERVED = """
    about account accounts admin api app apps assets attention avatars blog cas chat collections community compare
    contact dashboard dataset datasets discussions docs download downloads enterprise evaluation evaluations events
    explore favicon.ico feed feeds files forum governance health healthz help home hub i18n import inbox join
    leaderboard legal licences likes login logout media messages metrics model models moderation new notifications
    oauth organization organizations pages papers posts pricing privacy proposals queue repo repos resolve-cache
    robots.txt samples search security sessions settings signin signout signup site sitemap.xml space spaces static
    status storage suites support system tasks terms theme tokens trending uploads user users v1 v2 votes watching
    well-known whoami xet
"""
RESERVED_NAMES = frozenset(_RESERVED.split())


class NameProblem(StrEnum):
    """Why a name is refused."""

    CHARACTERS = "characters"
    DOUBLED = "doubled"
    SUFFIX = "suffix"
    RESERVED = "reserved"


def name_problem(name: str) -> NameProblem | None:
    """What forbids `name` as either half of a repo id (the rules of huggingface_hub's `validate_repo_id`)."""
    if len(name) > NAME_MAX_LENGTH or not _NAME.fullmatch(name):
        return NameProblem.CHARACTERS
    if "--" in name or ".." in name:
        return NameProblem.DOUBLED
    if name.lower().endswith(_FORBIDDEN_SUFFIXES):
        return NameProblem.SUFFIX
    return None


def namespace_name_problem(name: str) -> NameProblem | None:
    """What forbids `name` to a member or an organisation: the rules of every name, and the hub's own addresses."""
    if name.lower() in RESERVED_NAMES:
        return NameProblem.RESERVED
    return name_problem(name)


OWNER = "owner"
ROLE_ORDER = ("read", "contributor", "write", "admin", OWNER)


def role_includes(role: str | None, needed: str) -> bool:
    """Whether `role` may do all that `needed` may. ``None`` (not a member) includes nothing."""
    return role is not None and ROLE_ORDER.index(role) >= ROLE_ORDER.index(needed)


class Permission(StrEnum):
    """What a fine-grained token may be limited to."""

    REPO_READ = "repo.content.read"
    REPO_WRITE = "repo.write"
    DISCUSSION_WRITE = "discussion.write"
    EVALUATION_WORK = "evaluation.work"
    WEBHOOKS = "user.webhooks.write"


SCOPED_PERMISSIONS = (Permission.REPO_READ, Permission.REPO_WRITE)  # given for one namespace each
GLOBAL_PERMISSIONS = (Permission.DISCUSSION_WRITE, Permission.EVALUATION_WORK, Permission.WEBHOOKS)
_IMPLIED_BY = {Permission.REPO_READ: {Permission.REPO_READ, Permission.REPO_WRITE}}


def token_allows(kind: str, scopes: Mapping[str, Any], permission: Permission, namespace: str | None = None) -> bool:
    """Whether a token of `kind` and `scopes` lets its member use `permission` (in `namespace`, for the scoped ones).

    Says nothing about what the member may do: a token only narrows that.
    """
    if kind == "write":
        return True
    if kind == "read":
        return permission == Permission.REPO_READ
    sufficient = _IMPLIED_BY.get(permission, {permission})
    if permission in GLOBAL_PERMISSIONS:
        return not sufficient.isdisjoint(scopes.get("global", ()))
    return namespace is not None and any(
        grant["entity"]["name"].lower() == namespace.lower() and not sufficient.isdisjoint(grant["permissions"])
        for grant in scopes.get("scoped", ())
    )
