import pytest
from django.test import Client

from community.members.models import Role, User
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from tests.factories.members import MembershipFactory, OrganizationFactory

FORM = {"owner": "alice", "name": "fresh", "kind": "model", "licence": "MIT", "visibility": "private"}


def test_a_new_model_states_its_licence(as_alice: Client):
    response = as_alice.post("/new", FORM)
    assert (response.status_code, response["Location"]) == (302, "/alice/fresh")
    repo = Repo.objects.get(name="fresh")
    assert (repo.private, repo.licence) == (True, "MIT")
    git = GitRepository.open(repo.storage_id)
    assert git.read(git.entry(repo.head_sha, "README.md").oid) == b"---\nlicense: mit\n---\n"


def test_a_dataset(as_alice: Client):
    response = as_alice.post("/new", FORM | {"kind": "dataset"})
    assert response["Location"] == "/datasets/alice/fresh"
    assert as_alice.get("/datasets/alice/fresh").status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "../up"}, "cannot be the name of a repository"),
        ({"licence": "apache2"}, "Apache-2.0"),
        ({"owner": "bob"}, "not one of the available choices"),
        ({"visibility": "maybe"}, "not one of the available choices"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_refusal_makes_nothing(as_alice: Client, bob: User, changes: dict[str, str], sentence: str):
    response = as_alice.post("/new", FORM | changes)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Repo.objects.exists()


def test_a_taken_name(as_alice: Client, tiny: Repo):
    response = as_alice.post("/new", FORM | {"name": "TINY"})
    assert response.status_code == 422
    assert "already exists" in response.content.decode()
    assert Repo.objects.get() == tiny


def test_organisations_in_which_one_may_create(as_alice: Client, alice: User):
    MembershipFactory(organization=OrganizationFactory(name="lab"), user=alice, role=Role.CONTRIBUTOR)
    MembershipFactory(organization=OrganizationFactory(name="school"), user=alice, role=Role.READ)
    page = as_alice.get("/new?owner=lab").content.decode()
    assert '<option value="lab" selected>' in page
    assert 'value="school"' not in page


def test_visitors_sign_in_first(client: Client, db: None):
    assert client.get("/new").status_code == 302
    assert client.post("/new", FORM).status_code == 302
    assert not Repo.objects.exists()
