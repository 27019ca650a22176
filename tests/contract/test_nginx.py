"""Behind nginx, which sends large files itself, clients see what they see without it."""

import hashlib
import urllib.request
from pathlib import Path

import pytest

from tests.contract.clients import Client
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


def test_large_files_behind_nginx(tmp_path: Path) -> None:
    proxied = f"http://127.0.0.1:{free_port()}"
    hub = RunningHub(tmp_path / "hub")
    hub.data_dir.mkdir()
    hub.env |= {"HUB_ACCEL_PREFIX": "/_objects/", "HUB_PUBLIC_URL": proxied}
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "nginx").mkdir()
    with (
        hub,
        running_nginx(
            tmp_path / "nginx",
            port=int(proxied.rpartition(":")[2]),
            hub=hub.url.removeprefix("http://"),
            data_dir=hub.data_dir,
        ),
    ):
        token = hub.make_member("alice")
        client = Client("2.4", proxied, token, home, extra={"HF_HUB_DISABLE_XET": "1"})
        (tmp_path / "weights.bin").write_bytes(CONTENT)
        client.hf("upload", "alice/tiny", tmp_path / "weights.bin")
        client.hf("download", "alice/tiny", "--local-dir", tmp_path / "copy")
        assert (tmp_path / "copy" / "weights.bin").read_bytes() == CONTENT

        address = f"{proxied}/alice/tiny/resolve/main/weights.bin"
        status, whole, body = ask(address)
        assert (status, body, whole["ETag"]) == (200, CONTENT, f'"{hashlib.sha256(CONTENT).hexdigest()}"')
        assert ask(address, "HEAD") == (200, whole, b"")
        assert ask(address, Range="bytes=8-15") == (206, whole | {"Content-Length": "8"}, b"weights ")
