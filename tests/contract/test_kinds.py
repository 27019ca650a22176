"""Datasets and spaces: the same storage under other addresses."""

import pytest

from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract

WORK = """
import pathlib
more = {"space_sdk": "gradio"} if kind == "space" else {}
url = api.create_repo(repo_id, repo_type=kind, private=True, **more)
commit = api.create_commit(repo_id, repo_type=kind, operations=[
    CommitOperationAdd("app.py", b"print(1)"),
    CommitOperationAdd("data/train.parquet", bytes(range(256)) * 100),
], commit_message="Fill")
folder = pathlib.Path(snapshot_download(repo_id, repo_type=kind))
info = api.repo_info(repo_id, repo_type=kind, files_metadata=True)
listing = {"dataset": api.list_datasets, "space": api.list_spaces}[kind]
seen = [
    str(url).removeprefix(api.endpoint),
    commit.commit_url == f"{url}/commit/{commit.oid}",
    (folder / "data/train.parquet").read_bytes() == bytes(range(256)) * 100,
    [info.id, info.private, info.sha == commit.oid],
    {s.rfilename: s.lfs is not None for s in info.siblings},
    sorted(e.path for e in api.list_repo_tree(repo_id, repo_type=kind)),
    [r.id for r in listing(author="alice") if r.id == repo_id],
    [api.repo_exists(repo_id), api.repo_exists(repo_id, repo_type=kind)],
]
api.update_repo_settings(repo_id, repo_type=kind, private=False)
public = [r.id for r in listing(author="alice") if r.id == repo_id]
api.delete_repo(repo_id, repo_type=kind)
result = [*seen, public, api.repo_exists(repo_id, repo_type=kind)]
"""


@pytest.mark.parametrize("version", ["0.36", "2.4"])
@pytest.mark.parametrize("kind", ["dataset", "space"])
def test_datasets_and_spaces(client: MakeClient, repo_id: str, kind: str, version: str) -> None:
    files = {".gitattributes": False, "app.py": False, "data/train.parquet": True}
    assert client(version).python(WORK, repo_id=repo_id, kind=kind) == [
        f"/{kind}s/{repo_id}",
        True,
        True,
        [repo_id, True, True],
        files,
        [".gitattributes", "app.py", "data"],
        [repo_id],
        [False, True],
        [repo_id],
        False,
    ]
