"""References that were moved in git by a process that died before it told anybody."""

import signal
import subprocess
import sys

import pytest

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import GitRepository
from models_app.repos import hooks
from models_app.repos.hooks import RefUpdate, RepoChange
from models_app.repos.models import Repo
from models_app.repos.services import create_branch, create_tag, delete_branch
from models_app.uploads.models import KnownReference
from models_app.uploads.references import note_references
from models_app.uploads.services import reconcile_heads
from tests.models_app.uploads.conftest import Commit
from tests.running_hub import ROOT, RunningHub


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[RefUpdate]:
    """What the handlers of `repos.hooks` hear of references."""
    updates: list[RefUpdate] = []

    def hear(change: RepoChange) -> None:
        updates.extend(change.refs)

    monkeypatch.setattr(hooks, "_handlers", [note_references, hear])
    return updates


def test_what_a_dead_process_moved_is_told_once(
    alice: User, repo: Repo, git: GitRepository, commit: Commit, told: list[RefUpdate]
) -> None:
    by, first = Actor(user=alice), git.resolve("main")
    create_branch(actor=by, repo=repo, name="old", start="main")
    create_branch(actor=by, repo=repo, name="draft", start="main")
    create_tag(actor=by, repo=repo, name="v1", target="main", message="First")
    second = commit({"a.txt": b"1"})
    told.clear()
    reconcile_heads()
    assert told == []
    git.put_reference("refs/heads/draft", second)
    git.create_branch("new", "main")
    git.delete_branch("old")
    git.put_reference("refs/import/heads/main", second)  # on its way here: nobody is told yet
    for _ in range(2):
        reconcile_heads()
    assert told == [
        RefUpdate("refs/heads/draft", first, second),
        RefUpdate("refs/heads/new", None, second),
        RefUpdate("refs/heads/old", first, None),
    ]
    delete_branch(actor=by, repo=repo, name="draft")
    told.clear()
    reconcile_heads()
    assert told == []


def test_a_repo_that_is_older_than_the_table(
    repo: Repo, git: GitRepository, commit: Commit, told: list[RefUpdate]
) -> None:
    commit({"a.txt": b"1"})
    git.create_branch("draft", "main")
    KnownReference.objects.all().delete()
    told.clear()
    reconcile_heads()
    assert told == []
    assert set(KnownReference.objects.values_list("name", flat=True)) == {"refs/heads/main", "refs/heads/draft"}
    git.delete_branch("draft")
    reconcile_heads()
    assert [(update.ref, update.new) for update in told] == [("refs/heads/draft", None)]


SETUP = """
import os, signal
from community.members.actors import Actor
from community.members.models import User
from community.webhooks.models import Delivery, Watched, Webhook
from models_app.gitstore.objects import AddFile
from models_app.repos.models import Repo
from models_app.repos.services import create_branch, create_repo
from models_app.scanning.models import Scan
from models_app.uploads import services
"""
KILLED = """
user = User.objects.get(username="frida")
hook = Webhook.objects.create(owner=user, url="http://127.0.0.1:9/", domains=["repo"])
Watched.objects.create(webhook=hook, kind="user", name="frida")
by = Actor(user=user)
repo = create_repo(actor=by, kind="model", namespace="frida", name="tiny", private=False)
create_branch(actor=by, repo=repo, name="side", start="main")
services.ref_moved = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
services.commit_changes(
    actor=by, repo=repo, revision="side", parent=None, summary="", description="", changes=[AddFile("x.py", b"x = 1")]
)
"""
LOOK = """
told = [update for row in Delivery.objects.filter(webhook__owner__username="frida").order_by("created_at")
        for update in row.payload.get("updatedRefs", ()) if update["oldSha"] and update["ref"] == "refs/heads/side"]
print(len(told), Scan.objects.filter(source__namespace__name="frida").count())
"""


@pytest.mark.slow
def test_killed_between_git_and_the_database(hub_server: RunningHub) -> None:
    """The commit is on its branch; webhooks hear of it, and it is scanned, within the minutes that beat waits."""
    hub_server.make_member("frida")
    command = [sys.executable, "manage.py", "shell", "-c", SETUP + KILLED]
    done = subprocess.run(command, cwd=ROOT, env=hub_server.env, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert hub_server.manage("shell", "-c", SETUP + LOOK).splitlines()[-1] == "0 0"
    healed = hub_server.manage("shell", "-c", f"{SETUP}\nfor _ in range(2): services.reconcile_heads()\n{LOOK}")
    assert healed.splitlines()[-1] == "1 1"
