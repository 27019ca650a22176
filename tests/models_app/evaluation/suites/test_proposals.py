"""Proposed versions: who may, kept once, previewed, and found by their hash."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from models_app.evaluation import queries
from models_app.evaluation.errors import InvalidSuite, SuitesForbidden
from models_app.evaluation.models import Run, SuiteFile, SuiteVersion
from models_app.evaluation.suites import proposals, versions
from models_app.evaluation.suites.definitions import hashes_sha256
from models_app.gitstore.errors import EntryNotFound
from models_app.gitstore.objects import AddFile
from models_app.repos.errors import GatedRepo
from models_app.repos.models import Repo, RepoKind
from models_app.repos.services import create_repo
from tests.factories.evaluations import RecordFactory, ScoreFactory, first_standard
from tests.models_app.evaluation.suites.test_derivation import ADD
from tests.models_app.evaluation.test_queue import CONFIG, WEIGHTS, commit

RETIRE = [{"change": "retire", "task": "copying"}]


@pytest.fixture
def standard(db: None) -> SuiteVersion:
    return first_standard()


@pytest.fixture
def proposer(alice: User) -> Actor:
    alice.user_permissions.add(Permission.objects.get(codename="propose_suite"))
    return Actor(user=alice)


def test_a_release_is_kept_with_its_files(standard: SuiteVersion) -> None:
    assert hashes_sha256(standard.files) == standard.sha256
    assert proposals.files_of(standard)["suite.yaml"].startswith(b'# Suite "standard"')
    SuiteVersion.objects.update(files={})  # a hub from before files were kept
    versions.sync_suites()
    assert SuiteVersion.objects.get(pk=standard.pk).files == standard.files


def test_the_same_changes_are_one_version(standard: SuiteVersion, proposer: Actor) -> None:
    first = proposals.propose_changes(actor=proposer, base=standard, changes=RETIRE, note="It says little.")
    assert proposals.propose_changes(actor=proposer, base=standard, changes=RETIRE, note="Again.") == first
    assert (first.key, first.active, first.activated_at) == ("standard/2", False, None)
    assert (first.proposed_by, first.note) == (proposer.user, "It says little.")
    assert "copying" not in json.loads(first.definition)["tasks"]
    assert hashes_sha256(first.files) == first.sha256
    assert SuiteFile.objects.filter(pk__in=first.files.values()).count() == len(set(first.files.values()))

    third = proposals.propose_changes(actor=proposer, base=first, changes=[ADD], note="More.")
    assert third.key == "standard/3"
    other = proposals.propose_changes(actor=proposer, base=standard, changes=[ADD], note="Another way.")
    assert other.key == "standard/4"


def test_who_may_not_propose(standard: SuiteVersion, bob: User, repo: Repo) -> None:
    known = SuiteVersion.objects.count()
    for actor in (ANONYMOUS, Actor(user=bob)):
        with pytest.raises(SuitesForbidden):
            proposals.propose_changes(actor=actor, base=standard, changes=RETIRE, note="No.")
        with pytest.raises(SuitesForbidden):
            proposals.propose_folder(actor=actor, repo=repo, folder="", note="No.")
        with pytest.raises(SuitesForbidden):
            proposals.preview(actor=actor, version=standard, repos=[repo])
    assert (SuiteVersion.objects.count(), Run.objects.count()) == (known, 0)


def test_nothing_of_a_bad_proposal_is_kept(standard: SuiteVersion, proposer: Actor) -> None:
    before = (SuiteVersion.objects.count(), SuiteFile.objects.count())
    bad = {**ADD, "definition": ADD["definition"] + "process_docs: !function evil.run\n"}
    with pytest.raises(InvalidSuite, match="!function"):
        proposals.propose_changes(actor=proposer, base=standard, changes=[bad], note="Evil.")
    assert (SuiteVersion.objects.count(), SuiteFile.objects.count()) == before


@pytest.fixture
def dataset(standard: SuiteVersion, alice: User) -> Repo:
    """alice/suites, a dataset repo with standard's next version in the folder ``next``."""
    repo = create_repo(actor=Actor(user=alice), kind=RepoKind.DATASET, namespace="alice", name="suites", private=False)
    files = proposals.derive(proposals.files_of(standard), RETIRE, version=2)
    commit(alice, repo, *(AddFile(f"next/{path}", content) for path, content in files.items()))
    return repo


def test_a_folder_of_a_dataset(standard: SuiteVersion, dataset: Repo, proposer: Actor) -> None:
    version = proposals.propose_folder(actor=proposer, repo=dataset, folder="/next/", note="By hand.")
    assert version.key == "standard/2"
    assert proposals.propose_changes(actor=proposer, base=standard, changes=RETIRE, note="By form.") == version
    with pytest.raises(EntryNotFound):
        proposals.propose_folder(actor=proposer, repo=dataset, folder="other", note="Where?")

    assert proposer.user is not None
    changed = proposals.files_of(version)["suite.yaml"].replace(b"title: Standard", b"title: Other")
    commit(proposer.user, dataset, AddFile("next/suite.yaml", changed))
    with pytest.raises(InvalidSuite, match="The next version of suite standard is 3: write that"):
        proposals.propose_folder(actor=proposer, repo=dataset, folder="next", note="Another content.")
    commit(proposer.user, dataset, AddFile("next/tasks/evil.py", b"import os"))
    with pytest.raises(InvalidSuite, match="and no programs"):
        proposals.propose_folder(actor=proposer, repo=dataset, folder="next", note="A program.")
    assert SuiteVersion.objects.filter(suite="standard").count() == 2


