"""A hub whose disk for objects is full: clients hear of it, nothing is left behind, and a retry works."""

import hashlib
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.clients import CURRENT, Client
from tests.running_hub import RunningHub

pytestmark = [
    pytest.mark.contract,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]


TRY = """
try:
    result = str(api.upload_file(path_or_fileobj=path, path_in_repo="weights.bin", repo_id=repo_id))
except RuntimeError as error:
    result = str(error.__cause__)
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


def test_a_full_disk(small_hub: RunningHub, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "weights.bin"
    home.mkdir()
    file.write_bytes(random.Random(21).randbytes(12_000_000))  # noqa: S311 (the same bytes each time)
    token = small_hub.make_member("alice")
    client = Client(CURRENT, small_hub.url, token, home, {"HF_HUB_DISABLE_XET": "1"})
    before = client.python("result = api.create_repo(repo_id) and api.repo_info(repo_id).sha", repo_id="alice/tiny")
    refused = client.python(TRY, repo_id="alice/tiny", path=str(file))
    assert "The hub's disk is full: nothing was stored." in refused
    assert client.python("result = api.repo_info(repo_id).sha", repo_id="alice/tiny") == before
    objects = small_hub.data_dir / "objects"
    assert [path.name for path in objects.rglob("*") if path.is_file()] in ([], ["generation"])
    subprocess.run(["mount", "-o", "remount,size=64m", objects], check=True)
    client.hf("upload", "alice/tiny", file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert [path.name for path in objects.rglob("lfs/*/*/*")] == [sha256]
