"""Upload as people do it, by every path that a client takes, and read back what arrived."""

import hashlib
import secrets
from pathlib import Path

import pytest

from tests.contract.clients import ASKING, CURRENT, LFS, WAYS
from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract


def digests(root: Path) -> dict[str, str]:
    files = [path for path in root.rglob("*") if path.is_file() and ".cache" not in path.parts]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(("version", "extra"), WAYS)
def test_hf_upload_and_download(
    client: MakeClient, repo_id: str, folder: Path, tmp_path: Path, version: str, extra: dict[str, str]
) -> None:
    client(version, **extra).hf("upload", repo_id, folder)
    client(version, **extra).hf("download", repo_id, "--local-dir", tmp_path / "copy")
    copy = digests(tmp_path / "copy")
    assert copy.pop(".gitattributes")
    assert copy == digests(folder)


@pytest.mark.parametrize("version", [*ASKING, CURRENT])
def test_the_default_is_xet(
    client: MakeClient, hub_server: RunningHub, repo_id: str, folder: Path, version: str
) -> None:
    def requests_of(**extra: str) -> str:
        before = len(hub_server.log())
        client(version, **extra).hf("upload", f"{repo_id}-{len(extra)}", folder)
        return hub_server.log()[before:]

    default = requests_of()
    assert "/v1/xorbs/" in default
    assert '"PUT ' not in default
    assert ("/info/lfs/objects/batch" in default) is (version in ASKING)
    (folder / "weights.bin").write_bytes(secrets.token_bytes(3_000_000))
    by_lfs = requests_of(**LFS)
    assert "/info/lfs/objects/batch" in by_lfs
    assert "/parts/2" in by_lfs  # 3 MB in parts of 2
    assert "/v1/xorbs/" not in by_lfs


@pytest.mark.parametrize("version", [pytest.param("0.34", marks=pytest.mark.slow), "0.36"])
def test_clients_that_ask_whether_a_repo_speaks_xet(
    client: MakeClient, repo_id: str, folder: Path, tmp_path: Path, version: str
) -> None:
    """Up to 0.35 before every large file, in 0.36 before a large folder."""
    client(version).python(
        """
from huggingface_hub import upload_folder, upload_large_folder
upload_large_folder(repo_id, folder_path=folder, repo_type="model", num_workers=2, print_report=False)
upload_folder(repo_id=repo_id, folder_path=folder, path_in_repo="again")
result = None
""",
        repo_id=repo_id,
        folder=str(folder),
    )
    client(version).hf("download", repo_id, "--local-dir", tmp_path / "copy")
    copy = digests(tmp_path / "copy")
    assert copy.pop(".gitattributes")
    sent = digests(folder)
    assert copy == sent | {f"again/{path}": digest for path, digest in sent.items()}


def test_a_hundred_files_of_a_megabyte_in_git(client: MakeClient, repo_id: str, tmp_path: Path) -> None:
    """The body of one commit may be far larger than what the web process may hold."""
    root = tmp_path / "many"
    root.mkdir()
    for number in range(100):
        (root / f"{number}.txt").write_text(f"{number} " * 400_000)
    client(HF_HUB_DISABLE_XET="1").python(
        """
api.create_repo(repo_id)
api.create_commit(repo_id, [CommitOperationAdd(f"{n}.txt", f"{root}/{n}.txt") for n in range(100)], commit_message="m")
result = None
""",
        repo_id=repo_id,
        root=str(root),
    )
    client().hf("download", repo_id, "--local-dir", tmp_path / "copy", "--include", "*.txt")
    assert digests(tmp_path / "copy") == digests(root)
