"""Fill an empty hub through its front door: train checkpoints and upload them with the stock client.

Every step looks first, so an interrupted demo goes on where it was.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from hub.core.child import __file__ as child
from hub.embedded.demo.cards import checkpoint_card, dataset_card
from hub.embedded.demo.catalogue import DATASET, PEOPLE, STORIES, Checkpoint
from hub.embedded.demo.company import keep_company
from hub.embedded.demo.decisions import begin_decisions, hold_a_vote
from hub.embedded.demo.people import end_upload_tokens, ensure_people, upload_token
from hub.embedded.demo.state import DemoState
from hub.embedded.demo.stories import stories
from hub.embedded.demo.talk import talk

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Say = Callable[[str], None]


def load_demo(endpoint: str, state: DemoState, checkpoints: Sequence[Checkpoint], say: Say) -> None:
    """Members, a dataset and `checkpoints` for the hub at `endpoint`; tells `say` how far it is."""
    ensure_people(state.begin())
    say(f"The demo community is here: {state.sign_in_line()}.")
    # The client reads its environment when it is imported, and keeps its caches apart from this user's own.
    os.environ |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(state.folder / "client")}
    os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}
    _upload_dataset(state.folder / "work" / DATASET, say)
    talk()
    _hold_a_vote(endpoint, say)
    for number, checkpoint in enumerate(checkpoints, 1):
        _make_checkpoint(checkpoint, state.folder / "work" / checkpoint.repo_id, f"{number} of {len(checkpoints)}", say)
    keep_company(checkpoints)
    begin_decisions(checkpoints)
    end_upload_tokens(*(person.name for person in PEOPLE))
    shutil.rmtree(state.folder / "work", ignore_errors=True)  # absent where everything was uploaded before
    state.finish()
    say("The demo is loaded; the evaluation worker goes through its checkpoints.")


def _hold_a_vote(endpoint: str, say: Say) -> None:
    held = hold_a_vote()
    if held is not None:
        number, receipt = held
        say(f"A vote, counted in some seconds: {endpoint}/governance/{number}/result")
        say(f"The receipt of {PEOPLE[0].name} for it: {receipt} (at {endpoint}/governance/{number}/receipt)")


def _upload_dataset(folder: Path, say: Say) -> None:
    api = _client(PEOPLE[0].name)
    if api.file_exists(DATASET, "README.md", repo_type="dataset"):
        return
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("en", "zh"):
        rows = (json.dumps({"text": story}, ensure_ascii=False) for story in stories(language, count=STORIES, seed=0))
        (folder / f"{language}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(dataset_card(), encoding="utf-8")
    _upload(api, DATASET, folder, kind="dataset", say=say)


def _make_checkpoint(checkpoint: Checkpoint, folder: Path, place: str, say: Say) -> None:
    api = _client(checkpoint.author)
    if api.file_exists(checkpoint.repo_id, "model.safetensors"):
        return
    say(f"Training {checkpoint.repo_id} ({place}): {checkpoint.architecture}, {checkpoint.steps} steps.")
    loss = _train(checkpoint, folder)
    (folder / "README.md").write_text(checkpoint_card(checkpoint, loss=loss), encoding="utf-8")
    _upload(api, checkpoint.repo_id, folder, kind="model", say=say)


def _train(checkpoint: Checkpoint, folder: Path) -> float:
    """Train in a process of its own, which alone loads torch; gives the last loss in nats per token."""
    folder.mkdir(parents=True, exist_ok=True)
    text = folder.with_name(f"{folder.name}.txt")
    text.write_text(checkpoint.text(), encoding="utf-8")
    trainer = [sys.executable, "-m", "models_app.evaluation.engine.train", str(text), str(folder)]
    options = ["--architecture", checkpoint.architecture, "--steps", str(checkpoint.steps)]
    command = [sys.executable, "-I", "-S", child, str(os.getpid()), *trainer, *options]
    done = subprocess.run(command, cwd=settings.BASE_DIR, check=True, stdout=subprocess.PIPE)  # noqa: S603 (our own)
    return float(json.loads(done.stdout)["loss"])


def _upload(api: "HfApi", repo_id: str, folder: Path, *, kind: str, say: Say) -> None:
    began = time.monotonic()
    api.create_repo(repo_id, repo_type=kind, exist_ok=True)
    api.upload_folder(folder_path=folder, repo_id=repo_id, repo_type=kind, commit_message="Upload from the demo")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    say(f"Uploaded {repo_id}: {size / 1e6:.1f} MB in {time.monotonic() - began:.1f} s.")


def _client(name: str) -> "HfApi":
    from huggingface_hub import HfApi

    return HfApi(token=upload_token(name))
