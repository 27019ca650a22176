import pytest

from community.members.models import User
from models_app.evaluation.models import RunState
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RunFactory, SampleFactory, ScoreFactory
from tests.factories.members import PASSWORD, AccessTokenFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


def test_cast_has_namespaces_and_passwords(alice: User, bob: User, carol: User) -> None:
    assert [str(member.namespace) for member in (alice, bob, carol)] == ["alice", "bob", "carol"]
    assert alice.check_password(PASSWORD)


def test_repo_belongs_to_its_creator(alice: User) -> None:
    assert RepoFactory(creator=alice, name="tiny").full_id == "alice/tiny"


def test_organization_has_its_admin(alice: User) -> None:
    assert OrganizationFactory(name="lab", admin=alice).memberships.get().role == "admin"


def test_rows_of_evaluation_fit_the_constraints() -> None:
    states = [RunFactory(**traits).state for traits in ({}, {"running": True}, {"done": True}, {"failed": True})]
    assert states == [RunState.QUEUED, RunState.RUNNING, RunState.DONE, RunState.FAILED]
    ScoreFactory()
    SampleFactory()


def test_token_text_is_never_kept(alice: User) -> None:
    token = AccessTokenFactory(user=alice, text="hf_secret")
    assert token.hint == "cret"
    assert "hf_secret" not in str(token.__dict__)
