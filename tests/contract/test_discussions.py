"""Discussions and pull requests as the real clients make them."""

import json
from pathlib import Path

import pytest

from tests.contract.clients import CURRENT
from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract

VERSIONS = [CURRENT, "1.19", "0.36"]
WAYS = [
    pytest.param(CURRENT, {}, id="2.4-xet"),
    pytest.param(CURRENT, {"HF_HUB_DISABLE_XET": "1"}, id="2.4-lfs"),
    pytest.param("0.36", {}, id="0.36"),
]
TALK = """
thread = api.create_discussion(repo_id, title="  A question ", description="Why?")
said = api.comment_discussion(repo_id, thread.num, comment="Because **so**.")
edited = api.edit_discussion_comment(repo_id, thread.num, said.id, new_content="Since **so**.")
other = api.comment_discussion(repo_id, thread.num, comment="Oh")
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    hidden = api.hide_discussion_comment(repo_id, thread.num, other.id)
renamed = api.rename_discussion(repo_id, thread.num, new_title="Solved")
closed = api.change_discussion_status(repo_id, thread.num, new_status="closed", comment="Done.")
found = api.get_discussion_details(repo_id, thread.num)
result = {
    "opened": [thread.num, thread.title, thread.status, thread.author, thread.is_pull_request, thread.url],
    "edited": [edited.edited, edited.content, edited.rendered, edited.number_of_edits, edited.last_edited_by],
    "hidden": [hidden.hidden, hidden.content],
    "renamed": [renamed.old_title, renamed.new_title],
    "closed": closed.new_status,
    "events": [event.type for event in found.events],
    "status": found.status,
    "listed": [item.num for item in api.get_repo_discussions(repo_id, author="bob", discussion_status="closed")],
    "open": [item.num for item in api.get_repo_discussions(repo_id, discussion_status="open")],
}
"""
PROPOSE = """
pull = api.create_pull_request(repo_id, title="Better words", description="Please look.")
first = api.upload_file(repo_id=repo_id, path_or_fileobj=b"text", path_in_repo="a.txt", revision=pull.git_reference)
second = api.create_commit(
    repo_id, [CommitOperationAdd("big.bin", b"large " * 1000)], commit_message="Big", revision=pull.git_reference
)
api.change_discussion_status(repo_id, pull.num, new_status="open")
found = api.get_discussion_details(repo_id, pull.num)
result = {
    "draft": [pull.status, pull.git_reference, pull.target_branch, pull.conflicting_files, pull.merge_commit_oid],
    "open": [found.status, found.diff is not None and "+text" in found.diff],
    "commits": [event.summary for event in found.events if event.type == "commit"],
    "head": [second.oid, api.repo_info(repo_id, revision=pull.git_reference).sha],
    "files": sorted(api.list_repo_files(repo_id, revision=pull.git_reference)),
    "refs": [ref.ref for ref in api.list_repo_refs(repo_id, include_pull_requests=True).pull_requests],
}
"""
MERGE = """
api.merge_pull_request(repo_id, num, comment="Thanks!")
found = api.get_discussion_details(repo_id, num)
result = [found.status, found.merge_commit_oid, api.repo_info(repo_id).sha, sorted(api.list_repo_files(repo_id))]
"""
UPLOAD = """
info = api.upload_folder(repo_id=repo_id, folder_path=folder, create_pr=True, commit_message="A whole folder")
result = [info.pr_num, info.pr_revision, info.pr_url]
"""


@pytest.fixture
def shared(client: MakeClient, repo_id: str) -> str:
    """A public repo of Alice with a card."""
    client().python(
        """
api.create_repo(repo_id)
api.upload_file(repo_id=repo_id, path_or_fileobj=b"one\\ntwo\\n", path_in_repo="notes.txt")
result = None
""",
        repo_id=repo_id,
    )
    return repo_id


@pytest.mark.parametrize("version", VERSIONS)
def test_a_discussion(client: MakeClient, bob_token: str, shared: str, version: str) -> None:
    bob = client(version, token=bob_token)
    result = bob.python(TALK, repo_id=shared)
    url = f"{bob.endpoint}/{shared}/discussions/1"
    assert result["opened"] == [1, "A question", "open", "bob", False, url]
    assert result["edited"] == [True, "Since **so**.", "<p>Since <strong>so</strong>.</p>\n", 1, "bob"]
    assert (result["hidden"], result["renamed"]) == ([True, ""], ["A question", "Solved"])
    assert (result["closed"], result["status"]) == ("closed", "closed")
    assert result["events"] == ["comment", "comment", "comment", "title-change", "comment", "status-change"]
    assert (result["listed"], result["open"]) == ([1], [])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pull_request(client: MakeClient, bob_token: str, shared: str, version: str) -> None:
    result = client(version, token=bob_token).python(PROPOSE, repo_id=shared)
    assert result["draft"] == ["draft", "refs/pr/1", "refs/heads/main", [], None]
    assert result["open"] == ["open", True]
    assert result["commits"] == ["Upload a.txt with huggingface_hub", "Big"]
    assert result["head"][0] == result["head"][1]
    assert result["files"] == [".gitattributes", "a.txt", "big.bin", "notes.txt"]
    assert result["refs"] == ["refs/pr/1"]
    status, merged, head, files = client(version).python(MERGE, repo_id=shared, num=1)
    assert (status, merged) == ("merged", head)
    assert files == result["files"]


