"""A worker in a process of its own, in front of a running hub, as in production but without Celery."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi

from models_app.evaluation.engine.sandbox.confinement import PROJECT
from tests.models_app.evaluation_engine.checkpoints import save_checkpoint
from tests.running_hub import RunningHub

WORK = "from models_app.evaluation.worker.loop import work_until_idle; print('worked off', work_until_idle())"
# What beat does every 15 seconds; and that after the minute in which a worker that died is waited for.
REAP = "from models_app.evaluation import leases; leases.reap()"
EXPIRE = (
    "from django.utils import timezone; from models_app.evaluation.models import Run; "
    f"Run.objects.filter(state='running').update(leased_until=timezone.now()); {REAP}"
)
Upload = Callable[..., str]  # what the fixtures of these names give
RunOf = Callable[[str], dict[str, Any]]
TEXT = "The quick brown fox jumps."  # whose attention is asked for
_numbers = itertools.count()


@pytest.fixture(scope="session")
def worker_env(hub_server: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a worker that knows the hub's address and its own token, nothing else of the hub."""
    folder = tmp_path_factory.mktemp("worker")
    token = folder / "token"
    code = (
        f"from pathlib import Path; from hub.embedded.evaluator import ensure_token; ensure_token(Path({str(token)!r}))"
    )
    hub_server.manage("sync_suites")
    hub_server.manage("shell", "-c", code)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "HUB_EVALUATION_URL": hub_server.url,
        "HUB_EVALUATION_TOKEN_FILE": str(token),
        "HUB_EVALUATION_DIR": str(folder / "runs"),
        "HUB_EVALUATION_MEMORY_BYTES": str(2 * 2**30),
        "HUB_EVALUATION_THREADS": "1",
    }


@pytest.fixture
def start_worker(worker_env: dict[str, str]) -> Callable[..., subprocess.Popen[str]]:
    def start(env: dict[str, str] = worker_env) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WORK],
            cwd=PROJECT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


@pytest.fixture(scope="session")
def alice_api(hub_server: RunningHub) -> HfApi:
    return HfApi(endpoint=hub_server.url, token=hub_server.make_member("alice-of-workers"))


@pytest.fixture
def http(alice_api: HfApi) -> Iterator[httpx2.Client]:
    """Speaks as the owner."""
    headers = {"Authorization": f"Bearer {alice_api.token}"}
    with httpx2.Client(base_url=f"{alice_api.endpoint}/api/evaluation/", headers=headers) as client:
        yield client


def ask(http: httpx2.Client, repo_id: str) -> str:
    """Ask for the attention to `TEXT`; gives the path of what was asked for."""
    answer = http.post("attention", json={"repo": repo_id, "text": TEXT})
    assert answer.is_success, answer.text
    return f"attention/{answer.json()['id']}"


@pytest.fixture
def upload(alice_api: HfApi, tmp_path: Path) -> Callable[..., str]:
    """Upload a tiny checkpoint (or what `save` saves), spoilt first if wanted, to a new private repo; gives its id."""

    def upload(
        spoil: Callable[[Path], object] = lambda _folder: None, save: Callable[[Path], Path] = save_checkpoint
    ) -> str:
        repo_id = f"alice-of-workers/tiny-{next(_numbers)}"
        folder = save(tmp_path / "checkpoint")
        spoil(folder)
        (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
        alice_api.create_repo(repo_id, private=True)
        alice_api.upload_folder(repo_id=repo_id, folder_path=folder)
        return repo_id

    return upload


@pytest.fixture
def run_of(alice_api: HfApi) -> Callable[[str], dict[str, Any]]:
    """The newest run of a repo, as its owner sees it."""

    def run_of(repo_id: str) -> dict[str, Any]:
        http = httpx2.Client(headers={"Authorization": f"Bearer {alice_api.token}"})
        with http:
            (newest, *_) = http.get(f"{alice_api.endpoint}/api/evaluation/runs", params={"repo": repo_id}).json()[
                "runs"
            ]
            run: dict[str, Any] = http.get(f"{alice_api.endpoint}/api/evaluation/runs/{newest['id']}").json()
        return run

    return run_of


@pytest.fixture
def measured_under(
    hub_server: RunningHub,
    alice_api: HfApi,
    start_worker: Callable[..., subprocess.Popen[str]],
    run_of: Callable[[str], dict[str, Any]],
    worker_env: dict[str, str],
    tmp_path: Path,
) -> Callable[..., dict[str, Any]]:
    """Propose what a version of the standard suite is after changes, and measure a repo under it; gives the run."""
    allow = (
        "from django.contrib.auth.models import Permission; from community.members.models import User; "
        "User.objects.get(username='alice-of-workers').user_permissions.add("
        "Permission.objects.get(codename='propose_suite'))"
    )
    hub_server.manage("shell", "-c", allow)
    env = worker_env | {"HUB_EVALUATION_DIR": str(tmp_path / "runs")}

    def measured_under(repo_id: str, version: int, changes: list[dict[str, Any]]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {alice_api.token}"}
        with httpx2.Client(base_url=f"{hub_server.url}/api/evaluation/suites/", headers=headers) as http:
            body = {"changes": changes, "note": "A test."}
            made = http.post(f"standard/{version}/derive", json=body).raise_for_status().json()
            answer = http.post(f"standard/{made['version']}/preview", json={"repos": [repo_id]})
            assert answer.raise_for_status().json() == {"models": 1}
        output, _ = start_worker(env).communicate(timeout=120)
        run = run_of(repo_id)
        assert run["suite"] == {key: made[key] for key in ("name", "version", "sha256")}, output
        return run

    return measured_under