def test_a_gated_dataset_gives_nothing(dataset: Repo, bob: User) -> None:
    dataset.gated = "manual"
    dataset.save()
    bob.is_staff = True
    with pytest.raises(GatedRepo):
        proposals.propose_folder(actor=Actor(user=bob), repo=dataset, folder="next", note="Not mine.")
    assert not SuiteVersion.objects.filter(version=2).exists()


def test_a_preview_counts_nowhere(standard: SuiteVersion, proposer: Actor, repo: Repo) -> None:
    version = proposals.propose_changes(actor=proposer, base=standard, changes=RETIRE, note="Less.")
    assert proposals.preview(actor=proposer, version=version, repos=[repo]) == 0
    assert proposer.user is not None
    commit(proposer.user, repo, CONFIG, WEIGHTS)
    for _ in range(2):
        assert proposals.preview(actor=proposer, version=version, repos=[repo]) == 1
    runs = Run.objects.order_by("-priority").values_list("suite_version__version", "priority")
    assert list(runs) == [(1, 0), (2, -10)]

    preview = Run.objects.get(suite_version=version)
    Run.objects.filter(pk=preview.pk).update(state="done")
    ScoreFactory(record=RecordFactory(run=preview), task="overall", metric="score")
    assert queries.primary_score(repo) is None
    assert queries.newest_records([repo]) == {}
    with pytest.raises(InvalidSuite, match="at most 50 models"):
        proposals.preview(actor=proposer, version=version, repos=[repo] * 51)


# Over HTTP


def test_derive_propose_and_preview_by_api(
    standard: SuiteVersion, dataset: Repo, repo: Repo, alice: User, client: Client
) -> None:
    client.force_login(alice)

    def post(path: str, body: dict[str, Any]) -> Any:
        return client.post(f"/api/evaluation/suites/{path}", body, content_type="application/json")

    body = {"changes": RETIRE, "note": "It says little."}
    assert post("standard/1/derive", body).json()["code"] == "suites_forbidden"
    alice.user_permissions.add(Permission.objects.get(codename="propose_suite"))
    assert post("standard/9/derive", body).json()["code"] == "suite_not_found"
    assert post("standard/1/derive", {**body, "changes": ["retire"]}).status_code == 400
    answer = post("standard/1/derive", {**body, "changes": [{"change": "retire", "task": "x"}]})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_suite")

    made = post("standard/1/derive", body).json()
    assert (made["name"], made["version"], made["active"], made["proposed_by"]) == ("standard", 2, False, "alice")
    assert post("propose", {"repo": "alice/suites", "folder": "next", "note": "Same."}).json() == made
    assert post("standard/2/preview", {"repos": ["alice/tiny"]}).json() == {"models": 0}
    assert post("standard/2/preview", {"repos": ["alice/none"]}).status_code == 404


def test_workers_fetch_by_hash_and_need_no_account(standard: SuiteVersion) -> None:
    found = Client().get(f"/api/evaluation/suites/{standard.sha256}").json()
    assert (found["name"], found["version"], found["files"]) == ("standard", 1, standard.files)
    sha256 = found["files"]["data/addition.jsonl"]
    answer = Client().get(f"/api/evaluation/suites/files/{sha256}")
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert answer["Content-Type"] == "application/octet-stream"
    for path in ("suites/" + "0" * 64, "suites/files/" + "0" * 64, "suites/files/x", "suites/x"):
        assert Client().get(f"/api/evaluation/{path}").json()["code"] == "suite_not_found"


# By command


def test_the_command_derives_proposes_and_previews(
    standard: SuiteVersion, proposer: Actor, repo: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes, folder = tmp_path / "changes.json", tmp_path / "next"
    changes.write_text(json.dumps(RETIRE))
    call_command("suites", "derive", "standard/1", str(changes), "--note", "It says little.")
    second = SuiteVersion.objects.get(version=2)
    assert (second.note, second.proposed_by, second.active) == ("It says little.", None, False)
    for path, content in proposals.derive(proposals.files_of(second), [ADD], version=3).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    call_command("suites", "propose", str(folder), "--note", "By hand.")
    assert ADD["task"] in json.loads(SuiteVersion.objects.get(version=3).definition)["tasks"]
    assert proposer.user is not None
    commit(proposer.user, repo, CONFIG, WEIGHTS)
    call_command("suites", "preview", "standard/2", repo.full_id)
    assert Run.objects.get(suite_version=second).priority == -10
    said = capsys.readouterr().out
    assert "standard/2 is proposed." in said
    assert "standard/3 is proposed." in said
    assert "1 of 1 models have checkpoints and are measured, at low priority." in said


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("nothing", "Expecting value"),
        ('{"change": "retire"}', "A change is one of"),
        ('["retire"]', "A change is one of"),
    ],
)
def test_changes_that_the_command_cannot_read(
    standard: SuiteVersion, tmp_path: Path, changes: str, sentence: str
) -> None:
    file = tmp_path / "changes.json"
    file.write_text(changes)
    with pytest.raises(CommandError, match=sentence):
        call_command("suites", "derive", "standard/1", str(file), "--note", "Why.")
    assert not SuiteVersion.objects.filter(version=2).exists()


def test_what_the_command_does_not_find(standard: SuiteVersion, repo: Repo, tmp_path: Path) -> None:
    Repo.objects.update(private=True)
    with pytest.raises(CommandError, match=r"suite needs a suite\.yaml"):
        call_command("suites", "propose", str(tmp_path / "nothing"), "--note", "Why.")
    with pytest.raises(CommandError):
        call_command("suites", "preview", "standard/1", repo.full_id)  # the command previews public models
    assert not Run.objects.exists()
