"""A repo's life as the library knows it: move, duplicate, gate, squash, large files, branches and tags."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract
OLD, MIDDLE, CURRENT = "0.36", "1.19", "2.4"
VERSIONS = [OLD, MIDDLE, CURRENT]
NAME_OF = """
def name_of(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "ok"
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_move(client: MakeClient, folder: Path, repo_id: str, version: str) -> None:
    result = client(version).python(
        NAME_OF
        + """
import pathlib
new, other = repo_id + "-new", repo_id + "-other"
api.create_repo(repo_id)
api.upload_folder(repo_id=repo_id, folder_path=folder)
api.create_repo(other)
taken = ""
try:
    api.move_repo(repo_id, other)
except Exception as error:
    taken = str(error)
api.move_repo(repo_id, new)
root = pathlib.Path(snapshot_download(repo_id))
one = hf_hub_download(repo_id, "nested dir/what? 100% 名.txt", force_download=True)
api.upload_file(repo_id=repo_id, path_or_fileobj=b"late", path_in_repo="late.txt")
result = {
    "taken": "A model repository called " + other + " already exists" in taken,
    "id": api.model_info(repo_id).id == new,
    "files": sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()),
    "same": (root / "weights.bin").read_bytes() == (pathlib.Path(folder) / "weights.bin").read_bytes(),
    "text": pathlib.Path(one).read_text(),
    "tree": len(list(api.list_repo_tree(repo_id, recursive=True))),
    "late": "late.txt" in api.list_repo_files(new),
    "exists": api.file_exists(repo_id, "config.json"),
    "old": name_of(lambda: api.delete_repo(repo_id)),
}
api.move_repo(new, repo_id)
result["back"] = [api.model_info(repo_id).id == repo_id, api.model_info(new).id == repo_id]
""",
        repo_id=repo_id,
        folder=str(folder),
    )
    assert result == {
        "taken": True,
        "id": True,
        "files": [
            ".gitattributes",
            "README.md",
            "config.json",
            "empty.txt",
            "nested dir/what? 100% 名.txt",
            "weights.bin",
        ],
        "same": True,
        "text": "text",
        "tree": 8,
        "late": True,
        "exists": True,
        "old": "RepositoryNotFoundError",
        "back": [True, True],
    }


@pytest.mark.parametrize("version", [MIDDLE, CURRENT])
def test_duplicate(client: MakeClient, bob_token: str, folder: Path, repo_id: str, version: str) -> None:
    client(version).python(
        "api.create_repo(repo_id); api.upload_folder(repo_id=repo_id, folder_path=folder); result = None",
        repo_id=repo_id,
        folder=str(folder),
    )
    result = client(version, token=bob_token).python(
        NAME_OF
        + """
import pathlib
copy = "bob/" + repo_id.split("/")[1]
url = api.duplicate_repo(repo_id, copy, private=True)
again = api.duplicate_repo(repo_id, copy, exist_ok=True)
root = pathlib.Path(snapshot_download(copy))
result = [
    url.repo_id == again.repo_id == copy,
    name_of(lambda: api.duplicate_repo(repo_id, copy)),
    api.model_info(copy).private,
    (root / "weights.bin").read_bytes() == (pathlib.Path(folder) / "weights.bin").read_bytes(),
    api.model_info(copy).card_data.license,
]
""",
        repo_id=repo_id,
        folder=str(folder),
    )
    assert result == [True, "HfHubHTTPError", True, True, "mit"]


@pytest.mark.parametrize("version", [CURRENT])
def test_copy_of_files_between_repos(client: MakeClient, folder: Path, repo_id: str, version: str) -> None:
    result = client(version).python(
        """
import pathlib
api.create_repo(repo_id)
api.upload_folder(repo_id=repo_id, folder_path=folder)
target = repo_id + "-target"
api.create_repo(target)
api.create_commit(target, [
    CommitOperationCopy("weights.bin", "copied.bin", src_repo_id=repo_id, src_repo_type="model"),
    CommitOperationCopy("config.json", "config.json", src_repo_id=repo_id, src_repo_type="model"),
], commit_message="Copy")
path = hf_hub_download(target, "copied.bin")
same = pathlib.Path(path).read_bytes() == (pathlib.Path(folder) / "weights.bin").read_bytes()
result = [same, sorted(api.list_repo_files(target))]
""",
        repo_id=repo_id,
        folder=str(folder),
    )
    assert result == [True, [".gitattributes", "config.json", "copied.bin"]]


def _ask(client: MakeClient, version: str, token: str, repo_id: str) -> Any:
    """What somebody with `token` gets of a gated repo."""
    return client(version, token=token).python(
        NAME_OF
        + """
result = [
    name_of(lambda: api.model_info(repo_id)),
    name_of(lambda: api.list_repo_files(repo_id)),
    name_of(lambda: api.auth_check(repo_id)),
    name_of(lambda: hf_hub_download(repo_id, "config.json")),
    name_of(lambda: hf_hub_download(repo_id, "weights.bin")),
    name_of(lambda: snapshot_download(repo_id)),
]
""",
        repo_id=repo_id,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_gate(client: MakeClient, bob_token: str, folder: Path, repo_id: str, version: str) -> None:
    owner = client(version)

    def manage(script: str) -> Any:
        return owner.python(NAME_OF + script, repo_id=repo_id, folder=str(folder))

    set_up = manage(
        """
api.create_repo(repo_id)
api.upload_folder(repo_id=repo_id, folder_path=folder)
api.update_repo_settings(repo_id, gated="manual")
result = [api.model_info(repo_id).gated, name_of(lambda: api.auth_check(repo_id))]
"""
    )
    assert set_up == ["manual", "ok"]
    closed = ["ok", "ok", *["GatedRepoError"] * 4]
    assert _ask(client, version, bob_token, repo_id) == closed
    assert _ask(client, version, "", repo_id) == closed
    lists = """
lists = [api.list_pending_access_requests, api.list_accepted_access_requests, api.list_rejected_access_requests]
def all_of():
    return [[r.username for r in each(repo_id)] for each in lists]
"""
    granted = manage(
        lists
        + """
api.grant_access(repo_id, "bob")
result = [all_of(), name_of(lambda: api.grant_access(repo_id, "bob"))]
"""
    )
    assert granted == [[[], ["bob"], []], "HfHubHTTPError"]
    assert _ask(client, version, bob_token, repo_id) == ["ok"] * 6
    decided = manage(
        lists
        + """
api.cancel_access_request(repo_id, "bob")
seen = [all_of()]
api.accept_access_request(repo_id, "bob")
seen.append(all_of())
api.reject_access_request(repo_id, "bob", rejection_reason="No")
seen.append(all_of())
result = [seen, name_of(lambda: api.reject_access_request(repo_id, "bob", rejection_reason=None)),
          name_of(lambda: api.accept_access_request(repo_id, "nobody"))]
"""
    )
    assert decided == [[[["bob"], [], []], [[], ["bob"], []], [[], [], ["bob"]]], *["HfHubHTTPError"] * 2]
    assert _ask(client, version, bob_token, repo_id) == closed
    opened = manage("api.update_repo_settings(repo_id, gated=False); result = api.model_info(repo_id).gated")
    assert opened is False
    assert _ask(client, version, bob_token, repo_id) == ["ok"] * 6


@pytest.mark.parametrize("version", [CURRENT])
def test_requests_by_their_id(client: MakeClient, bob_token: str, repo_id: str, version: str) -> None:
    result = client(version).python(
        """
api.create_repo(repo_id)
api.update_repo_settings(repo_id, gated="auto")
api.grant_access(repo_id, "bob")
(request,) = api.list_accepted_access_requests(repo_id)
api.reject_access_request(repo_id, request_id=request.request_id, rejection_reason="No")
(rejected,) = api.list_rejected_access_requests(repo_id)
result = [request.username, request.email, rejected.request_id == request.request_id, rejected.status]
""",
        repo_id=repo_id,
    )
    assert result == ["bob", None, True, "rejected"]


@pytest.mark.parametrize("version", VERSIONS)
def test_squash_and_large_files(client: MakeClient, folder: Path, repo_id: str, version: str) -> None:
    result = client(version).python(
        """
api.create_repo(repo_id)
api.upload_folder(repo_id=repo_id, folder_path=folder)
api.create_branch(repo_id, branch="feature/x")
for number in range(3):
    api.upload_file(repo_id=repo_id, path_or_fileobj=bytes(1000 + number), path_in_repo="big.bin",
                    commit_message=f"Step {number}")
api.create_tag(repo_id, tag="v1", tag_message="One")
before = len(api.list_repo_commits(repo_id))
files = list(api.list_lfs_files(repo_id))
names = sorted((f.filename, f.size) for f in files)
api.permanently_delete_lfs_files(repo_id, [f for f in files if f.filename == "big.bin"])
after = sorted((f.filename, f.size) for f in api.list_lfs_files(repo_id))
left = ["big.bin" in api.list_repo_files(repo_id, revision=revision) for revision in ("main", "v1")]
titles = [c.title for c in api.list_repo_commits(repo_id)]
api.super_squash_history(repo_id, commit_message="All")
api.super_squash_history(repo_id, branch="feature/x")
result = [before, names, after, left, titles[0], [c.title for c in api.list_repo_commits(repo_id)],
          [c.title for c in api.list_repo_commits(repo_id, revision="feature/x")]]
""",
        repo_id=repo_id,
        folder=str(folder),
    )
    assert result == [
        5,
        [["big.bin", 1000], ["big.bin", 1001], ["big.bin", 1002], ["weights.bin", 3_000_000]],
        [["weights.bin", 3_000_000]],
        [False, False],
        "Step 2",
        ["All"],
        ["Super-squash branch 'feature/x' using huggingface_hub"],
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_references_and_history(client: MakeClient, repo_id: str, version: str) -> None:
    result = client(version).python(
        NAME_OF
        + """
api.create_repo(repo_id)
for number in range(60):
    api.create_commit(repo_id, [CommitOperationAdd("a.txt", str(number).encode())], commit_message=f"<Step> {number}")
commits = api.list_repo_commits(repo_id, formatted=True)
api.create_branch(repo_id, branch="old", revision=commits[5].commit_id)
api.create_tag(repo_id, tag="old", revision="old")
refs = api.list_repo_refs(repo_id, include_pull_requests=True)
result = {
    "count": len(commits), "formatted": commits[0].formatted_title, "oldest": commits[-1].title,
    "heads": {b.name: b.target_commit == commits[5].commit_id for b in refs.branches},
    "tags": [t.target_commit == commits[5].commit_id for t in refs.tags], "pull_requests": refs.pull_requests,
    "again": name_of(lambda: api.create_branch(repo_id, branch="old")),
    "main": name_of(lambda: api.delete_branch(repo_id, branch="main")),
    "missing": [name_of(lambda: api.delete_branch(repo_id, branch="none")),
                name_of(lambda: api.delete_tag(repo_id, tag="none")),
                name_of(lambda: api.create_tag(repo_id, tag="x", revision="none"))],
}
api.create_branch(repo_id, branch="old", exist_ok=True)
""",
        repo_id=repo_id,
    )
    missing = result.pop("missing")
    assert missing[1:] == ["RevisionNotFoundError"] * 2
    assert result == {
        "count": 61,
        "formatted": "&lt;Step&gt; 59",
        "oldest": "initial commit",
        "heads": {"main": False, "old": True},
        "tags": [True],
        "pull_requests": [],
        "again": "HfHubHTTPError",
        "main": "BadRequestError",
    }


@pytest.mark.parametrize("version", [CURRENT])
def test_the_headers_of_all_shards(client: MakeClient, repo_id: str, version: str) -> None:
    result = client(version).python(
        """
import json, struct
def shard(name):
    header = json.dumps({name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(24)
names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
index = json.dumps({"metadata": {"total_size": 48}, "weight_map": dict(zip("ab", names))}).encode()
api.create_repo(repo_id)
api.create_commit(repo_id, [
    CommitOperationAdd("model.safetensors.index.json", index),
    *(CommitOperationAdd(name, shard(tensor)) for tensor, name in zip("ab", names)),
], commit_message="Weights")
found = api.get_sharded_safetensors_metadata(repo_id)
result = [found.metadata, found.weight_map, found.parameter_count]
""",
        repo_id=repo_id,
    )
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    assert result == [{"total_size": 48}, dict(zip("ab", shards, strict=True)), {"F32": 12}]


@pytest.mark.parametrize("xet", [True, False])
def test_the_token_of_an_evaluation_reads_its_gated_repo(
    hub_server: RunningHub, client: MakeClient, folder: Path, repo_id: str, *, xet: bool
) -> None:
    client().python(
        """
api.create_repo(repo_id)
api.upload_folder(repo_id=repo_id, folder_path=folder)
api.update_repo_settings(repo_id, gated="manual")
result = None
""",
        repo_id=repo_id,
        folder=str(folder),
    )
    issue = f"""
from community.members.capabilities import issue_capability
from models_app.repos.models import Repo
from models_app.repos.queries import capability_subject
repo = Repo.objects.get(namespace__name="alice", name="{repo_id.partition("/")[2]}")
print("TOKEN", "cap_" + issue_capability(subject=capability_subject(repo), right="read", seconds=600))
"""
    token = hub_server.manage("shell", "-c", issue).split("TOKEN ")[1].strip()
    extra = {} if xet else {"HF_HUB_DISABLE_XET": "1"}
    result = client(token=token, **extra).python(
        """
import pathlib
root = pathlib.Path(snapshot_download(repo_id))
result = (root / "weights.bin").read_bytes() == (pathlib.Path(folder) / "weights.bin").read_bytes()
""",
        repo_id=repo_id,
        folder=str(folder),
    )
    assert result is True
