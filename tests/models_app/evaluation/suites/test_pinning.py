"""A template becomes a version by what the datasets of this hub have at their heads."""

import json
from io import StringIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from models_app.evaluation.errors import InvalidSuite, SuiteNotFound, SuitesForbidden
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites import pinning, proposals, versions
from models_app.evaluation.suites.definitions import dump_yaml, load_yaml
from models_app.evaluation.suites.pinning import Wish, pin
from models_app.gitstore.objects import AddFile
from models_app.repos.models import Repo, RepoKind
from models_app.repos.services import create_repo
from tests.models_app.evaluation.test_queue import commit

BOOLQ = [{"passage": "Ice is cold.", "question": "is ice cold", "label": 1, "idx": 0}] * 3
WISH = Wish(tasks=["boolq"], namespace="alice")


def parquet(rows: list[dict[str, Any]]) -> bytes:
    file = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue().to_pybytes()


@pytest.fixture
def dataset(alice: User) -> Repo:
    """alice/super_glue, with BoolQ as the stock client would put it there, beside a script."""
    repo = create_repo(
        actor=Actor(user=alice), kind=RepoKind.DATASET, namespace="alice", name="super_glue", private=False
    )
    commit(
        alice,
        repo,
        AddFile("boolq/validation-00000-of-00001.parquet", parquet(BOOLQ)),
        AddFile("super_glue.py", b"raise SystemExit('a script')"),
    )
    return repo


def pinned_data(version: SuiteVersion) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(version.definition)["tasks"]["boolq"]["data"]
    return data


def test_a_version_names_commit_and_hash(dataset: Repo) -> None:
    version = pin(template="standard-hub", wish=WISH, note="Ours.")
    dataset.refresh_from_db()
    data = pinned_data(version)
    (file,) = data["files"]
    assert (version.key, version.active, version.note) == ("standard-hub/1", False, "Ours.")
    assert (data["repo"], data["commit"], data["rows"]) == ("alice/super_glue", dataset.head_sha, 3)
    assert (file["path"], file["rows"], len(file["sha256"])) == ("boolq/validation-00000-of-00001.parquet", 3, 64)
    assert set(version.files) == {"suite.yaml", "LICENSE", "README.md", "tasks/boolq.yaml"}
    assert pin(template="standard-hub", wish=WISH, note="Again.") == version


def test_a_new_commit_makes_a_new_version_and_an_old_one_stays(dataset: Repo, alice: User) -> None:
    first = pin(template="standard-hub", wish=WISH, note="")
    commit(alice, dataset, AddFile("boolq/validation-00001-of-00002.parquet", parquet(BOOLQ[:1])))
    second = pin(template="standard-hub", wish=Wish(["boolq"], 2, "alice"), note="")
    assert (second.key, pinned_data(second)["rows"], len(pinned_data(second)["files"])) == ("standard-hub/2", 2, 2)
    assert pinned_data(first)["rows"] == 3
    changes = [{"change": "reweight", "task": "boolq", "weight": 2.0}]
    assert proposals.derived(base=first, changes=changes, note="").key == "standard-hub/3"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (parquet([{"passage": "x", "label": 1}]), "lacks the columns question; it has passage, label"),
        (b"no parquet", "it is no Parquet file"),
    ],
)
def test_files_that_cannot_be_used(dataset: Repo, alice: User, content: bytes, sentence: str) -> None:
    commit(alice, dataset, AddFile("boolq/validation-00000-of-00001.parquet", content))
    with pytest.raises(
        InvalidSuite, match=f"^Task boolq: boolq/validation.* of the dataset alice/super_glue .*{sentence}"
    ):
        pin(template="standard-hub", wish=WISH, note="")
    assert not SuiteVersion.objects.exists()


