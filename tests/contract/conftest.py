"""Members with real clients, in front of a real hub."""

import itertools
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.clients import CURRENT, Client
from tests.running_hub import RunningHub

MakeClient = Callable[..., Client]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def alice_token(hub_server: RunningHub) -> str:
    return hub_server.make_member("alice")


@pytest.fixture(scope="session")
def bob_token(hub_server: RunningHub) -> str:
    return hub_server.make_member("bob")


@pytest.fixture
def client(hub_server: RunningHub, alice_token: str, tmp_path: Path) -> MakeClient:
    """``client("1.19", HF_HUB_DISABLE_XET="1")``: Alice's machine with that version and environment, caches empty."""

    def make(version: str = CURRENT, *, token: str = alice_token, **extra: str) -> Client:
        home = tmp_path / f"home-{next(_numbers)}"
        home.mkdir()
        return Client(version=version, endpoint=hub_server.url, token=token, home=home, extra=extra)

    return make


@pytest.fixture
def repo_id() -> str:
    """The id of a repo of Alice that no other test uses."""
    return f"alice/repo-{next(_numbers)}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small repo with one large file that the hub has never seen, a folder, and names that need encoding."""
    root = tmp_path / "folder"
    (root / "nested dir").mkdir(parents=True)
    (root / "README.md").write_text("---\nlicense: mit\nlanguage: en\n---\n# A tiny model\n")
    (root / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}')
    (root / "weights.bin").write_bytes(secrets.token_bytes(3_000_000))
    (root / "nested dir" / "what? 100% 名.txt").write_text("text")
    (root / "empty.txt").touch()
    return root
