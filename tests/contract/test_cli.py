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


def test_threads_and_proposals(client: MakeClient, bob_token: str, repo_id: str, tmp_path: Path) -> None:
    alice, bob = client(NO_COLOR="1"), client(token=bob_token, NO_COLOR="1")
    (tmp_path / "notes.md").write_text("Proposed.\n")
    alice.hf("repos", "create", repo_id)
    bob.hf("discussions", "create", repo_id, "--title", "A question", "--body", "How was it *trained*?")
    alice.hf("discussions", "comment", repo_id, "1", "--body", "On one machine.")
    alice.hf("discussions", "rename", repo_id, "1", "How it was trained")
    bob.hf("upload", repo_id, tmp_path / "notes.md", "--create-pr", "--commit-message", "Add notes")

    listed = json.loads(alice.hf("discussions", "list", repo_id, "--format", "json"))
    assert {(row["num"], row["title"], row["is_pull_request"]) for row in listed} == {
        (1, "How it was trained", False),
        (2, "Add notes", True),
    }
    assert "+Proposed." in alice.hf("discussions", "diff", repo_id, "2")
    alice.hf("discussions", "merge", repo_id, "2", "--yes")
    alice.hf("discussions", "close", repo_id, "1", "--yes", "--comment", "Answered.")
    assert json.loads(alice.hf("discussions", "list", repo_id, "--format", "json")) == []
    alice.hf("download", repo_id, "notes.md", "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "notes.md").read_text() == "Proposed.\n"
