"""Votes that change what the hub measures by, and what is measured again then."""

import json
from typing import Any

import pytest
from django.test import Client

from community.governance.actions import action_of
from community.governance.forms import OptionForm, initial_of
from community.governance.models import Proposal
from community.members.models import User
from models_app.evaluation.models import Run, SuiteActivation, SuiteFile, SuiteVersion
from models_app.evaluation.suites import proposals, versions
from models_app.evaluation.suites.queries import active_suite
from tests.enacting import enact_twice, passed, refused
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, first_standard
from tests.models_app.evaluation.suites.test_derivation import ADD

CAPITALS = {key: value for key, value in ADD.items() if key != "change"}
TABLES = (SuiteVersion, SuiteActivation, SuiteFile, Run)


@pytest.fixture
def standard(db: None) -> SuiteVersion:
    row = first_standard()
    assert row.active
    return row


@pytest.fixture
def proposal(carol: User) -> Proposal:
    return passed(carol)


def tasks_now() -> dict[str, Any]:
    active = active_suite()
    assert active is not None
    tasks: dict[str, Any] = json.loads(active.definition)["tasks"]
    return tasks


def test_a_vote_adopts_a_version_and_models_are_measured_again(
    standard: SuiteVersion, alice: User, proposal: Proposal, client: Client
) -> None:
    tiny = RepoFactory(creator=alice, name="tiny")
    RecordFactory(run=RunFactory(repo=tiny, suite_version=standard, done=True))
    changes = [{"change": "retire", "task": "copying"}]
    version = proposals.derived(base=standard, changes=changes, note="It says little.")
    params = {"version": version.key}
    lines = {line.what: (line.before, line.after) for line in action_of("evalsuite.adopt").changes(params)}
    assert lines["Suite"] == ("standard/1", version.key)
    assert lines["Models that are measured again"] == ("", "1")
    assert lines["tasks · copying"][1] == ""
    enact_twice("evalsuite.adopt", params, proposal, *TABLES)
    assert active_suite() == version
    activation = SuiteActivation.objects.latest("pk")
    assert (activation.reason, activation.link) == ("As we decided", f"/governance/{proposal.pk}")
    assert activation.link in client.get("/api/evaluation/suites").content.decode()
    assert not versions.queue_reruns()
    again = Run.objects.get(suite_version=version)
    assert (again.repo, again.state, again.priority) == (tiny, "queued", versions.RERUN_PRIORITY)


def test_a_vote_adds_features_and_retires_a_task(standard: SuiteVersion, carol: User, proposal: Proposal) -> None:
    enact_twice("evaltask.add", CAPITALS, proposal, *TABLES)
    assert tasks_now()["capitals"]["data"]["rows"] == 1
    for featured in ("yes", "no"):
        enact_twice("evaltask.feature", {"task": "capitals", "featured": featured}, passed(carol), *TABLES)
        assert tasks_now()["capitals"]["featured"] is (featured == "yes")
    enact_twice("evaltask.retire", {"task": "capitals"}, passed(carol), *TABLES)
    assert "capitals" not in tasks_now()
    assert SuiteActivation.objects.exclude(link="").count() == 4
    assert standard.sha256 == SuiteVersion.objects.get(pk=standard.pk).sha256


def test_what_would_change_is_told_task_by_task(standard: SuiteVersion) -> None:
    (line,) = action_of("evaltask.add").changes(CAPITALS)
    assert (line.what, line.before, line.after) == ("tasks · capitals", "", "Capitals")
    (line,) = action_of("evaltask.feature").changes({"task": "copying", "featured": "yes"})
    assert (line.what, line.before, line.after) == ("tasks · copying · featured", "", "True")


def test_another_version_meanwhile_makes_a_vote_stale(standard: SuiteVersion) -> None:
    other = proposals.derived(base=standard, changes=[{"change": "retire", "task": "copying"}], note="x")
    votes = [
        ("evaltask.add", CAPITALS),
        ("evaltask.retire", {"task": "addition"}),
        ("evalsuite.adopt", {"version": "standard/1"}),
    ]
    before = [action_of(verb).found(params) for verb, params in votes]
    versions.activate(version=other, reason="Meanwhile")
    assert all(action_of(verb).found(params) != found for (verb, params), found in zip(votes, before, strict=True))


@pytest.mark.parametrize(
    ("verb", "params", "sentence"),
    [
        ("evalsuite.adopt", {"version": "standard/99"}, "“Version” cannot be"),
        ("evalsuite.adopt", {"version": "standard"}, "“Version” cannot be"),
        ("evalsuite.adopt", {"version": ["standard/1"]}, "“Version” cannot be"),
        ("evaltask.retire", {}, "“Task” is missing."),
        ("evaltask.feature", {"task": "nothing", "featured": "yes"}, "The suite has no task 'nothing'"),
        ("evaltask.feature", {"task": "copying", "featured": True}, "“Featured” cannot be"),
        ("evaltask.add", CAPITALS | {"task": "copying"}, "The suite has a task 'copying' already"),
        ("evaltask.add", CAPITALS | {"task": "../up"}, ""),
        ("evaltask.add", CAPITALS | {"entry": []}, "The change 'add' is not complete"),
        ("evaltask.add", CAPITALS | {"entry": {"title": "x"}}, ""),
        ("evaltask.add", CAPITALS | {"rows": {}}, ""),
        ("evaltask.add", CAPITALS | {"rows": "[1"}, "“Rows” cannot be"),
        ("evaltask.add", CAPITALS | {"definition": "task: !function os.system"}, ""),
        ("evaltask.add", CAPITALS | {"definition": "&a [*a]"}, ""),
    ],
)
def test_what_no_vote_can_do(standard: SuiteVersion, proposal: Proposal, verb: str, params: Any, sentence: str) -> None:
    assert refused(verb, params, proposal, *TABLES).startswith(sentence)


def test_no_suite_no_task(db: None, proposal: Proposal) -> None:
    assert refused("evaltask.retire", {"task": "x"}, proposal, *TABLES) == "This hub measures by no suite yet."


def test_a_task_that_a_program_proposed_can_be_edited_in_a_form(standard: SuiteVersion) -> None:
    action = action_of("evaltask.add")
    shown = initial_of("Text", {"verb": "evaltask.add", "params": CAPITALS})
    form = OptionForm(shown, action=action)
    assert form.is_valid(), form.errors
    assert action.found(form.action["params"]) == action.found(CAPITALS)
    assert action.read(form.action["params"])["rows"] == CAPITALS["rows"]
