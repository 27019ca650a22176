"""What the library reads: lists, info, trees, files, and the errors it knows."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.clients import Client
from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract
VERSIONS = ["0.36", "1.19", "2.4"]


@pytest.fixture(scope="session")
def uploaded(hub_server: RunningHub, alice_token: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a repo with two branches and a tag."""
    home = tmp_path_factory.mktemp("uploader")
    Client(version="2.4", endpoint=hub_server.url, token=alice_token, home=home).python(
        """
card = b"---\\nlicense: apache-2.0\\npipeline_tag: text-generation\\ntags: [contract]\\n---\\n# Read me\\n"
api.create_repo("alice/read-me")
api.create_commit("alice/read-me", [
    CommitOperationAdd("README.md", card),
    CommitOperationAdd("config.json", b'{"model_type": "gpt2"}'),
    CommitOperationAdd("sub/what? 100%.txt", b"text"),
    CommitOperationAdd("weights.bin", bytes(range(256)) * 1000),
], commit_message="Fill")
api.create_branch("alice/read-me", branch="feature/x")
api.create_tag("alice/read-me", tag="v1", tag_message="First")
api.create_repo("alice/read-me-not", private=True)
result = None
"""
    )
    return "alice/read-me"


def run(client: Client, repo_id: str, script: str) -> Any:
    return client.python(script, repo_id=repo_id)


