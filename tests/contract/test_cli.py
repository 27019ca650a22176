"""A tour through the ``hf`` command, as a member types it."""

import json
from pathlib import Path

import pytest

from tests.contract.clients import Client
from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract


@pytest.fixture
def hf(client: MakeClient) -> Client:
    """Alice's machine before she has signed in: no token in its environment."""
    return client(token="", NO_COLOR="1", COLUMNS="200")


def test_a_tour(hf: Client, alice_token: str, repo_id: str, folder: Path, tmp_path: Path) -> None:
    assert "Not logged in" in hf.hf("auth", "whoami", status=1)
    hf.hf("auth", "login", "--token", alice_token)
    assert "alice" in hf.hf("auth", "whoami")

    hf.hf("repos", "create", repo_id, "--private")
    hf.hf("upload", repo_id, folder, "--commit-message", "By hand")
    hf.hf("repos", "tag", "create", repo_id, "v1", "-m", "First")
    assert "v1" in hf.hf("repos", "tag", "list", repo_id)
    hf.hf("repos", "branch", "create", repo_id, "draft")
    assert repo_id in hf.hf("repos", "list")

    info = json.loads(hf.hf("models", "info", repo_id, "--format", "json"))
    assert (info["id"], info["private"], "license:mit" in info["tags"]) == (repo_id, True, True)
    listed = json.loads(hf.hf("models", "list", "--author", "alice", "--format", "json", "--limit", "1000"))
    assert repo_id in {model["id"] for model in listed}

    hf.hf("download", repo_id, "--revision", "v1", "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "weights.bin").read_bytes() == (folder / "weights.bin").read_bytes()
    hf.hf("repos", "delete-files", repo_id, "weights.bin")
    hf.hf("repos", "settings", repo_id, "--public")
    assert json.loads(hf.hf("models", "info", repo_id, "--format", "json"))["private"] is False

    hf.hf("repos", "tag", "delete", repo_id, "v1", "--yes")
    hf.hf("repos", "branch", "delete", repo_id, "draft")
    hf.hf("repos", "delete", repo_id, "--yes")
    assert "not found" in hf.hf("models", "info", repo_id, status=1).lower()
    hf.hf("auth", "logout")
    assert "Not logged in" in hf.hf("auth", "whoami", status=1)
