"""The same morning of work with every version of the client, by every way that it sends large files."""

import pytest

from tests.contract.clients import WAYS
from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract

WORK = """
import pathlib, shutil

def tried(call):
    try:
        return call()
    except HfHubHTTPError as error:
        return type(error).__name__

folder = pathlib.Path("folder")
(folder / "nested dir").mkdir(parents=True)
(folder / "README.md").write_text("---\\nlicense: mit\\ntags: [matrix]\\n---\\n# Work\\n")
(folder / "config.json").write_text('{"model_type": "gpt2"}')
(folder / "weights.bin").write_bytes(weights.encode() * 300_000)  # in parts of 2 MB where LFS is spoken
(folder / "nested dir" / "what? 100% 名.txt").write_text("text")

url = api.create_repo(repo_id, private=True)
again = api.create_repo(repo_id, exist_ok=True)
taken = tried(lambda: api.create_repo(repo_id))
first = api.upload_file(repo_id=repo_id, path_or_fileobj=b"one", path_in_repo="a.txt", commit_message="One file")
second = api.upload_folder(
    repo_id=repo_id, folder_path=folder, commit_message="A folder", allow_patterns=["*.md", "*.json", "*.bin", "*.txt"]
)
third = api.create_commit(
    repo_id,
    [
        CommitOperationAdd("new.bin", b"large " * 1000),
        CommitOperationCopy("weights.bin", "copied/weights.bin"),
        CommitOperationDelete("nested dir/"),
        CommitOperationDelete("a.txt"),
    ],
    commit_message="Much at once",
    commit_description="All of it.",
    parent_commit=second.oid,
)
stale = tried(lambda: api.create_commit(
    repo_id, [CommitOperationDelete("new.bin")], commit_message="Late", parent_commit=second.oid))
same = api.upload_file(repo_id=repo_id, path_or_fileobj=b"large " * 1000, path_in_repo="new.bin")
api.create_branch(repo_id, branch="draft/x", revision=second.oid)
api.create_tag(repo_id, tag="v1", tag_message="First", revision=first.oid)
on_draft = api.upload_file(
    repo_id=repo_id, path_or_fileobj=b"draft", path_in_repo="draft.txt", revision="draft/x", commit_message="Draft")

one = pathlib.Path(hf_hub_download(repo_id, "nested dir/what? 100% 名.txt", revision="draft/x"))
snapshot = pathlib.Path(snapshot_download(repo_id))
offline = pathlib.Path(snapshot_download(repo_id, local_files_only=True))
ignored = pathlib.Path(snapshot_download(repo_id, revision="v1", local_dir="copy", ignore_patterns="*.md"))
info = api.model_info(repo_id, files_metadata=True)
expanded = api.model_info(repo_id, expand=["sha", "private", "tags"])
tree = list(api.list_repo_tree(repo_id, recursive=True, expand=True))
refs = api.list_repo_refs(repo_id)
commits = api.list_repo_commits(repo_id)
anonymous = HfApi(token=False)
seen = {
    "by": api.whoami()["name"],
    "urls": [str(url) == str(again), taken],
    "same": same.oid == third.oid,
    "stale": stale,
    "text": one.read_text(),
    "files": {str(p.relative_to(snapshot)): p.stat().st_size for p in snapshot.rglob("*") if p.is_file()},
    "weights": [(snapshot / name).read_bytes() == weights.encode() * 300_000
                for name in ("weights.bin", "copied/weights.bin")],
    "offline": offline == snapshot,
    "tagged": sorted(str(p.relative_to(ignored)) for p in ignored.rglob("*")
                     if p.is_file() and ".cache" not in p.parts),
    "head": {info.sha, expanded.sha, third.oid, commits[0].commit_id} == {info.sha},
    "info": [info.id, info.author, info.private, expanded.private, sorted(expanded.tags)],
    "sizes": {s.rfilename: (s.size, s.lfs is not None) for s in info.siblings},
    "tree": {entry.path: entry.last_commit.title for entry in tree},
    "branches": sorted(b.name for b in refs.branches),
    "draft": [b.target_commit for b in refs.branches if b.name == "draft/x"] == [on_draft.oid],
    "tags": [t.ref for t in refs.tags],
    "commits": [(c.title, c.message, c.authors) for c in commits],
    "listed": [m.id for m in api.list_models(author="alice", filter="matrix") if m.id == repo_id],
    "found": [m.id for m in api.list_models(search=repo_id.partition("/")[2]) if m.id == repo_id],
    "hidden": [m.id for m in anonymous.list_models(author="alice", filter="matrix") if m.id == repo_id],
    "exists": [api.file_exists(repo_id, "new.bin"), api.file_exists(repo_id, "a.txt"),
               api.repo_exists(repo_id), anonymous.repo_exists(repo_id),
               api.revision_exists(repo_id, "draft/x"), api.revision_exists(repo_id, "none")],
}
api.delete_file("new.bin", repo_id=repo_id)
api.delete_folder("copied", repo_id=repo_id)
api.delete_tag(repo_id, tag="v1")
api.delete_branch(repo_id, branch="draft/x")
refs = api.list_repo_refs(repo_id)
left = [api.list_repo_files(repo_id), [b.name for b in refs.branches], refs.tags]
api.delete_repo(repo_id)
result = seen | {"left": left, "gone": [api.repo_exists(repo_id), tried(lambda: api.delete_repo(repo_id))]}
"""
SIZES = {".gitattributes": 1519, "README.md": 43, "config.json": 22, "copied/weights.bin": 3_000_000}
SIZES |= {"new.bin": 6000, "weights.bin": 3_000_000}
LARGE = {"copied/weights.bin", "new.bin", "weights.bin"}
TITLES = ["Much at once", "A folder", "One file", "initial commit"]


@pytest.mark.parametrize(("version", "extra"), WAYS)
def test_a_morning_of_work(client: MakeClient, repo_id: str, version: str, extra: dict[str, str]) -> None:
    weights = f"{repo_id:*<10}"[-10:]  # bytes that no other test sends
    assert client(version, **extra).python(WORK, repo_id=repo_id, weights=weights) == {
        "by": "alice",
        "urls": [True, "HfHubHTTPError"],
        "same": True,
        "stale": "HfHubHTTPError",
        "text": "text",
        "files": SIZES,
        "weights": [True, True],
        "offline": True,
        "tagged": [".gitattributes", "a.txt"],
        "head": True,
        "info": [repo_id, "alice", True, True, ["gpt2", "license:mit", "matrix"]],
        "sizes": {path: [size, path in LARGE] for path, size in SIZES.items()},
        "tree": {
            ".gitattributes": "initial commit",
            "README.md": "A folder",
            "config.json": "A folder",
            "copied": "Much at once",
            "copied/weights.bin": "Much at once",
            "new.bin": "Much at once",
            "weights.bin": "A folder",
        },
        "branches": ["draft/x", "main"],
        "draft": True,
        "tags": ["refs/tags/v1"],
        "commits": [[title, "All of it." if title == "Much at once" else "", ["alice"]] for title in TITLES],
        "listed": [repo_id],
        "found": [repo_id],
        "hidden": [],
        "exists": [True, False, True, False, True, False],
        "left": [[".gitattributes", "README.md", "config.json", "weights.bin"], ["main"], []],
        "gone": [False, "RepositoryNotFoundError"],
    }
