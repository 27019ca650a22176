"""Every verb on the long way: proposed, seconded, frozen, voted, carried out by the clock; or found stale and left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from community.discussions.models import Thread
from community.discussions.services import open_thread
from community.forum.models import Category
from community.governance import electorate
from community.governance.actions import action_of, all_actions
from community.governance.models import Office, PublishedPage, RuleValue, State
from community.members.actors import Actor
from community.members.models import User
from community.moderation.models import ModerationAction
from community.moderation.services import hide_subject, mark_thread, overrule
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites import proposals
from models_app.licences.models import LicenceDecision
from models_app.repos.models import Repo
from tests.community.governance.conftest import decided, make_members, opened, pass_time
from tests.enacting import passed, rows_of
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import first_standard
from tests.models_app.evaluation.suites.test_actions import CAPITALS

pytestmark = pytest.mark.django_db
TABLES: list[type[Model]] = [
    *(Category, LicenceDecision, ModerationAction, Office, PublishedPage, Repo, RuleValue, SuiteVersion, Thread)
]
UNTIL = str((timezone.now().astimezone(UTC) + timedelta(days=200)).date())


@dataclass(frozen=True)
class World:
    members: list[Actor]

    @property
    def author(self) -> User:
        user = self.members[0].user
        assert user is not None
        return user

    def meanwhile(self, verb: str, **params: Any) -> None:
        """What another vote did."""
        action_of(verb).apply(params, proposal=passed(self.author))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Sixteen members, a model, a hidden one, a room with a locked thread, a measured-by suite and one derived."""
    members = make_members(16)
    monkeypatch.setattr(electorate, "_sources", [lambda _since: User.objects.values("pk")])
    author = members[0].user
    RepoFactory(creator=author, name="tiny")
    hide_subject(kind="repo", key=RepoFactory(creator=author, name="gone").pk, reason="Bad")
    room = Category.objects.create(slug="garden", name="Garden")
    standard = first_standard()
    proposals.derived(base=standard, changes=[{"change": "retire", "task": "copying"}], note="Less")
    LicenceDecision.objects.create(licence="openrail", accepted=False, proposal=passed(author))
    Repo.objects.filter(name="gone").update(featured_by=passed(author))
    Office.objects.create(user=members[2].user, role="moderator", proposal=passed(author))
    thread = open_thread(actor=members[1], kind="forum", key=room.pk, title="Soil", text="Which?")
    mark_thread(actor=Actor(user=User.objects.get(pk=members[2].user.pk)), thread=thread, verb="lock")
    return World(members)


def lock() -> int:
    return ModerationAction.objects.get(verb="lock").pk


Params = Callable[[], dict[str, Any]]
Meanwhile = Callable[[World], object]


@dataclass(frozen=True)
class Case:
    """`meanwhile` is what makes a vote on it stale."""

    kind: str
    verb: str
    params: Params
    meanwhile: Meanwhile


CASES = [
    Case(
        "ordinary",
        "model.hide",
        lambda: {"repo": "m00/tiny"},
        lambda _: hide_subject(kind="repo", key=Repo.objects.get(name="tiny").pk, reason="Meanwhile"),
    ),
    Case(
        "ordinary",
        "model.restore",
        lambda: {"repo": "m00/gone"},
        lambda _: hide_subject(kind="repo", key=Repo.objects.get(name="gone").pk, reason="Meanwhile", hidden=False),
    ),
    Case(
        "ordinary",
        "model.feature",
        lambda: {"repo": "m00/tiny"},
        lambda world: world.meanwhile("model.feature", repo="m00/tiny"),
    ),
    Case(
        "ordinary",
        "model.unfeature",
        lambda: {"repo": "m00/gone"},
        lambda world: world.meanwhile("model.unfeature", repo="m00/gone"),
    ),
    Case(
        "ordinary",
        "licence.retire",
        lambda: {"licence": "mit"},
        lambda world: world.meanwhile("licence.retire", licence="mit"),
    ),
    Case(
        "ordinary",
        "licence.accept",
        lambda: {"licence": "openrail"},
        lambda world: world.meanwhile("licence.accept", licence="openrail"),
    ),
    Case(
        "ordinary",
        "evalsuite.adopt",
        lambda: {"version": "standard/2"},
        lambda world: world.meanwhile("evaltask.retire", task="addition"),
    ),
    Case(
        "ordinary",
        "evaltask.add",
        lambda: CAPITALS,
        lambda world: world.meanwhile("evalsuite.adopt", version="standard/2"),
    ),
    Case(
        "ordinary",
        "evaltask.feature",
        lambda: {"task": "addition", "featured": "yes"},
        lambda world: world.meanwhile("evalsuite.adopt", version="standard/2"),
    ),
    Case(
        "ordinary",
        "evaltask.retire",
        lambda: {"task": "addition"},
        lambda world: world.meanwhile("evalsuite.adopt", version="standard/2"),
    ),
    Case(
        "ordinary",
        "category.add",
        lambda: {"slug": "trees", "name": "Trees"},
        lambda _: Category.objects.create(slug="trees", name="Trees"),
    ),
    Case(
        "ordinary",
        "category.rename",
        lambda: {"slug": "garden", "name": "Park"},
        lambda _: Category.objects.filter(slug="garden").update(name="Yard"),
    ),
    Case(
        "override",
        "decision.overrule",
        lambda: {"decision": lock()},
        lambda _: overrule(action=ModerationAction.objects.get(pk=lock()), actor=None),
    ),
    Case(
        "override",
        "role.revoke",
        lambda: {"member": "m02", "role": "moderator"},
        lambda world: world.meanwhile("role.grant", member="m02", role="moderator", until=UNTIL),
    ),
    Case(
        "charter",
        "rules.set",
        lambda: {"kind": "ordinary", "name": "voting_days", "value": 10},
        lambda world: world.meanwhile("rules.set", kind="ordinary", name="seats", value=2),
    ),
    Case(
        "charter",
        "rules.method",
        lambda: {"kind": "ordinary", "method": "star"},
        lambda world: world.meanwhile("rules.method", kind="ordinary", method="approval"),
    ),
    Case(
        "charter",
        "page.publish",
        lambda: {"slug": "code-of-conduct", "title": "Be kind", "body": "Please."},
        lambda world: world.meanwhile("page.publish", slug="code-of-conduct", title="Other", body="Words"),
    ),
]


def test_every_verb_is_here() -> None:
    """But a statement, and what elections lead to (`tests.community.governance.test_elections`)."""
    assert {case.verb for case in CASES} == {action.verb for action in all_actions()} - {"none", "role.grant"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.verb)
def test_what_is_voted_is_carried_out(world: World, case: Case) -> None:
    params = case.params()
    proposal = opened(world.members, kind=case.kind, action={"verb": case.verb, "params": params})
    before = rows_of(*TABLES)
    assert decided(world.members, proposal, yes=12).state == State.PASSED
    assert rows_of(*TABLES) == before
    assert pass_time(proposal).state == State.ENACTED, proposal.reason
    assert rows_of(*TABLES) != before
    assert list(action_of(case.verb).changes(params)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.verb)
def test_what_changed_meanwhile_is_left_as_it_is(world: World, case: Case) -> None:
    params = case.params()
    proposal = opened(world.members, kind=case.kind, action={"verb": case.verb, "params": params})
    decided(world.members, proposal, yes=12)
    case.meanwhile(world)
    before = rows_of(*TABLES)
    assert pass_time(proposal).state == State.ENACT_FAILED
    assert proposal.reason
    assert rows_of(*TABLES) == before
