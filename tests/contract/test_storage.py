"""Uploads that break off, and what they cost the web process, over real sockets."""

import contextlib
import hashlib
import http.client
import json
import random
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract


def send(hub: RunningHub, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
    with contextlib.closing(http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=30)) as connection:
        chunked = "Transfer-Encoding" in headers
        connection.request(method, path, body, headers, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, response.read()


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stored(hub: RunningHub) -> set[str]:
    return {path.name for path in (hub.data_dir / "objects").rglob("*") if path.is_file()}


@pytest.fixture
def content(repo_id: str) -> bytes:
    """Bytes that no other test has sent."""
    return random.Random(repo_id).randbytes(5_000_000)  # noqa: S311 (the same bytes each time)


@pytest.fixture
def link(hub_server: RunningHub, client: MakeClient, alice_token: str, repo_id: str, content: bytes) -> str:
    """Where to PUT `content`: the path and query of an upload link to a new repo."""
    client().python("api.create_repo(repo_id); result = None", repo_id=repo_id)
    body = {"operation": "upload", "objects": [{"oid": sha256_of(content), "size": len(content)}]}
    path, bearer = f"/{repo_id}.git/info/lfs/objects/batch", f"Bearer {alice_token}"
    _, answer = send(hub_server, "POST", path, json.dumps(body), Authorization=bearer)
    return str(json.loads(answer)["objects"][0]["actions"]["upload"]["href"]).removeprefix(hub_server.url)


def test_a_body_that_is_cut_off_is_not_stored_and_can_be_sent_again(
    hub_server: RunningHub, link: str, content: bytes
) -> None:
    before = stored(hub_server)
    address = urlsplit(hub_server.url)
    head = f"PUT {link} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=30) as raw:
        raw.sendall(head.encode() + content[:-1])
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(100).startswith(b"HTTP/1.1 400 ")
    assert stored(hub_server) == before
    assert send(hub_server, "PUT", link, content)[0] == 200
    assert sha256_of(content) in stored(hub_server)


def test_a_body_in_chunks(hub_server: RunningHub, link: str, content: bytes) -> None:
    pieces = (content[start : start + 70_000] for start in range(0, len(content), 70_000))
    assert send(hub_server, "PUT", link, pieces, **{"Transfer-Encoding": "chunked"})[0] == 200
    assert sha256_of(content) in stored(hub_server)


def web_processes(hub: RunningHub) -> list[int]:
    """The gunicorn processes of this hub: the master first, whose parent is none of them, then its workers.

    Their numbers do not tell which is which: the system begins anew after some 30,000.
    """
    port = urlsplit(hub.url).port
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"gunicorn" in command and f":{port}".encode() in command:
            parents[int(folder.name)] = parent
    return sorted(parents, key=lambda pid: parents[pid] in parents)


@pytest.mark.parametrize("disable_xet", ["0", "1"])
def test_killed_in_the_middle_of_an_upload(
    hub_server: RunningHub, client: MakeClient, repo_id: str, tmp_path: Path, disable_xet: str
) -> None:
    """All web processes die while a client sends; the master starts new ones, and the client's own retry succeeds."""
    file = tmp_path / "weights.bin"
    file.write_bytes(random.Random(disable_xet).randbytes(60_000_000))  # noqa: S311 (the same bytes each time)
    machine = client(HF_HUB_DISABLE_XET=disable_xet)
    machine.python("api.create_repo(repo_id); result = None", repo_id=repo_id)
    script = """
import glob, os, signal, threading, time
def kill():
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and max(map(os.path.getsize, sent()), default=0) < 1_000_000:
        time.sleep(0.002)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
def sent():
    return glob.glob(f"{scratch}/*")
thread = threading.Thread(target=kill)
thread.start()
api.upload_file(path_or_fileobj=path, path_in_repo="weights.bin", repo_id=repo_id)
thread.join()
result = api.repo_info(repo_id, files_metadata=True).siblings[-1].lfs["sha256"]
"""
    workers = web_processes(hub_server)[1:]
    booted = hub_server.log().count("Booting worker")
    scratch = hub_server.data_dir / "objects" / "tmp"
    sha256 = machine.python(script, repo_id=repo_id, path=str(file), workers=workers, scratch=str(scratch))
    assert sha256 == sha256_of(file.read_bytes())
    assert hub_server.log().count("Booting worker") == booted + len(workers) > booted


@pytest.mark.slow
@pytest.mark.parametrize("disable_xet", ["0", "1"])
def test_memory_of_the_web_process_does_not_grow_with_the_file(
    hub_server: RunningHub, client: MakeClient, repo_id: str, tmp_path: Path, disable_xet: str
) -> None:
    file = tmp_path / "weights.bin"
    with file.open("wb") as output:
        for number in range(300):
            output.write(random.Random(number).randbytes(1_000_000))  # noqa: S311
    machine = client(HF_HUB_DISABLE_XET=disable_xet)
    machine.python("api.create_repo(repo_id); result = None", repo_id=repo_id)
    machine.hf("upload", repo_id, file)
    client(HF_HUB_DISABLE_XET=disable_xet).hf("download", repo_id, "weights.bin")
    for pid in web_processes(hub_server):
        peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line)
        assert int(peak.split()[1]) < 250_000, peak
