from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.checks.messages import CheckMessage


def found() -> list[CheckMessage]:
    return [message for message in run_checks() if str(message.id).startswith("gitstore.")]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that is looked into for programs; empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_git_that_is_here_will_do() -> None:
    assert found() == []


def test_no_git(path: Path) -> None:
    (message,) = found()
    assert (message.id, message.msg) == ("gitstore.E001", "There is no git.")


@pytest.mark.parametrize(("version", "enough"), [("1.9.1", False), ("2.36.6", False), ("2.37.0", True), ("3.0", True)])
def test_versions(path: Path, version: str, enough: bool) -> None:  # noqa: FBT001
    program = path / "git"
    program.write_text(f"#!/bin/sh\necho git version {version}\n")
    program.chmod(0o755)
    assert [message.id for message in found()] == ([] if enough else ["gitstore.E001"])
