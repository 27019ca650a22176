"""Behind nginx, which sends large files itself, clients see what they see without it."""

import hashlib
import secrets
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.clients import Client
from tests.contract.git_client import GitClient
from tests.contract.test_xet import base_and_parts
from tests.nginx import running_nginx
from tests.running_hub import RunningHub, free_port

pytestmark = [pytest.mark.contract, pytest.mark.slow]

HEADERS = (
    "X-Repo-Commit",
    "ETag",
    "X-Linked-Etag",
    "X-Linked-Size",
    "Content-Type",
    "Content-Disposition",
    "Content-Length",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Cache-Control",
)
CONTENT = b"weights " * 50_000


def ask(address: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str | None], bytes]:
    request = urllib.request.Request(address, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, {name: answer.headers[name] for name in HEADERS}, answer.read()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """``machine("name")``: one of Alice's, in front of a hub behind nginx."""
    proxied = f"http://127.0.0.1:{free_port()}"
    hub = RunningHub(tmp_path / "hub")
    hub.data_dir.mkdir()
    hub.env |= {"HUB_ACCEL_PREFIX": "/_objects/", "HUB_PUBLIC_URL": proxied}
    (tmp_path / "nginx").mkdir()
    port = int(proxied.rpartition(":")[2])
    address = hub.url.removeprefix("http://")
    with hub, running_nginx(tmp_path / "nginx", port=port, hub=address, data_dir=hub.data_dir):
        token = hub.make_member("alice")

        def make(name: str, **extra: str) -> Client:
            home = tmp_path / name
            home.mkdir()
            return Client("2.4", proxied, token, home, extra=extra)

        yield make


def test_large_files_behind_nginx(machine: Callable[..., Client], tmp_path: Path) -> None:
    client = machine("home", HF_HUB_DISABLE_XET="1")
    (tmp_path / "weights.bin").write_bytes(CONTENT)
    client.hf("upload", "alice/tiny", tmp_path / "weights.bin")
    client.hf("download", "alice/tiny", "--local-dir", tmp_path / "copy")
    assert (tmp_path / "copy" / "weights.bin").read_bytes() == CONTENT

    address = f"{client.endpoint}/alice/tiny/resolve/main/weights.bin"
    status, whole, body = ask(address)
    assert (status, body, whole["ETag"]) == (200, CONTENT, f'"{hashlib.sha256(CONTENT).hexdigest()}"')
    assert ask(address, "HEAD") == (200, whole, b"")
    assert ask(address, Range="bytes=8-15") == (206, whole | {"Content-Length": "8"}, b"weights ")


def test_xet_behind_nginx(machine: Callable[..., Client], tmp_path: Path) -> None:
    """Nginx sends the parts of a xorb."""
    sender = machine("sender")
    contents = dict(zip(("base", "parts"), base_and_parts("nginx"), strict=True))
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        sender.hf("upload", f"alice/{name}", tmp_path / name, "weights.bin")
    for name, content in contents.items():
        machine(f"reader-{name}").hf("download", f"alice/{name}", "--local-dir", tmp_path / f"copy-{name}")
        assert (tmp_path / f"copy-{name}" / "weights.bin").read_bytes() == content


def test_git_behind_nginx(machine: Callable[..., Client], tmp_path: Path) -> None:
    client = machine("home")
    client.hf("repos", "create", "alice/tiny")
    git = GitClient(client.endpoint, tmp_path / "git", client.token)
    clone = git.clone("alice/tiny")
    files = {"notes.dat": secrets.token_bytes(3_000_000), "more.bin": secrets.token_bytes(1_000_000)}
    git.commit(clone, dict(files))
    git.git("push", "origin", "main", folder=clone)  # large enough that git sends it in chunks
    again = git.clone("alice/tiny")
    assert {name: (again / name).read_bytes() for name in files} == files
