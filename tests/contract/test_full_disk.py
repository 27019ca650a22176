"""A hub whose disk for objects is full: clients hear of it, nothing is left behind, and a retry works."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.clients import ASKING, CURRENT, Client
from tests.running_hub import RunningHub

pytestmark = [
    pytest.mark.contract,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]


TRY = """
try:
    result = str(api.upload_file(path_or_fileobj=path, path_in_repo="weights.bin", repo_id=repo_id))
except Exception as error:
    result = str(error)
"""


@pytest.fixture
def small_hub(tmp_path: Path) -> Iterator[RunningHub]:
    """A hub of its own with 8 MiB for objects."""
    objects = tmp_path / "hub" / "objects"
    objects.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", objects], check=True)
    try:
        with RunningHub(tmp_path / "hub") as hub:
            yield hub
    finally:
        subprocess.run(["umount", objects], check=True)


@pytest.mark.parametrize("version", [CURRENT, *ASKING])
@pytest.mark.parametrize("disable_xet", ["0", "1"])
def test_a_full_disk(small_hub: RunningHub, tmp_path: Path, version: str, disable_xet: str) -> None:
    home, file = tmp_path / "home", tmp_path / "weights.bin"
    home.mkdir()
    content = random.Random(21).randbytes(12_000_000)  # noqa: S311 (the same bytes each time)
    file.write_bytes(content)
    token = small_hub.make_member("alice")
    client = Client(version, small_hub.url, token, home, {"HF_HUB_DISABLE_XET": disable_xet})
    before = client.python("result = api.create_repo(repo_id) and api.repo_info(repo_id).sha", repo_id="alice/tiny")
    refused = client.python(TRY, repo_id="alice/tiny", path=str(file))
    assert "The hub's disk is full: nothing was stored." in refused
    assert client.python("result = api.repo_info(repo_id).sha", repo_id="alice/tiny") == before
    objects = small_hub.data_dir / "objects"
    assert [path.name for path in objects.rglob("*") if path.is_file()] in ([], ["generation"])
    subprocess.run(["mount", "-o", "remount,size=64m", objects], check=True)
    client.hf("upload", "alice/tiny", file)
    file.unlink()
    client.hf("download", "alice/tiny", "weights.bin", "--local-dir", tmp_path)
    assert file.read_bytes() == content
