"""``manage.py reproduce``: the same numbers again, and a plain word where they are not."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.core.management import CommandError, call_command
from huggingface_hub import HfApi

from community.members.auth import CAPABILITY_PREFIX
from hub.management.commands import reproduce as command
from models_app.evaluation.engine.sandbox.confinement import PROJECT
from models_app.evaluation.rules import canonical, sha256_of
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory
from tests.models_app.evaluation.conftest import make_document
from tests.running_hub import RunningHub

pytestmark = pytest.mark.slow


def reproduce(env: dict[str, str], *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "reproduce", *arguments],
        cwd=PROJECT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.one_database
def test_all_that_is_true_of_a_record_is_reproduced(
    upload: Callable[..., str],
    start_worker: Callable[..., subprocess.Popen[str]],
    run_of: Callable[[str], dict[str, Any]],
    alice_api: HfApi,
    worker_env: dict[str, str],
    hub_server: RunningHub,
    tmp_path: Path,
):
    """On a machine that is not the hub's, of a private model; one score and one sample of the file are made up."""
    repo_id = upload()
    start_worker().communicate(timeout=240)
    sha256 = run_of(repo_id)["record"]
    answer = httpx2.get(
        f"{hub_server.url}/api/evaluation/records/{sha256}", headers={"Authorization": f"Bearer {alice_api.token}"}
    )
    document = answer.json()
    document["scores"][0]["value"] += 1.0
    document["samples"][0]["text"] = "else"
    file = tmp_path / "record.json"
    file.write_text(json.dumps(document))
    env = {"HUB_DATA_DIR": str(tmp_path / "other"), "HUB_EVALUATION_DIR": worker_env["HUB_EVALUATION_DIR"]}

    code, told = reproduce(env | {"HF_TOKEN": str(alice_api.token)}, "--record", str(file), "--hub", hub_server.url)

    task = document["scores"][0]["task"]
    assert (code, told.count("DIFFERS")) == (1, 1), told
    assert f"Not reproduced: scores differ in {task}." in told
    assert "answers of" not in told
    assert "samples: 49 of 50 alike" in told

    code, told = reproduce(env | {"HF_TOKEN": ""}, sha256, "--hub", hub_server.url)
    assert code == 1
    assert "does not give this record: it answers 404" in told


@pytest.mark.django_db
def test_a_record_of_this_hub(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    run = RunFactory(repo=RepoFactory(private=True, name="before"), done=True)
    payload = canonical(make_document(run)).decode()
    record = RecordFactory(run=run, payload=payload, sha256=sha256_of(payload.encode()))
    run.repo.name = "after"
    run.repo.save()
    asked = {}

    def again(document: dict[str, Any], **conditions: Any) -> dict[str, Any]:
        asked.update(conditions, repo=document["repo"])
        return document

    monkeypatch.setattr(command, "reproduce", again)
    call_command("reproduce", record.sha256)

    told = capsys.readouterr().out
    assert told.splitlines()[-1] == "Reproduced: every score agrees."
    assert asked["repo"] == run.repo.full_id  # as it is called now
    assert asked["token"].startswith(CAPABILITY_PREFIX)
    assert asked["settings"].token == ""  # the worker's own account has no part in it


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Name a record by its SHA-256"),
        (["0" * 64, "--record", "x.json"], "Name a record by its SHA-256"),
        (["0" * 64], "This hub has no such record"),
    ],
)
def test_what_it_cannot_know(arguments: list[str], sentence: str):
    with pytest.raises(CommandError, match=sentence):
        call_command("reproduce", *arguments)


def test_a_file_that_is_no_record(tmp_path: Path):
    for content in ("{}", "[]", "no JSON", '{"format": 2}'):
        file = tmp_path / "record.json"
        file.write_text(content)
        with pytest.raises(CommandError, match="does not fit its schema"):
            call_command("reproduce", "--record", str(file))
