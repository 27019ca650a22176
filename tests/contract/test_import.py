"""Repositories from one real hub to another."""

import json
import secrets
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.contract.clients import CURRENT, Client
from tests.contract.conftest import MakeClient
from tests.running_hub import ROOT, RunningHub

pytestmark = [pytest.mark.contract, pytest.mark.slow]
PASSWORD = "correct horse battery staple"
# As if two minutes had passed since the worker's last word.
EXPIRE = (
    "from models_app.imports.models import ImportJob; from django.utils import timezone;"
    "ImportJob.objects.filter(state='running').update(due_at=timezone.now())"
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, hub_server: RunningHub) -> Iterator[RunningHub]:
    """The hub that imports; the one of the other tests is its source."""
    hub = RunningHub(tmp_path_factory.mktemp("target"))
    hub.env["HUB_IMPORT_ENDPOINTS"] = hub_server.url
    with hub:
        hub.token = hub.make_member("alice")  # type: ignore[attr-defined]
        yield hub


@pytest.fixture
def arrived(target: RunningHub, tmp_path: Path) -> Client:
    """Alice's machine beside the hub that imports."""
    home = tmp_path / "target-home"
    home.mkdir()
    return Client(version=CURRENT, endpoint=target.url, token=target.token, home=home)  # type: ignore[attr-defined]


def fill(client: Client, repo_id: str, content: bytes, *, private: bool = False) -> None:
    """Two commits, a branch and a tag; the large file of the first commit is another one than that of the second."""
    weights = client.home / "weights.bin"
    weights.write_bytes(content)
    client.python(
        """
card = b"---\\nlicense: apache-2.0\\nbase_model: alice/base\\n---\\n# Imported\\n"
api.create_repo(repo_id, private=private)
api.upload_file(repo_id=repo_id, path_or_fileobj=b"old weights" * 1000, path_in_repo="weights.bin")
api.create_commit(repo_id, [
    CommitOperationAdd("README.md", card),
    CommitOperationAdd("nested/what? 100% 名.txt", b"text"),
    CommitOperationAdd("weights.bin", weights),
], commit_message="Second")
api.create_branch(repo_id, branch="dev")
api.create_tag(repo_id, tag="v1", tag_message="First release")
result = None
""",
        repo_id=repo_id,
        weights=str(weights),
        private=private,
    )


def facts(client: Client, repo_id: str) -> dict[str, Any]:
    return client.python(
        """
info = api.model_info(repo_id, files_metadata=True)
refs = api.list_repo_refs(repo_id)
result = {
    "sha": info.sha, "private": info.private, "tags": info.tags,
    "files": {f.rfilename: [f.size, f.lfs.sha256 if f.lfs else f.blob_id] for f in info.siblings},
    "titles": [commit.title for commit in api.list_repo_commits(repo_id)],
    "branches": {ref.name: ref.target_commit for ref in refs.branches},
    "tags_of_git": sorted(ref.name for ref in refs.tags),
}
""",
        repo_id=repo_id,
    )


def import_command(target: RunningHub, source: RunningHub, repo_id: str, *options: str) -> list[str]:
    return [sys.executable, "manage.py", "import_model", repo_id, "--from", source.url, *options]


def test_a_command_brings_history_files_and_licence(
    hub_server: RunningHub, target: RunningHub, client: MakeClient, arrived: Client, repo_id: str
) -> None:
    content = secrets.token_bytes(5_000_000)  # in parts: of 2 MB each here
    source = client()
    fill(source, repo_id, content)
    printed = target.manage("import_model", repo_id, "--from", hub_server.url)
    assert f"{repo_id} is here: 2 large files" in printed
    there, here = facts(source, repo_id), facts(arrived, repo_id)
    assert here == there
    assert {"license:apache-2.0", "base_model:alice/base"} <= set(here["tags"])
    digest = arrived.python(
        "import hashlib, pathlib\n"
        "path = api.hf_hub_download(repo_id, 'weights.bin')\n"
        "result = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()",
        repo_id=repo_id,
    )
    assert digest == sha256(content).hexdigest()
    old = arrived.python(
        "result = open(api.hf_hub_download(repo_id, 'weights.bin', revision=old), 'rb').read().decode()",
        repo_id=repo_id,
        old=arrived.python("result = api.list_repo_commits(repo_id)[1].commit_id", repo_id=repo_id),
    )
    assert old == "old weights" * 1000