def test_what_is_missing_is_said_task_by_task(dataset: Repo) -> None:
    with pytest.raises(InvalidSuite) as refusal:
        pin(template="standard-hub", wish=Wish(["boolq", "piqa", "hellaswag"]), note="")
    lines = refusal.value.message.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Task hellaswag", "Task piqa", "Task boolq"]
    assert "`hf upload Rowan/hellaswag FOLDER . --repo-type dataset`" in lines[0]
    assert "`manage.py import_model Rowan/hellaswag --kind dataset --from ENDPOINT`" in lines[0]
    Repo.objects.update(name="openbookqa")
    with pytest.raises(InvalidSuite, match="none of the files that are looked for: main/test"):
        pin(template="standard-hub", wish=Wish(["openbookqa"], namespace="alice"), note="")
    with pytest.raises(InvalidSuite, match="The template has no task nothing; it has hellaswag, "):
        pin(template="standard-hub", wish=Wish(["nothing"]), note="")
    with pytest.raises(SuiteNotFound):
        pin(template="standard", wish=WISH, note="")
    assert not SuiteVersion.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [({"private": True}, "this hub has no public dataset alice/super_glue"), ({"gated": "auto"}, "asks for access")],
)
def test_private_and_gated_datasets_are_refused(dataset: Repo, values: dict[str, Any], sentence: str) -> None:
    version = pin(template="standard-hub", wish=WISH, note="")
    files = proposals.files_of(version)
    changed = load_yaml(files["suite.yaml"]) | {"version": 2, "title": "Another"}
    Repo.objects.update(**values)
    with pytest.raises(InvalidSuite, match=sentence):
        pin(template="standard-hub", wish=WISH, note="")
    with pytest.raises(InvalidSuite, match=f"Task boolq: .*{sentence}"):
        proposals.propose(files={**files, "suite.yaml": dump_yaml(changed)}, note="By hand.")
    assert SuiteVersion.objects.get() == version


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"commit": "0" * 40}, "Task boolq: .*"),
        ({"rows": 4}, "its files have 3 rows; suite.yaml says 4"),
        ({"files": [{"path": "super_glue.py", "sha256": "0" * 64, "size": 1, "rows": 3}]}, "does not match"),
        (
            {"files": [{"path": "boolq/validation-00000-of-00001.parquet", "sha256": "0" * 64, "size": 1, "rows": 3}]},
            "the files of alice/super_glue are others than suite.yaml says",
        ),
    ],
)
def test_a_proposal_by_hand_has_to_be_true(dataset: Repo, changes: dict[str, Any], sentence: str) -> None:
    version = pin(template="standard-hub", wish=WISH, note="")
    files = proposals.files_of(version)
    content = load_yaml(files["suite.yaml"]) | {"version": 2}
    content["tasks"]["boolq"]["data"] |= changes
    with pytest.raises(InvalidSuite, match=sentence):
        proposals.propose(files={**files, "suite.yaml": dump_yaml(content)}, note="By hand.")
    assert SuiteVersion.objects.get() == version


def test_who_may_pin(dataset: Repo, bob: User, client: Client) -> None:
    url = "/api/evaluation/suites/templates/standard-hub/pin"
    body = {"tasks": ["boolq"], "namespace": "alice", "note": "Why not."}
    for actor in (ANONYMOUS, Actor(user=bob)):
        with pytest.raises(SuitesForbidden):
            pinning.pin_template(actor=actor, template="standard-hub", wish=WISH, note="")
    client.force_login(bob)
    assert client.post(url, body, content_type="application/json").status_code == 403
    assert not SuiteVersion.objects.exists()
    bob.user_permissions.add(Permission.objects.get(codename="propose_suite"))
    answer = client.post(url, body, content_type="application/json").json()
    assert (answer["name"], answer["version"], answer["proposed_by"]) == ("standard-hub", 1, "bob")
    missing = client.post(url, {"note": "All."}, content_type="application/json")
    assert (missing.status_code, missing.json()["code"]) == (400, "invalid_suite")


def test_templates_are_listed(client: Client, db: None) -> None:
    (template,) = client.get("/api/evaluation/suites/templates").json()["templates"]
    assert (template["name"], len(template["tasks"])) == ("standard-hub", 14)
    assert template["tasks"]["boolq"]["repo"] == "aps/super_glue"


def test_the_operators_command(dataset: Repo) -> None:
    out = StringIO()
    call_command("suites", "pin", "standard-hub", "--tasks", "boolq", "--namespace", "alice", stdout=out)
    version = SuiteVersion.objects.get()
    assert out.getvalue().splitlines() == [
        "standard-hub/1 names what the datasets have now. It counts once it is activated.",
        f"standard-hub/1: {version.sha256}",
        "standard-hub: 14 tasks, to be pinned (manage.py suites pin standard-hub)",
    ]
    with pytest.raises(CommandError, match="Task piqa: this hub has no public dataset"):
        call_command("suites", "pin", "standard-hub", "--tasks", "piqa")
    versions.activate(version=version, reason="Well known.")
    assert SuiteVersion.objects.get(active=True) == version
