"""The worker API as a worker uses it: over HTTP, with a service account's token."""

from typing import Any

from community.members.auth import actor_from_header
from models_app.evaluation.models import Run, RunState, Worker
from models_app.repos.queries import visible_repos
from tests.factories.checkpoints import RepoFactory
from tests.models_app.evaluation.conftest import LEASE, ServiceAccount


def test_lease_to_record(box: ServiceAccount, run: Run, document: dict[str, Any]) -> None:
    lease = box.post("lease", LEASE)
    assert lease.status_code == 200
    answer = lease.json()
    token = answer.pop("token")
    assert answer == {
        "run": run.pk,
        "attempt": 1,
        "repo": "alice/tiny",
        "kind": "model",
        "commit": run.commit_sha,
        "suite": {"name": "standard", "version": 1, "sha256": run.suite_version.sha256},
        "precision": "float32",
        "lease_seconds": 60,
        "run_seconds": 3600,
    }
    assert token.startswith("cap_")

    progress = {"stage": "scoring", "task": "prose", "done": 3, "total": 10}
    beat = box.post(f"runs/{run.pk}/heartbeat", {"attempt": 1, "progress": progress, "log_tail": "loaded\n"})
    assert (beat.status_code, beat.json()) == (200, {"cancel": False})
    run.refresh_from_db()
    assert (run.state, run.progress, run.log_tail) == (RunState.RUNNING, progress, "loaded\n")

    finish = box.post(f"runs/{run.pk}/finish", {"attempt": 1, "record": document})
    run.refresh_from_db()
    assert (finish.status_code, finish.json()) == (200, {"record": run.record.sha256})
    assert (run.state, run.leased_until) == (RunState.DONE, None)
    assert box.post("lease", LEASE).status_code == 204
    worker = Worker.objects.get()
    assert (worker.account, worker.name, worker.versions) == (box.user, "box", {"torch": "2.13.0"})


def test_the_lease_opens_its_repo_alone(box: ServiceAccount, run: Run) -> None:
    run.repo.private = True
    run.repo.save()
    RepoFactory(creator=run.repo.creator, name="other", private=True)
    token = box.post("lease", LEASE).json()["token"]
    actor = actor_from_header(f"Bearer {token}")
    assert list(visible_repos(actor)) == [run.repo]
    assert actor.capability is not None
    assert actor.capability.right == "read"
