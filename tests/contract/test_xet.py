"""Xet between stock clients and the hub: what travels, what is stored, and what nobody learns."""

import hashlib
import random
import re
from pathlib import Path

import pytest

from tests.contract.clients import ASKING, CURRENT, LFS
from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract

XET = [CURRENT, *ASKING]


def weights(seed: str, size: int = 12_000_000) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 (the same bytes each time)


def base_and_parts(seed: str) -> tuple[bytes, bytes]:
    """A file, and one that is made of every second part of it: the client will not send those again."""
    base = weights(seed, 9_000_000)
    return base, b"".join(base[start : start + 1_500_000] for start in range(0, len(base), 3_000_000))


def stored_bytes(hub: RunningHub) -> int:
    return sum(path.stat().st_size for path in (hub.data_dir / "objects").rglob("*") if path.is_file())


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("version", XET)
def test_a_download_by_xet(
    hub_server: RunningHub, client: MakeClient, repo_id: str, tmp_path: Path, version: str
) -> None:
    file = write(tmp_path / "weights.bin", weights(repo_id))
    client().hf("upload", repo_id, file)
    before = len(hub_server.log())
    client(version).hf("download", repo_id, "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "weights.bin").read_bytes() == file.read_bytes()
    asked = hub_server.log()[before:]
    assert "/xet-read-token/" in asked
    assert "/v2/reconstructions/" in asked
    assert "GET /cas/" in asked
    assert not re.search(r"GET /\S+/resolve/\S+/weights\.bin", asked)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0.36+1.1.3", "0.36+1.2.0", "0.36+1.4.3", "1.19+1.5.1", "1.33+1.6.0"])
def test_every_hf_xet_that_a_client_may_have(
    hub_server: RunningHub, client: MakeClient, repo_id: str, tmp_path: Path, version: str
) -> None:
    """The oldest that huggingface_hub 0.36, 1.19 and 1.33 to 2.4 take, and some between: their routes have had other
    names.
    """
    file = write(tmp_path / "weights.bin", weights(version))
    client().hf("upload", repo_id, file)
    before = len(hub_server.log())
    client(version).hf("download", repo_id, "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "weights.bin").read_bytes() == file.read_bytes()
    assert re.search(r"GET /cas/\S+/(v\d/)?reconstructions?/\S+ HTTP/1.1\W+200", hub_server.log()[before:])
    other = write(tmp_path / "other.bin", file.read_bytes()[:4_000_000] + weights(repo_id, 100_000))
    before = stored_bytes(hub_server)
    client(version).hf("upload", repo_id, other)
    assert stored_bytes(hub_server) - before < 1_500_000
    client().hf("download", repo_id, "other.bin", "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "other.bin").read_bytes() == other.read_bytes()


def test_a_download_without_xet(client: MakeClient, repo_id: str, tmp_path: Path) -> None:
    file = write(tmp_path / "weights.bin", weights(repo_id))
    client().hf("upload", repo_id, file)
    client(HF_HUB_DISABLE_XET="1").hf("download", repo_id, "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "weights.bin").read_bytes() == file.read_bytes()


def test_a_file_of_parts_of_another(hub_server: RunningHub, client: MakeClient, repo_id: str, tmp_path: Path) -> None:
    """Its ranges of a xorb lie apart."""
    base, parts = base_and_parts(repo_id)
    sender = client()
    sender.hf("upload", repo_id, write(tmp_path / "base.bin", base))
    before = stored_bytes(hub_server)
    sender.hf("upload", repo_id, write(tmp_path / "parts.bin", parts))
    assert stored_bytes(hub_server) - before < 700_000  # chunks at the edges are new
    start = len(hub_server.log())
    client().hf("download", repo_id, "parts.bin", "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "parts.bin").read_bytes() == parts
    fetched = [line for line in hub_server.log()[start:].splitlines() if "GET /cas/" in line and "/xorbs/" in line]
    assert fetched
    assert all(" 206 " in line for line in fetched)


@pytest.mark.parametrize("version", XET)
@pytest.mark.parametrize("private", [False, True])
def test_a_fine_tune_sends_what_differs_where_its_base_may_be_read(
    hub_server: RunningHub,
    client: MakeClient,
    bob_token: str,
    repo_id: str,
    tmp_path: Path,
    version: str,
    private: bool,  # noqa: FBT001
) -> None:
    base = weights(repo_id)
    file = write(tmp_path / "weights.bin", base)
    client().python("api.create_repo(repo_id, private=private); result = None", repo_id=repo_id, private=private)
    client().hf("upload", repo_id, file)
    tuned = write(tmp_path / "tuned.bin", base[:6_000_000] + b"tuned" + base[6_000_005:])
    before = stored_bytes(hub_server)
    bob = client(version, token=bob_token)
    bob.hf("upload", repo_id.replace("alice", "bob"), tuned, "weights.bin")
    added = stored_bytes(hub_server) - before
    assert (added < 300_000) is not private
    bob.hf("download", repo_id.replace("alice", "bob"), "--local-dir", tmp_path / "copy")
    copy = (tmp_path / "copy" / "weights.bin").read_bytes()
    assert hashlib.sha256(copy).digest() == hashlib.sha256(tuned.read_bytes()).digest()


@pytest.mark.parametrize("version", ASKING)
def test_what_lies_flat_is_not_sent_by_xet_once_more(
    hub_server: RunningHub, client: MakeClient, repo_id: str, tmp_path: Path, version: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "weights.bin", weights(repo_id, 3_000_000))
    client(version, **LFS).hf("upload", repo_id, folder)
    before = stored_bytes(hub_server)
    client(version).hf("upload", f"{repo_id}-too", folder)
    assert stored_bytes(hub_server) == before
    write(folder / "little.bin", weights(version, 100_000))
    client(version).hf("upload", repo_id, folder)
    assert stored_bytes(hub_server) == before + 100_000
    write(folder / "large.bin", weights(version, 4_000_000))
    client(version).hf("upload", repo_id, folder)