def test_a_private_repo_comes_by_a_token_and_stays_private(
    hub_server: RunningHub, target: RunningHub, client: MakeClient, arrived: Client, repo_id: str, tmp_path: Path
) -> None:
    source = client()
    fill(source, repo_id, b"x" * 3_000_000, private=True)
    done = subprocess.run(
        import_command(target, hub_server, repo_id),
        cwd=ROOT,
        env=target.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no such repository, or keeps it from us" in done.stderr
    token = tmp_path / "token"
    token.write_text(f"{source.token}\n")
    target.manage(
        "import_model",
        repo_id,
        "--from",
        hub_server.url,
        "--private",
        "--as",
        f"{repo_id}-copy",
        "--token-file",
        str(token),
    )
    here = facts(arrived, f"{repo_id}-copy")
    assert here == facts(source, repo_id)
    assert here["private"] is True


def test_kill_and_run_again(
    hub_server: RunningHub, target: RunningHub, client: MakeClient, arrived: Client, repo_id: str
) -> None:
    """What had arrived before a kill -9 is not fetched again."""
    source = client()
    fill(source, repo_id, secrets.token_bytes(60_000_000))
    process = subprocess.Popen(import_command(target, hub_server, repo_id), cwd=ROOT, env=target.env)
    parts = target.data_dir / "objects" / "parts"
    deadline = time.monotonic() + 60
    while len([path for path in parts.glob("**/*") if path.is_file()]) < 3:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    held = {path.name: path.stat().st_mtime_ns for path in parts.glob("**/*") if path.is_file()}
    assert 3 <= len(held) < 30
    target.manage("shell", "--command", EXPIRE)
    before = len(hub_server.log())  # by now the request that the kill cut off is noted too
    target.manage("import_model", repo_id, "--from", hub_server.url)
    assert facts(arrived, repo_id) == facts(source, repo_id)
    fetched = hub_server.log()[before:].count("/resolve/")
    assert fetched <= 30 - len(held) + 1
    assert [path for path in parts.glob("**/*") if path.is_file()] == []


def ask_in_the_browser(hub: RunningHub, source: RunningHub, repo_id: str) -> str:
    """What a member does; gives the address of the page that shows the progress."""
    import httpx2

    with httpx2.Client(base_url=hub.url, follow_redirects=True, headers={"Referer": hub.url}) as browser:

        def send(path: str, **fields: str) -> httpx2.Response:
            browser.get(path)
            response = browser.post(path, data={**fields, "csrfmiddlewaretoken": browser.cookies["csrftoken"]})
            assert response.status_code == 200, response.text
            return response

        send("/accounts/login/", login="carol", password=PASSWORD)
        fields = {"endpoint": source.url, "source": repo_id, "kind": "model", "owner": "carol", "name": ""}
        return str(send("/import", **fields, visibility="public").url.path)


def state_of(hub: RunningHub) -> dict[str, Any]:
    look = (
        "import json; from models_app.imports.models import ImportJob; from models_app.evaluation.models import Run;"
        "job = ImportJob.objects.get(user__username='carol');"
        "runs = Run.objects.filter(repo=job.repo).count();"
        "print(json.dumps({'state': job.state, 'problem': job.problem, 'runs': runs}))"
    )
    return json.loads(hub.manage("shell", "--verbosity", "0", "--command", look))


def wait_until(ready: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_member_s_import_survives_its_worker_and_is_evaluated(
    hub_server: RunningHub, target: RunningHub, client: MakeClient, repo_id: str
) -> None:
    target.manage("sync_suites")
    target.manage("add_member", "carol", "--password", PASSWORD)
    source = client()
    weights = source.home / "model.safetensors"
    header = json.dumps({"weight": {"dtype": "U8", "shape": [60_000_000], "data_offsets": [0, 60_000_000]}}).encode()
    weights.write_bytes(struct.pack("<Q", len(header)) + header + secrets.token_bytes(60_000_000))
    (source.home / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}')
    source.hf("upload", repo_id, weights)
    source.hf("upload", repo_id, source.home / "config.json")
    parts = target.data_dir / "objects" / "parts"
    with target.worker("outbound") as worker:
        page = ask_in_the_browser(target, hub_server, repo_id)
        assert page.startswith("/import/")
        wait_until(lambda: len([path for path in parts.glob("**/*") if path.is_file()]) >= 3)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert state_of(target)["state"] == "running"
    target.manage("shell", "--command", EXPIRE)
    target.manage("shell", "--command", "from models_app.imports import services; services.ring_due()")
    with target.worker("outbound"):
        wait_until(lambda: state_of(target)["state"] != "running")
    assert state_of(target) == {"state": "done", "problem": "", "runs": 1}