@pytest.mark.parametrize("version", VERSIONS)
def test_lists_and_info(client: MakeClient, uploaded: str, version: str) -> None:
    result = run(
        client(version),
        uploaded,
        """
info = api.model_info(repo_id, files_metadata=True)
refs = api.list_repo_refs(repo_id)
tree = list(api.list_repo_tree(repo_id, recursive=True, expand=True))
result = {
    "listed": [m.id for m in api.list_models(author="alice", filter="license:apache-2.0", search="read-me")],
    "id": info.id, "tags": info.tags, "task": info.pipeline_tag,
    "sizes": {s.rfilename: s.size for s in info.siblings},
    "lfs": [s.lfs.size for s in info.siblings if s.lfs],
    "branches": [b.name for b in refs.branches], "refs": [t.ref for t in refs.tags],
    "tree": [entry.path for entry in tree],
    "last": sorted({entry.last_commit.title for entry in tree}),
    "feature": len(list(api.list_repo_tree(repo_id, revision="feature/x"))),
    "paths": [p.path for p in api.get_paths_info(repo_id, ["sub", "none", "README.md"])],
    "exists": [api.repo_exists(repo_id), api.repo_exists("alice/none"), api.file_exists(repo_id, "config.json"),
               api.revision_exists(repo_id, "v1"), api.revision_exists(repo_id, "none")],
    "commits": [(c.title, c.authors) for c in api.list_repo_commits(repo_id, formatted=True)],
    "me": api.whoami()["name"],
}
""",
    )
    assert result == {
        "listed": ["alice/read-me"],
        "id": "alice/read-me",
        "tags": ["text-generation", "gpt2", "contract", "license:apache-2.0"],
        "task": "text-generation",
        "sizes": {
            ".gitattributes": 1519,
            "README.md": 85,
            "config.json": 22,
            "sub/what? 100%.txt": 4,
            "weights.bin": 256_000,
        },
        "lfs": [256_000],
        "branches": ["feature/x", "main"],
        "refs": ["refs/tags/v1"],
        "tree": [".gitattributes", "README.md", "config.json", "sub", "sub/what? 100%.txt", "weights.bin"],
        "last": ["Fill", "initial commit"],
        "feature": 5,
        "paths": ["sub", "README.md"],
        "exists": [True, False, True, True, False],
        "commits": [["Fill", ["alice"]], ["initial commit", ["alice"]]],
        "me": "alice",
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_files(client: MakeClient, uploaded: str, version: str) -> None:
    result = run(
        client(version),
        uploaded,
        """
import pathlib
folder = pathlib.Path(snapshot_download(repo_id, revision="feature/x"))
one = hf_hub_download(repo_id, "sub/what? 100%.txt", revision="v1")
again = snapshot_download(repo_id, revision="feature/x", local_files_only=True)
meta = get_hf_file_metadata(hf_hub_url(repo_id, "weights.bin"))
result = {
    "files": sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()),
    "text": pathlib.Path(one).read_text(),
    "same": again == str(folder),
    "weights": (folder / "weights.bin").read_bytes() == bytes(range(256)) * 1000,
    "size": meta.size,
    "commit": meta.commit_hash == api.model_info(repo_id).sha,
}
""",
    )
    assert result == {
        "files": [".gitattributes", "README.md", "config.json", "sub/what? 100%.txt", "weights.bin"],
        "text": "text",
        "same": True,
        "weights": True,
        "size": 256_000,
        "commit": True,
    }


ERRORS = """
def name_of(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
result = [
    name_of(lambda: api.model_info("alice/none")),
    name_of(lambda: api.model_info("alice/read-me-not")),
    name_of(lambda: api.list_repo_commits("alice/read-me-not")),
    name_of(lambda: hf_hub_download("alice/read-me-not", "config.json")),
    name_of(lambda: hf_hub_download("gpt2", "config.json")),
    name_of(lambda: api.model_info(repo_id, revision="none")),
    name_of(lambda: hf_hub_download(repo_id, "config.json", revision="none")),
    name_of(lambda: hf_hub_download(repo_id, "none.json")),
    name_of(lambda: list(api.list_repo_tree(repo_id, "none"))),
    name_of(lambda: api.upload_file(repo_id=repo_id, path_or_fileobj=b"x", path_in_repo="x.txt")),
    name_of(lambda: api.delete_repo(repo_id)),
]
"""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_errors(client: MakeClient, bob_token: str, uploaded: str, who: str, version: str) -> None:
    token = bob_token if who == "stranger" else ""
    entry = "EntryNotFoundError" if version == "0.36" else "RemoteEntryNotFoundError"
    write = ["HfHubHTTPError", "HfHubHTTPError"]
    assert run(client(version, token=token), uploaded, ERRORS) == [
        *["RepositoryNotFoundError"] * 5,
        *["RevisionNotFoundError"] * 2,
        entry,
        entry,
        *write,
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_refusal_is_shown_once_in_any_script(client: MakeClient, uploaded: str, version: str) -> None:
    script = """
def told(call):
    try:
        call()
    except HfHubHTTPError as error:
        return str(error)
result = [
    told(lambda: api.delete_file("名字.txt", repo_id)).count("A file with this name doesn't exist: '名字.txt'"),
    told(lambda: api.delete_file("名字.txt", repo_id)).count("A file with this name doesn't exist"),
    told(lambda: api.model_info(repo_id, expand=["stars"])).count("Invalid option"),
    told(lambda: api.model_info(repo_id, expand=["stars"])).count("✖ Invalid option"),
]
"""
    assert run(client(version), uploaded, script) == [1, 1, 1, 1]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_token_is_not_taken_for_a_missing_repo(client: MakeClient, uploaded: str, version: str) -> None:
    script = """
try:
    api.model_info(repo_id)
except HfHubHTTPError as error:
    result = [type(error).__name__, "Invalid credentials in Authorization header" in str(error)]
"""
    assert run(client(version, token="hf_wrong"), uploaded, script) == ["HfHubHTTPError", True]


@pytest.mark.parametrize("version", VERSIONS)
def test_owners_change_and_delete(client: MakeClient, repo_id: str, version: str) -> None:
    result = run(
        client(version),
        repo_id,
        """
api.create_repo(repo_id)
api.update_repo_settings(repo_id, private=True)
private = api.model_info(repo_id).private
api.create_branch(repo_id, branch="draft")
api.create_branch(repo_id, branch="draft", exist_ok=True)
api.upload_file(repo_id=repo_id, path_or_fileobj=b"x", path_in_repo="x.txt", revision="draft")
api.create_tag(repo_id, tag="v1", revision="draft")
api.create_tag(repo_id, tag="v1", exist_ok=True)
on_tag = api.file_exists(repo_id, "x.txt", revision="v1")
on_main = api.file_exists(repo_id, "x.txt")
api.delete_tag(repo_id, tag="v1")
api.delete_branch(repo_id, branch="draft")
left = [ref.name for ref in api.list_repo_refs(repo_id).branches]
api.delete_repo(repo_id)
api.delete_repo(repo_id, missing_ok=True)
result = [private, on_tag, on_main, left, api.repo_exists(repo_id)]
""",
    )
    assert result == [True, True, False, ["main"], False]


def test_an_unknown_licence_is_refused_with_near_matches(client: MakeClient, repo_id: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: apache2\n---\n")
    result = client().python(
        """
api.create_repo(repo_id)
try:
    api.upload_file(repo_id=repo_id, path_or_fileobj=card, path_in_repo="README.md")
except Exception as error:
    result = [str(error), api.list_repo_files(repo_id)]
""",
        repo_id=repo_id,
        card=str(tmp_path / "README.md"),
    )
    assert "Apache-2.0" in result[0]
    assert result[1] == [".gitattributes"]
