import json
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import pytest
from huggingface_hub import HfApi

from hub.embedded.demo.cards import checkpoint_card, dataset_card
from hub.embedded.demo.catalogue import CHECKPOINTS, DATASET, ORGANIZATION, PEOPLE, Checkpoint
from hub.embedded.demo.state import DemoState
from hub.embedded.demo.stories import stories
from models_app.cards.rules import validate
from tests.running_hub import RunningHub


@pytest.mark.parametrize("language", ["en", "zh"])
def test_stories_are_many_and_the_same_for_the_same_seed(language: str) -> None:
    told = list(stories(language, count=200, seed=1))
    assert told == list(stories(language, count=200, seed=1))
    assert told != list(stories(language, count=200, seed=2))
    assert len(set(told)) == 200
    assert not any(mark in story for story in told for mark in "{}")


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda checkpoint: checkpoint.repo_id)
def test_cards_are_without_fault(checkpoint: Checkpoint) -> None:
    assert validate(checkpoint_card(checkpoint, loss=1.5), "model") == ([], [])
    assert len(checkpoint.text().encode()) > 400_000


def test_card_of_the_dataset_is_without_fault() -> None:
    assert validate(dataset_card(), "dataset") == ([], [])


def test_demo_is_wanted_on_an_empty_hub_or_where_it_was_interrupted(tmp_path: Path) -> None:
    state = DemoState(tmp_path)
    assert [state.wanted(empty=True), state.wanted(empty=False)] == [True, False]
    password = state.begin()
    assert [state.wanted(empty=False), state.begin()] == [True, password]
    state.finish()
    assert [state.wanted(empty=True), state.wanted(empty=False)] == [False, False]


@pytest.mark.slow
def test_demo_goes_through_the_front_door_once(hub_server: RunningHub) -> None:
    said = hub_server.manage("demo", "--checkpoints", "1", "--steps", "2")
    first = CHECKPOINTS[0].repo_id
    assert f"Uploaded {first}" in said
    api = HfApi(endpoint=hub_server.url, token=False)
    model = api.model_info(first, files_metadata=True)
    assert model.card_data is not None
    assert model.card_data.license == "apache-2.0"
    assert model.safetensors is not None
    assert model.safetensors.total > 400_000
    assert api.file_exists(DATASET, "zh.jsonl", repo_type="dataset")
    assert [user.username for user in api.list_repo_likers(first)] == ["noor", "ada"]
    assert api.get_organization_overview(ORGANIZATION).num_followers == 3
    (collection,) = api.list_collections(owner=ORGANIZATION)
    assert [item.item_id for item in collection.items] == [first]

    decisions = [("A room for translators", "discussion"), (f"Feature {first}", "notice")]
    assert _proposals(hub_server)[:2] == decisions
    number, receipt = _vote_told(said)
    _wait_for_the_count(hub_server, number)
    with TemporaryDirectory() as folder:
        _count_again(hub_server, number, receipt, Path(folder))

    (hub_server.data_dir / "demo" / "finished").unlink()
    again = hub_server.manage("demo", "--checkpoints", "1", "--steps", "2")
    assert "Uploaded" not in again
    assert (api.model_info(first).sha, api.model_info(first).likes) == (model.sha, 2)
    assert _proposals(hub_server) == [*decisions, ("A paper club in the forum · 论文会", "passed")]


def _proposals(hub: RunningHub) -> list[tuple[str, str]]:
    """Title and state of what the demo's author proposed, the newest first: others decide things on this hub too."""
    author = PEOPLE[1].name
    with urlopen(f"{hub.url}/api/governance/proposals?limit=100") as answer:
        proposals = json.load(answer)["proposals"]
    return [(proposal["title"], proposal["state"]) for proposal in proposals if proposal["author"] == author]


def _vote_told(said: str) -> tuple[int, str]:
    """Number and receipt of the vote that the demo held."""
    vote, receipt = (
        re.search(r"/governance/(\d+)/result", said),
        re.search(r"The receipt of ada for it: (\w{32})", said),
    )
    assert vote is not None
    assert receipt is not None
    return int(vote[1]), receipt[1]


def _count_again(hub: RunningHub, number: int, receipt: str, folder: Path) -> None:
    """Do by the published files what a newcomer would, once the hub has counted."""
    address = f"{hub.url}/governance/{number}/files/"
    for name in ("result.json", "ballots.txt", "voters.txt", "roll.txt"):
        (folder / name).write_bytes(_published(address + name))
    (folder / "recount.py").write_bytes(_published(f"{hub.url}/governance/recount.py"))

    def recount(*arguments: str) -> str:
        command = [sys.executable, "recount.py", *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout

    counted = recount("result.json", "ballots.txt", "voters.txt", "roll.txt")
    assert counted.startswith("Correct: ")
    assert json.loads(counted.removeprefix("Correct: "))["winners"] == ["a"]
    mine = recount("result.json", "ballots.txt", "--receipt", receipt, "--username", "ada")
    assert mine.partition("\t")[2] == '[["a"],["b"]]\n'


def _published(address: str) -> bytes:
    with urlopen(address) as answer:
        content: bytes = answer.read()
        return content


def _wait_for_the_count(hub: RunningHub, number: int) -> None:
    """By its own clock; nobody is told anything before."""
    deadline = time.monotonic() + 60
    while json.loads(_published(f"{hub.url}/api/governance/proposals/{number}"))["state"] == "voting":
        assert time.monotonic() < deadline
        time.sleep(0.5)
