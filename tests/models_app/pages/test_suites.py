"""Suites as pages: versions and what they differ in, and proposing, previewing and activating one."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from community.members.actors import Actor
from community.members.models import User
from models_app.evaluation.models import Run, RunState, SuiteActivation, SuiteVersion
from models_app.evaluation.suites import proposals, versions
from models_app.gitstore.objects import AddFile
from models_app.repos.models import Repo, RepoKind
from models_app.repos.services import create_repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, ScoreFactory, first_standard
from tests.models_app.evaluation.suites.test_derivation import ADD
from tests.models_app.evaluation.test_queue import CONFIG, WEIGHTS, commit
from tests.models_app.pages.test_evaluation import client_of, text_of

pytestmark = pytest.mark.django_db
CHANGES = [
    {"change": "retire", "task": "copying"},
    {"change": "reweight", "task": "prose_en", "weight": 3.5},
    {"change": "feature", "task": "addition", "featured": True},
]


@pytest.fixture
def standard() -> SuiteVersion:
    return first_standard()


@pytest.fixture
def second(standard: SuiteVersion, alice: User) -> SuiteVersion:
    """standard/2, which alice proposed."""
    return proposals.derived(base=standard, changes=CHANGES, note="Copying says little.", by=alice)


@pytest.fixture
def proposer(bob: User) -> Client:
    """Bob may propose, and not activate."""
    bob.user_permissions.add(Permission.objects.get(codename="propose_suite"))
    return client_of(bob)


@pytest.fixture
def staff(carol: User) -> Client:
    carol.is_staff = True
    carol.save()
    return client_of(carol)


@pytest.fixture
def tiny(alice: User) -> Repo:
    """alice/tiny, a checkpoint."""
    repo = create_repo(actor=Actor(user=alice), kind=RepoKind.MODEL, namespace="alice", name="tiny", private=False)
    commit(alice, repo, CONFIG, WEIGHTS)
    return repo


def sent(version: SuiteVersion, **changed: object) -> dict[str, object]:
    """The form that derives from `version` as a browser sends it, with fields `changed`; None leaves one out."""
    tasks = json.loads(version.definition)["tasks"]
    fields = {f"weight-{name}": entry.get("weight", 1.0) for name, entry in tasks.items()} | {"note": "Why."}
    return {name: value for name, value in {**fields, **changed}.items() if value is not None}


# What there is


def test_no_suite_yet() -> None:
    assert "manage.py sync_suites" in text_of(Client().get("/suites"))
    assert Client().get("/suites/standard/1").status_code == 404


def test_the_list(second: SuiteVersion, staff: Client) -> None:
    text = text_of(Client().get("/suites"))
    assert "standard v2 proposed alice Copying says little. standard v1 active – –" in text
    assert "standard v1 The first suite of this hub." in text
    assert "Propose a version" not in text
    assert "Propose a version" in text_of(staff.get("/suites"))


def test_a_version(second: SuiteVersion) -> None:
    page = Client().get("/suites/standard/2")
    text = text_of(page)
    assert "standard v2 proposed Copying says little. Proposed by alice" in text
    assert "Tasks 17 Addition featured exact match · 60 items" in text  # the featured one first
    sha256 = json.loads(second.definition)["tasks"]["addition"]["data"]["sha256"]
    assert f"the suite data/addition.jsonl sha256 of the data {sha256} Licence of the data Apache-2.0" in text
    assert "question 1 + 7 = answer 8 question 17 + 21 = answer 38" in text
    assert escape('- { question: "2 + 5 =", answer: "7" }') in page.content.decode()  # its file, word for word
    assert "doc_to_text: question doc_to_target: answer generation_kwargs:" in text
    assert "seeds=[1, 2, 3], warm_up=0.1" in text
    assert second.sha256 in text
    assert "en_story Once upon a time" in text
    assert "Greedy" in text
    for button in ("Derive the next version", "Preview", "Activate"):
        assert f">{button}<" not in page.content.decode()


def test_what_is_other_than_before(second: SuiteVersion) -> None:
    text = text_of(Client().get("/suites/standard/2"))
    assert "Compared with standard v1 What standard v1 standard v2" in text
    assert "prose_en weight 2 3.5" in text
    assert "addition featured – True" in text
    assert "copying left out Copying –" in text
    third = proposals.derived(base=second, changes=[{"change": "retire", "task": "topics_en"}], note="Less.")
    address = f"/suites/standard/{third.version}"
    assert "topics_en left out" in text_of(Client().get(address))
    assert "prose_en weight" not in text_of(Client().get(address))
    assert "prose_en weight 2 3.5" in text_of(Client().get(f"{address}?against=1"))
    assert "Compared with standard v2" in text_of(Client().get(f"{address}?against=nothing"))
    assert "Compared with" not in text_of(Client().get("/suites/standard/1"))


def test_how_far_it_is_measured(second: SuiteVersion, standard: SuiteVersion, alice: User) -> None:
    for number in range(3):
        RunFactory(repo=RepoFactory(creator=alice, name=f"old-{number}"), suite_version=standard, done=True)
    versions.activate(version=second, reason="A vote.", link="/governance/1", by=alice)
    address = "/suites/standard/2"
    assert "0 done, 0 failed, 0 running, 3 to come. 3 models had results before; 0 of them are queued" in text_of(
        Client().get(address)
    )
    versions.queue_reruns()
    done, failed, _waiting = Run.objects.filter(suite_version=second)
    Run.objects.filter(pk=done.pk).update(state=RunState.DONE)
    Run.objects.filter(pk=failed.pk).update(state=RunState.FAILED, failure_class="internal", failure_reason="No.")
    page = Client().get(address)
    assert "1 done, 1 failed, 0 running, 1 to come. 3 models had results before; 3 of them are queued" in text_of(page)
    assert 'max="100" value="66"' in page.content.decode()
    assert 'hx-get="/suites/standard/2/live"' in page.content.decode()
    assert "just now · alice: A vote. The decision" in text_of(Client().get(f"{address}/live"))
    Run.objects.filter(suite_version=second, state=RunState.QUEUED).delete()
    assert "hx-get" not in Client().get(f"{address}/live").content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_a_page_is_a_fixed_number_of_queries(
    second: SuiteVersion, alice: User, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        run = RunFactory(repo=RepoFactory(creator=alice, name=f"m{number}"), suite_version=second, done=True)
        record = RecordFactory(run=run)
        ScoreFactory(record=record, task="overall")
        ScoreFactory(record=record, task="addition", metric="exact_match")
        proposals.derived(base=second, changes=[{**CHANGES[1], "weight": 4.0 + number}], note="Why.")
    client = Client()
    with django_assert_num_queries(6):  # version, others, examples, previews, their scores, who proposed it
        client.get("/suites/standard/2")
    with django_assert_num_queries(2):
        client.get("/suites")


# Previews


def test_a_preview_is_seen_on_this_page_by_those_who_see_the_model(
    second: SuiteVersion, tiny: Repo, proposer: Client, alice: User
) -> None:
    answer = proposer.post("/suites/standard/2/preview", {"repos": "alice/tiny\nALICE/tiny alice/nothing"})
    assert answer.status_code == 422
    assert "alice/nothing" in text_of(answer)
    assert not Run.objects.filter(suite_version=second).exists()
    answer = proposer.post("/suites/standard/2/preview", {"repos": "alice/tiny"}, follow=True)
    assert "1 model is measured under this version." in text_of(answer)
    run = Run.objects.get(suite_version=second)
    assert (run.repo, run.priority) == (tiny, -10)
    assert "alice/tiny " + run.commit_sha[:8] + " queued" in text_of(Client().get("/suites/standard/2"))

    Run.objects.filter(pk=run.pk).update(state=RunState.DONE)
    record = RecordFactory(run=run)
    ScoreFactory(record=record, task="overall", metric="score", value=0.25, stderr=0.01)
    ScoreFactory(record=record, task="addition", metric="exact_match", value=0.75, stderr=0.05)
    text = text_of(Client().get("/suites/standard/2/live"))
    assert "25.0 ± 1.0 Record By task Addition 0.750 ± 0.050 exact match" in text
    Repo.objects.filter(pk=tiny.pk).update(private=True)
    for stranger in (Client(), proposer):
        assert "alice/tiny" not in text_of(stranger.get("/suites/standard/2"))
    assert "alice/tiny" in text_of(client_of(alice).get("/suites/standard/2"))


def test_a_private_model_of_others_cannot_be_previewed(second: SuiteVersion, tiny: Repo, proposer: Client) -> None:
    Repo.objects.filter(pk=tiny.pk).update(private=True)
    assert proposer.post("/suites/standard/2/preview", {"repos": "alice/tiny"}).status_code == 422
    assert not Run.objects.filter(suite_version=second).exists()


# Deriving


def test_the_next_version_by_form(standard: SuiteVersion, proposer: Client, bob: User) -> None:
    page = proposer.get("/suites/standard/1/derive")
    assert 'name="weight-prose_en" value="2"' in page.content.decode()
    changed = {"weight-prose_en": "3.5", "featured-addition": "on", "retired-copying": "on"}
    answer = proposer.post("/suites/standard/1/derive", sent(standard, **changed), follow=True)
    assert answer.redirect_chain == [("/suites/standard/2", 302)]
    assert "standard v2 is proposed." in text_of(answer)
    made = SuiteVersion.objects.get(version=2)
    assert (made.proposed_by, made.note, made.activated_at) == (bob, "Why.", None)
    assert proposals.derived(base=standard, changes=CHANGES, note="Again.").pk == made.pk


def test_a_task_is_added_by_form(standard: SuiteVersion, proposer: Client) -> None:
    rows = "".join(f"{json.dumps(row)}\n" for row in ADD["rows"])
    added = {
        "added": ADD["task"],
        "entry": json.dumps(ADD["entry"]),  # JSON is YAML
        "definition": ADD["definition"].replace("\n", "\r\n"),
        "rows": SimpleUploadedFile("rows.jsonl", rows.encode()),
    }
    answer = proposer.post("/suites/standard/1/derive", sent(standard, **added), follow=True)
    assert answer.redirect_chain == [("/suites/standard/2", 302)]
    made = SuiteVersion.objects.get(version=2)
    assert proposals.derived(base=standard, changes=[ADD], note="Again.").pk == made.pk


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "so far nothing would be other"),
        ({"note": None, "retired-copying": "on"}, "This field is required."),
        ({"weight-prose_en": "-1"}, "greater than or equal to 0"),
        ({"weight-prose_en": "nan"}, "Enter a number."),
        ({"added": "chess"}, "tasks/chess"),
        ({"definition": "task: chess"}, "The new task needs a name."),
        ({"added": "chess", "entry": "{"}, "expected the node content"),
        ({"added": "chess", "entry": "a: &a 1\nb: *a"}, "Aliases (*name) are not read"),
        ({"added": "chess", "rows": b"{}\n[]\n"}, "Line 2 is no JSON object."),
    ],
)
def test_what_cannot_be_derived(
    standard: SuiteVersion, proposer: Client, changed: dict[str, Any], sentence: str
) -> None:
    if "rows" in changed:
        changed = {**changed, "rows": SimpleUploadedFile("rows.jsonl", changed["rows"])}
    answer = proposer.post("/suites/standard/1/derive", sent(standard, **changed))
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not SuiteVersion.objects.filter(version=2).exists()


# Proposing and activating


def test_a_folder_of_a_dataset(standard: SuiteVersion, proposer: Client, alice: User) -> None:
    repo = create_repo(actor=Actor(user=alice), kind=RepoKind.DATASET, namespace="alice", name="suites", private=False)
    files = proposals.derive(proposals.files_of(standard), CHANGES, version=2)
    commit(alice, repo, *(AddFile(f"next/{path}", content) for path, content in files.items()))
    form = {"repo": "alice/suites", "folder": "other", "note": "By hand."}
    answer = proposer.post("/suites/propose", form)
    assert (answer.status_code, SuiteVersion.objects.filter(version=2).exists()) == (422, False)
    answer = proposer.post("/suites/propose", {**form, "folder": "next"}, follow=True)
    assert answer.redirect_chain == [("/suites/standard/2", 302)]
    assert SuiteVersion.objects.get(version=2).note == "By hand."


def test_staff_activate(second: SuiteVersion, staff: Client, carol: User) -> None:
    assert staff.post("/suites/standard/2/activate", {"reason": ""}).status_code == 422
    assert SuiteVersion.objects.get(active=True).version == 1
    answer = staff.post("/suites/standard/2/activate", {"reason": "Better."}, follow=True)
    assert "standard v2 is the active version now." in text_of(answer)
    assert SuiteVersion.objects.get(active=True) == second
    line = SuiteActivation.objects.latest("pk")
    assert (line.activated_by, line.reason, line.link) == (carol, "Better.", "")


@pytest.mark.parametrize("action", ["derive", "preview", "activate"])
def test_who_may_not(second: SuiteVersion, tiny: Repo, alice: User, action: str) -> None:
    before = SuiteVersion.objects.count(), Run.objects.count(), SuiteActivation.objects.count()
    address = f"/suites/standard/2/{action}"
    form = {**sent(second, **{"retired-addition": "on"}), "repos": "alice/tiny", "reason": "Mine."}
    for member in (client_of(alice), Client()):
        expected = 403 if member.session.get("_auth_user_id") else 302
        assert (member.get(address).status_code, member.post(address, form).status_code) == (expected, expected)
    assert (SuiteVersion.objects.count(), Run.objects.count(), SuiteActivation.objects.count()) == before


def test_who_may_not_propose_a_folder(standard: SuiteVersion, alice: User) -> None:
    assert client_of(alice).get("/suites/propose").status_code == 403
    assert Client().get("/suites/propose").status_code == 302


def test_a_proposer_may_not_activate(second: SuiteVersion, proposer: Client) -> None:
    page = proposer.get("/suites/standard/2").content.decode()
    assert ">Derive the next version<" in page
    assert ">Activate<" not in page
    assert proposer.post("/suites/standard/2/activate", {"reason": "Mine."}).status_code == 403
    assert SuiteVersion.objects.get(active=True).version == 1
