"""Upload as people do it, by every path that a client takes, and read back what arrived."""

import hashlib
import random
from pathlib import Path

import pytest

from tests.contract.clients import VERSIONS
from tests.contract.conftest import MakeClient

pytestmark = pytest.mark.contract

WAYS = [
    pytest.param("2.4", {}, id="2.4-xet"),
    pytest.param("2.4", {"HF_HUB_DISABLE_XET": "1"}, id="2.4-lfs"),
    pytest.param("1.19", {}, id="1.19"),
    pytest.param("0.36", {}, id="0.36"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small repo with one large file, a folder, and names that need encoding."""
    root = tmp_path / "folder"
    (root / "nested dir").mkdir(parents=True)
    (root / "README.md").write_text("---\nlicense: mit\nlanguage: en\n---\n# A tiny model\n")
    (root / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}')
    (root / "weights.bin").write_bytes(random.Random(7).randbytes(3_000_000))
    (root / "nested dir" / "what? 100% 名.txt").write_text("text")
    (root / "empty.txt").touch()
    return root


def digests(root: Path) -> dict[str, str]:
    files = [path for path in root.rglob("*") if path.is_file() and ".cache" not in path.parts]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(("version", "extra"), WAYS)
def test_hf_upload_and_download(
    client: MakeClient, repo_id: str, folder: Path, tmp_path: Path, version: str, extra: dict[str, str]
) -> None:
    uploaded = client(version, **extra).hf("upload", repo_id, folder)
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    downloaded = client(version, **extra).hf("download", repo_id, "--local-dir", tmp_path / "copy")
    assert downloaded.returncode == 0, downloaded.stdout + downloaded.stderr
    copy = digests(tmp_path / "copy")
    assert copy.pop(".gitattributes")
    assert copy == digests(folder)
