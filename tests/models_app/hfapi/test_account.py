"""Who the caller is, profiles, and the routes that concern no repo."""

import pytest
from django.test import Client

from community.members.models import User
from models_app.repos.models import Repo
from tests.factories.members import OrganizationFactory
from tests.models_app.hfapi.caller import Caller, refusal


def test_whoami(alice: User, owner: Caller) -> None:
    OrganizationFactory(name="lab", admin=alice)
    answer = owner.get("/api/whoami-v2").json()
    assert (answer["type"], answer["name"], answer["fullname"], answer["email"]) == (
        "user",
        "alice",
        "alice",
        "alice@example.org",
    )
    (organization,) = answer["orgs"]
    assert (organization["type"], organization["name"], organization["roleInOrg"]) == ("org", "lab", "admin")
    token = answer["auth"]["accessToken"]
    assert (answer["auth"]["type"], token["role"]) == ("access_token", "write")
    assert token["createdAt"].endswith("Z")


def test_whoami_of_nobody(nobody: Caller) -> None:
    assert refusal(nobody.get("/api/whoami-v2"))[0] == 401


def test_whoami_by_session(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    answer = client.get("/api/whoami-v2").json()
    assert answer["name"] == "alice"
    assert "auth" not in answer


def test_a_session_needs_the_csrf_token_to_write(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/api/repos/create", {"name": "tiny"}, content_type="application/json")
    assert response.status_code == 403
    assert not Repo.objects.exists()


def test_profiles(nobody: Caller, alice: User, repo: Repo) -> None:
    OrganizationFactory(name="lab", full_name="The Lab", admin=alice)
    person = nobody.get("/api/users/Alice/overview").json()
    assert (person["user"], person["numModels"], [row["name"] for row in person["orgs"]]) == ("alice", 1, ["lab"])
    assert "email" not in person
    lab = nobody.get("/api/organizations/lab/overview").json()
    assert (lab["name"], lab["fullname"], lab["numUsers"], lab["numModels"]) == ("lab", "The Lab", 1, 0)


@pytest.mark.parametrize("address", ["/api/users/lab/overview", "/api/organizations/alice/overview"])
def test_profiles_of_the_other_kind_are_missing(nobody: Caller, alice: User, address: str) -> None:
    OrganizationFactory(name="lab", admin=alice)
    assert refusal(nobody.get(address))[0] == 404


def test_clients_learn_of_no_agents_and_report_nothing(nobody: Caller) -> None:
    assert nobody.get("/api/agent-harnesses").json() == {"standardEnvVars": [], "harnesses": {}}
    assert nobody.head("/api/telemetry/examples/x").status_code == 200


@pytest.mark.parametrize("address", ["/api/none", "/api/jobs/alice", "/api/models/a/b/c", "/api/papers/1", "/api/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_routes_answer_json(owner: Caller, method: str, address: str) -> None:
    status, _code, sentence = refusal(owner.call(method, address))
    assert (status, bool(sentence)) == (404, True)


def test_the_trace_id_comes_back(nobody: Caller) -> None:
    response = nobody.get("/api/models", X_Amzn_Trace_Id="Root=1-abc")
    assert response["X-Request-Id"] == "Root=1-abc"


@pytest.mark.parametrize(
    ("content", "errors", "warnings"),
    [
        ("---\nlicense: mit\n---\n", 0, 0),
        ("\n\n---\nlicense: mit\n---\n", 0, 0),
        ("# no metadata", 0, 1),
        ("---\nlicense: mitt\n---\n", 1, 0),
        ("---\nlicense: mit\nmodel-index: foo\n---\n", 1, 0),
    ],
)
def test_validate_yaml(nobody: Caller, content: str, errors: int, warnings: int) -> None:
    response = nobody.post("/api/validate-yaml", {"content": content, "repoType": "model"})
    answer = response.json()
    assert response.status_code == (400 if errors else 200)
    assert (len(answer["errors"]), len(answer["warnings"]), "error" in answer) == (errors, warnings, bool(errors))
    assert all(set(item) == {"message"} for item in answer["errors"] + answer["warnings"])


def test_validate_yaml_as_text(nobody: Caller) -> None:
    body = {"content": "---\nlicense: apache2\n---\n", "repoType": "model"}
    response = nobody.post("/api/validate-yaml", body, Accept="text/plain")
    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")
    line = response.content.decode()
    assert line.startswith('- Error: "license": ')
    assert "Apache-2.0" in line
