"""Calls of the library that the other tests do not make."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract

FILL = """
import os, pathlib
import numpy
from safetensors.numpy import save
api.create_repo(repo_id)
weights, noise = save({"a": numpy.zeros((8, 8), dtype="float32")}), os.urandom(300_000)
api.create_commit(repo_id, [
    CommitOperationAdd("README.md", b"---\\nlicense: mit\\npipeline_tag: fill-mask\\n---\\n# Tiny\\n"),
    CommitOperationAdd("model.safetensors", weights),
    CommitOperationAdd("data/noise.bin", noise),
    CommitOperationAdd("data/a.txt", b"a"),
], commit_message="Fill")
"""


def test_files_and_their_copies(client: MakeClient, repo_id: str) -> None:
    result = client().python(
        FILL
        + """
other = repo_id + "-other"
api.create_repo(other)
api.copy_files(f"hf://{repo_id}/data/noise.bin", f"hf://{repo_id}/copy.bin")
api.copy_files(f"hf://{repo_id}/data/", f"hf://{other}/")
api.preupload_lfs_files(repo_id, [ahead := CommitOperationAdd("ahead.bin", os.urandom(100_000))])
api.create_commit(repo_id, [ahead], commit_message="Sent before")
api.delete_files(repo_id, ["data/*"])
folder = snapshot_download(repo_id)
checked = api.verify_repo_checksums(repo_id)
metadata = api.get_safetensors_metadata(repo_id)
result = [
    sorted(api.list_repo_files(repo_id)),
    sorted(api.list_repo_files(other)),
    (pathlib.Path(folder) / "copy.bin").read_bytes() == noise,
    [checked.checked_count, checked.mismatches, checked.missing_paths],
    metadata.files_metadata["model.safetensors"].tensors["a"].shape,
    api.get_full_repo_name("x"),
]
""",
        repo_id=repo_id,
    )
    files = [".gitattributes", "README.md", "ahead.bin", "copy.bin", "model.safetensors"]
    assert result == [files, [".gitattributes", "a.txt", "noise.bin"], True, [5, [], []], [8, 8], "alice/x"]


def test_the_file_system(client: MakeClient, repo_id: str) -> None:
    result: Any = client().python(
        FILL
        + """
fs = HfFileSystem()
fs.pipe_file(f"{repo_id}/new.txt", b"hello")
with fs.open(f"{repo_id}/data/noise.bin", "rb", block_size=1000) as file:
    file.seek(100_000)
    part = file.read(10) == noise[100_000:100_010]
fs.cp_file(f"{repo_id}/data/noise.bin", f"{repo_id}/copy.bin")
fs.rm(f"{repo_id}/data/a.txt")
result = [
    part,
    fs.cat(f"{repo_id}/new.txt") == b"hello",
    sorted(path.removeprefix(repo_id) for path in fs.find(repo_id)),
    fs.info(f"{repo_id}/copy.bin")["size"],
    [fs.exists(f"{repo_id}@main/copy.bin"), fs.exists(f"{repo_id}/data/a.txt")],
]
""",
        repo_id=repo_id,
    )
    files = ["/.gitattributes", "/README.md", "/copy.bin", "/data/noise.bin", "/model.safetensors", "/new.txt"]
    assert result == [True, True, files, 300_000, [True, False]]


def test_a_folder_that_is_sent_again_and_again(client: MakeClient, repo_id: str, tmp_path: Path) -> None:
    result = client().python(
        """
import pathlib
folder = pathlib.Path(folder)
(folder / "log.txt").write_text("one")
scheduler = CommitScheduler(repo_id=repo_id, folder_path=folder, every=1000)
scheduler.trigger().result()
(folder / "log.txt").write_text("one, two")
scheduler.trigger().result()
scheduler.stop()
result = pathlib.Path(hf_hub_download(repo_id, "log.txt")).read_text()
""",
        repo_id=repo_id,
        folder=str(tmp_path),
    )
    assert result == "one, two"


def test_a_picture_in_a_comment(client: MakeClient, repo_id: str, tmp_path: Path) -> None:
    """`hf discussions comment --attach`, which sends the picture before the comment."""
    picture = tmp_path / "shot.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    machine = client()
    machine.python("api.create_repo(repo_id); result = None", repo_id=repo_id)
    machine.hf("discussions", "create", repo_id, "--title", "It looks odd", "--body", "Look", "--attach", picture)
    html, same = machine.python(
        """
import re, urllib.request
event = api.get_discussion_details(repo_id, 1).events[0]
address = re.search(r"!\\[shot\\]\\((.*?)\\)", event.content)[1]
html = event._event["data"]["latest"]["html"]
result = [html, urllib.request.urlopen(address).read() == open(path, "rb").read()]
""",
        repo_id=repo_id,
        path=str(picture),
    )
    assert "<img " in html
    assert same is True


def test_what_can_be_filtered_by(client: MakeClient, repo_id: str) -> None:
    script = FILL + "tags = api.get_model_tags(); result = [[tag['id'] for tag in tags[kind]] for kind in sorted(tags)]"
    libraries, licences, tasks = client().python(script, repo_id=repo_id)
    assert "license:mit" in licences
    assert "fill-mask" in tasks
    assert isinstance(libraries, list)
    assert "license:cc-by-4.0" in client().python("result = [tag['id'] for tag in api.get_dataset_tags()['license']]")