@pytest.mark.parametrize(("version", "extra"), WAYS)
def test_a_folder_of_somebody_who_may_only_read(
    client: MakeClient, bob_token: str, shared: str, folder: Path, tmp_path: Path, version: str, extra: dict[str, str]
) -> None:
    bob = client(version, token=bob_token, **extra)
    number, revision, url = bob.python(UPLOAD, repo_id=shared, folder=str(folder))
    assert (number, revision, url) == (1, "refs/pr/1", f"{bob.endpoint}/{shared}/discussions/1")
    client(version, token="", **extra).hf("download", shared, "--revision", revision, "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "weights.bin").read_bytes() == (folder / "weights.bin").read_bytes()
    _status, _merged, _head, files = client(version).python(MERGE, repo_id=shared, num=1)
    assert "weights.bin" in files


def test_conflicts_are_told(client: MakeClient, bob_token: str, shared: str) -> None:
    edit = """
info = api.upload_file(
    repo_id=repo_id, path_or_fileobj=text.encode(), path_in_repo="notes.txt", create_pr=as_pull, parent_commit=parent
)
result = info.oid
"""
    bob = client(token=bob_token)
    bob.python(edit, repo_id=shared, text="bob\ntwo\n", as_pull=True, parent=None)
    client().python(edit, repo_id=shared, text="alice\ntwo\n", as_pull=False, parent=None)
    refused = client().python(
        """
found = api.get_discussion_details(repo_id, 1)
try:
    api.merge_pull_request(repo_id, 1)
    result = "merged"
except HfHubHTTPError as error:
    result = [found.conflicting_files, error.response.status_code, str(error)]
""",
        repo_id=shared,
    )
    assert refused[:2] == [["notes.txt"], 409]
    assert "notes.txt" in refused[2]


def test_who_may_not_write_is_told_to_propose(client: MakeClient, bob_token: str, shared: str) -> None:
    refused = client(token=bob_token).python(
        """
try:
    api.upload_file(repo_id=repo_id, path_or_fileobj=b"x", path_in_repo="x.txt")
    result = "done"
except HfHubHTTPError as error:
    result = [error.response.status_code, str(error)]
""",
        repo_id=shared,
    )
    assert refused[0] == 403
    assert "create_pr" in refused[1]


def test_the_command_line(client: MakeClient, bob_token: str, shared: str, folder: Path) -> None:
    bob, alice = client(token=bob_token), client()
    bob.hf("discussions", "create", shared, "--title", "From a shell", "--body", "Hello")
    bob.hf("upload", shared, folder, "--create-pr", "--commit-message", "From a shell too")
    alice.hf("discussions", "comment", shared, "1", "--body", "Hi")
    alice.hf("discussions", "rename", shared, "1", "From the shell")
    alice.hf("discussions", "close", shared, "1", "--yes", "--comment", "Done")
    alice.hf("discussions", "reopen", shared, "1", "--yes")
    info = json.loads(alice.hf("discussions", "info", shared, "1", "--format", "json"))
    comment = info["events"][0]["id"]
    bob.hf("discussions", "edit", shared, "1", comment, "--body", "Hello!")
    assert "+" in alice.hf("discussions", "diff", shared, "2")
    alice.hf("discussions", "merge", shared, "2", "--yes")
    listed = json.loads(bob.hf("discussions", "list", shared, "--status", "all", "--format", "json"))
    assert [(item["num"], item["status"]) for item in listed] == [(2, "merged"), (1, "open")]


def test_transformers_proposes(client: MakeClient, bob_token: str, shared: str) -> None:
    result = client(token=bob_token).python(
        """
from transformers import GPT2Config
url = GPT2Config(n_layer=1).push_to_hub(repo_id, create_pr=True).pr_url
result = [url, AutoConfig.from_pretrained(repo_id, revision="refs/pr/1").n_layer]
""".replace("GPT2Config\n", "AutoConfig, GPT2Config\n", 1),
        repo_id=shared,
    )
    assert result == [f"{client().endpoint}/{shared}/discussions/1", 1]
