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

from models_app.evaluation.engine.sandbox.confinement import PROJECT
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


def test_a_record_is_reproduced_and_a_false_one_is_not(
    upload: Callable[..., str],
    start_worker: Callable[..., subprocess.Popen[str]],
    run_of: Callable[[str], dict[str, Any]],
    alice_api: HfApi,
    worker_env: dict[str, str],
    hub_server: RunningHub,
    tmp_path: Path,
):
    repo_id = upload()  # a private one
    start_worker().communicate(timeout=120)
    sha256 = run_of(repo_id)["record"]
    env = hub_server.env | {"HUB_EVALUATION_DIR": worker_env["HUB_EVALUATION_DIR"]}

    code, told = reproduce(env, sha256)

    assert code == 0, told
    assert "Reproduced: every score agrees." in told
    assert "samples: 50 of 50 alike" in told
    assert "differ" not in told

    bare = {key: value for key, value in env.items() if key != "HUB_DATABASE_URL"}  # as on another machine
    there = bare | {"HUB_DATA_DIR": str(tmp_path / "other"), "HF_TOKEN": str(alice_api.token)}
    headers = {"Authorization": f"Bearer {alice_api.token}"}
    answer = httpx2.get(f"{hub_server.url}/api/evaluation/records/{sha256}", headers=headers)
    false = answer.json()
    false["scores"][0]["value"] += 1.0
    false["samples"][0]["text"] = "else"
    file = tmp_path / "record.json"
    file.write_text(json.dumps(false))

    code, told = reproduce(there, "--record", str(file), "--hub", hub_server.url)

    task = false["scores"][0]["task"]
    assert (code, told.count("DIFFERS")) == (1, 1)
    assert f"Not reproduced: scores differ in {task}." in told
    assert "samples: 49 of 50 alike" in told

    code, told = reproduce(there | {"HF_TOKEN": ""}, sha256, "--hub", hub_server.url)
    assert code == 1
    assert "does not give this record: it answers 404" in told


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
