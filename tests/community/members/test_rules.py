"""Names, roles and scopes: the pure rules."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id
from hypothesis import example, given
from hypothesis import strategies as st

from community.members.rules import (
    NAME_MAX_LENGTH,
    RESERVED_NAMES,
    ROLE_ORDER,
    NameProblem,
    Permission,
    name_problem,
    namespace_name_problem,
    role_includes,
    token_allows,
)

NAMES = st.text(alphabet="aZ09_-.é乐 \n", max_size=12) | st.text(alphabet="ab", min_size=95, max_size=98)


@given(NAMES)
@example("a\n")
@example("")
@example("_")
@example("a.git")
def test_names_are_those_of_the_stock_client(name: str) -> None:
    try:
        validate_repo_id(name)
    except HFValidationError:
        assert name_problem(name) is not None
    else:
        assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("alice", None),
        ("A_1.b-c", None),
        ("1", None),
        ("a" * NAME_MAX_LENGTH, None),
        ("a" * (NAME_MAX_LENGTH + 1), NameProblem.CHARACTERS),
        ("-a", NameProblem.CHARACTERS),
        ("a.", NameProblem.CHARACTERS),
        ("a/b", NameProblem.CHARACTERS),
        ("a b", NameProblem.CHARACTERS),
        ("乐园", NameProblem.CHARACTERS),
        ("a--b", NameProblem.DOUBLED),
        ("a..b", NameProblem.DOUBLED),
        ("a.GIT", NameProblem.SUFFIX),
        ("a.ipynb", NameProblem.SUFFIX),
    ],
)
def test_what_is_wrong_with_a_name(name: str, problem: NameProblem | None) -> None:
    assert name_problem(name) is problem


def test_reserved_names_are_for_namespaces_only() -> None:
    assert namespace_name_problem("Settings") is NameProblem.RESERVED
    assert name_problem("settings") is None


def _first_segments(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    segments: set[str] = set()
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver) and "/" not in route:
            segments |= _first_segments(pattern.url_patterns, route)
        else:
            segments.add(route.partition("/")[0].rstrip("$"))
    return {segment for segment in segments if segment and "<" not in segment and "(" not in segment}


def test_no_member_can_take_the_address_of_a_page() -> None:
    """A name equal to a first segment of the URL map would hide that member's repos, or the page."""
    taken = {segment for segment in _first_segments(get_resolver().url_patterns) if name_problem(segment) is None}
    assert taken >= {"accounts", "api", "settings"}
    assert taken - RESERVED_NAMES == set()


@given(st.sampled_from(ROLE_ORDER), st.sampled_from(ROLE_ORDER))
def test_roles_are_ordered(role: str, needed: str) -> None:
    assert role_includes(role, needed) is (ROLE_ORDER.index(role) >= ROLE_ORDER.index(needed))
    assert not role_includes(None, needed)


def _scoped(name: str, *permissions: str) -> dict[str, object]:
    return {"global": [], "scoped": [{"entity": {"type": "org", "name": name}, "permissions": list(permissions)}]}


@pytest.mark.parametrize(
    ("kind", "scopes", "permission", "namespace", "allowed"),
    [
        ("read", {}, Permission.REPO_READ, "lab", True),
        ("read", {}, Permission.REPO_WRITE, "lab", False),
        ("read", {}, Permission.EVALUATION_WORK, None, False),
        ("write", {}, Permission.REPO_WRITE, "lab", True),
        ("write", {}, Permission.EVALUATION_WORK, None, True),
        ("fineGrained", {}, Permission.REPO_READ, "lab", False),
        ("fineGrained", _scoped("lab", "repo.content.read"), Permission.REPO_READ, "lab", True),
        ("fineGrained", _scoped("Lab", "repo.content.read"), Permission.REPO_READ, "lab", True),
        ("fineGrained", _scoped("lab", "repo.content.read"), Permission.REPO_WRITE, "lab", False),
        ("fineGrained", _scoped("lab", "repo.write"), Permission.REPO_READ, "lab", True),
        ("fineGrained", _scoped("lab", "repo.write"), Permission.REPO_WRITE, "other", False),
        ("fineGrained", _scoped("lab", "repo.write"), Permission.REPO_WRITE, None, False),
        ("fineGrained", _scoped("lab", "evaluation.work"), Permission.EVALUATION_WORK, None, False),
        ("fineGrained", {"global": ["evaluation.work"], "scoped": []}, Permission.EVALUATION_WORK, None, True),
        ("fineGrained", {"global": ["repo.write"], "scoped": []}, Permission.REPO_WRITE, "lab", False),
    ],
)
def test_what_a_token_allows(
    kind: str, scopes: dict[str, object], permission: Permission, namespace: str | None, *, allowed: bool
) -> None:
    assert token_allows(kind, scopes, permission, namespace) is allowed
