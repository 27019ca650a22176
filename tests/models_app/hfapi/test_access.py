"""A gated repo: everybody sees it, and only those who were let in get bytes of its files."""

from typing import Any

import pytest

from community.members.actors import Actor
from community.members.capabilities import issue_capability
from community.members.models import User
from models_app.repos.access import ask_access, decide, grant_access, set_gate
from models_app.repos.models import Repo
from models_app.repos.queries import capability_subject
from models_app.repos.services import set_visibility
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, WEIGHTS_SHA256, FillByXet, caller_for
from tests.models_app.hfapi.xet_machine import cas, machine_of
from tests.models_app.hub_state import hub_state

ID = "alice/tiny"
API = f"/api/models/{ID}"
BATCH = {"operation": "download", "objects": [{"oid": WEIGHTS_SHA256, "size": len(WEIGHTS)}]}
CONTENT = [
    ("GET", f"/{ID}/resolve/main/weights.bin"),
    ("HEAD", f"/{ID}/resolve/main/weights.bin"),
    ("GET", f"/{ID}/resolve/main/config.json"),
    ("GET", f"/{ID}/resolve/main/none.txt"),
    ("GET", f"/{ID}/raw/main/README.md"),
    ("GET", f"{API}/auth-check"),
    ("GET", f"{API}/xet-read-token/main"),
    ("GET", f"{API}/safetensors-metadata/none.txt"),
    ("POST", f"/{ID}.git/info/lfs/objects/batch"),
]
OPEN = [
    ("GET", API),
    ("GET", f"{API}/revision/main"),
    ("GET", f"{API}/tree/main"),
    ("POST", f"{API}/paths-info/main"),
    ("GET", f"{API}/commits/main"),
    ("GET", f"{API}/refs"),
]


@pytest.fixture(autouse=True)
def gated(repo: Repo, alice: User) -> Repo:
    set_gate(actor=Actor(user=alice), repo=repo, gate="manual")
    return repo


@pytest.fixture
def accepted(gated: Repo, alice: User, carol: User) -> Caller:
    """Carol, whose request Alice has accepted."""
    ask_access(actor=Actor(user=carol), repo=gated, answers={"Use": "Study"})
    decide(actor=Actor(user=alice), repo=gated, which={"user": carol}, status="accepted")
    return caller_for(carol)


def call(caller: Caller, method: str, address: str) -> Any:
    response = caller.call(method, address, BATCH if address.endswith("/batch") else {})
    if response.streaming:
        body_of(response)
    return response


@pytest.mark.parametrize(("method", "address"), CONTENT)
def test_routes_that_give_content(
    nobody: Caller,
    stranger: Caller,
    accepted: Caller,
    owner: Caller,
    reader: Caller,
    gated: Repo,
    alice: User,
    carol: User,
    method: str,
    address: str,
) -> None:
    passes = 404 if "none.txt" in address else 200
    assert [call(caller, method, address).status_code for caller in (accepted, owner, reader)] == [passes] * 3
    for caller, status in ((nobody, 401), (stranger, 403)):
        response = call(caller, method, address)
        assert (response.status_code, response["X-Error-Code"]) == (status, "GatedRepo")
        assert response["X-Error-Message"].startswith(
            f"Access to model {ID} is restricted and you are not in the authorized list."
        )
        assert f"Visit http://127.0.0.1:8000/{ID} to ask for access." in response["X-Error-Message"]
        assert "X-Repo-Commit" not in response
    decide(actor=Actor(user=alice), repo=gated, which={"user": carol}, status="rejected")
    assert call(accepted, method, address)["X-Error-Code"] == "GatedRepo"


@pytest.mark.parametrize(("method", "address"), OPEN)
def test_routes_that_stay_open(nobody: Caller, stranger: Caller, method: str, address: str) -> None:
    for caller in (nobody, stranger):
        assert call(caller, method, address).status_code == 200


def test_the_evaluation_worker_reads_it(gated: Repo) -> None:
    for subject, status in ((capability_subject(gated), 200), (f"repo:{gated.pk + 1}", 403)):
        worker = Caller("cap_" + issue_capability(subject=subject, right="read", seconds=60))
        assert call(worker, "GET", f"/{ID}/resolve/main/weights.bin").status_code == status


def test_links_end_with_the_access(
    gated: Repo,
    alice: User,
    carol: User,
    accepted: Caller,
    nobody: Caller,
    fill_by_xet: FillByXet,
    recording: Recording,
) -> None:
    """Links and tokens that Carol was given open what she may have now."""
    fill_by_xet(gated)
    link = call(accepted, "POST", f"/{ID}.git/info/lfs/objects/batch").json()["objects"][0]["actions"]["download"]
    machine = machine_of(accepted, f"{API}/xet-read-token/main")
    addresses = [
        (nobody, "/" + link["href"].split("/", 3)[3]),
        (machine, cas(f"/v2/reconstructions/{recording.hashes[0]}")),
    ]
    assert [call(by, "GET", address).status_code for by, address in addresses] == [200, 200]
    decide(actor=Actor(user=alice), repo=gated, which={"user": carol}, status="rejected")
    for by, address in addresses:
        response = call(by, "GET", address)
        assert (response.status_code, response["X-Error-Code"]) == (403, "GatedRepo")


def test_links_of_the_evaluation_worker(
    gated: Repo, alice: User, nobody: Caller, fill_by_xet: FillByXet, recording: Recording
) -> None:
    """Its right is to this repo, gated or private."""
    fill_by_xet(gated)
    set_visibility(actor=Actor(user=alice), repo=gated, private=True)
    worker = Caller("cap_" + issue_capability(subject=capability_subject(gated), right="read", seconds=60))
    link = call(worker, "POST", f"/{ID}.git/info/lfs/objects/batch").json()["objects"][0]["actions"]["download"]
    assert call(nobody, "GET", "/" + link["href"].split("/", 3)[3]).status_code == 200
    machine = machine_of(worker, f"{API}/xet-read-token/main")
    assert call(machine, "GET", cas(f"/v2/reconstructions/{recording.hashes[0]}")).status_code == 200


def test_info_and_lists_say_so(nobody: Caller, gated: Repo) -> None:
    assert nobody.get(API).json()["gated"] == "manual"
    rows = {query: nobody.get(f"/api/models?{query}").json() for query in ("", "gated=true", "gated=false")}
    assert [row["gated"] for row in rows[""]] == ["manual"]
    assert (len(rows["gated=true"]), rows["gated=false"]) == (1, [])


def test_lists_of_requests(owner: Caller, bob: User, carol: User, accepted: Caller, gated: Repo, alice: User) -> None:
    ask_access(actor=Actor(user=bob), repo=gated, answers={"Use": "Work"})
    (pending,) = owner.get(f"{API}/user-access-request/pending").json()
    assert pending.pop("timestamp").endswith("Z")
    assert (len(pending.pop("requestId")), len(pending["user"].pop("_id"))) == (24, 24)
    assert pending == {
        "user": {"user": "bob", "fullname": "", "type": "user", "email": "bob@example.org"},
        "status": "pending",
        "fields": {"Use": "Work"},
    }
    assert [row["user"]["user"] for row in owner.get(f"{API}/user-access-request/accepted").json()] == ["carol"]
    assert owner.get(f"{API}/user-access-request/rejected").json() == []
    assert refusal(owner.get(f"{API}/user-access-request/else"))[0] == 404


def test_lists_have_pages(owner: Caller, accepted: Caller, bob: User, gated: Repo, alice: User) -> None:
    grant_access(actor=Actor(user=alice), repo=gated, user=bob)
    first = owner.get(f"{API}/user-access-request/accepted?limit=1")
    following = first["Link"].partition(">")[0].removeprefix("<http://127.0.0.1:8000")
    second = owner.get(following)
    assert [first.json()[0]["user"]["user"], second.json()[0]["user"]["user"]] == ["bob", "carol"]
    assert "email" not in first.json()[0]["user"]
    assert "Link" not in second


def test_handling(owner: Caller, stranger: Caller, bob: User, gated: Repo) -> None:
    ask_access(actor=Actor(user=bob), repo=gated, answers={})
    address = f"{API}/user-access-request/handle"
    assert owner.post(address, {"user": "Bob", "status": "accepted"}).json()["status"] == "accepted"
    assert stranger.get(f"{API}/auth-check").status_code == 200
    request_id = owner.get(f"{API}/user-access-request/accepted").json()[0]["requestId"]
    body = {"requestId": request_id, "status": "rejected", "rejectionReason": "Too late"}
    assert owner.post(address, body).status_code == 200
    assert refusal(owner.post(address, body))[0] == 409
    assert stranger.get(f"{API}/auth-check").status_code == 403
    assert owner.post(f"{API}/user-access-request/grant", {"user": "bob"}).status_code == 200
    assert refusal(owner.post(f"{API}/user-access-request/grant", {"user": "bob"}))[0] == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user": "bob", "status": "accepted"}, 404),
        ({"user": "nobody", "status": "accepted"}, 404),
        ({"user": "nul\0", "status": "accepted"}, 400),
        ({"user": 7, "status": "accepted"}, 400),
        ({"status": "accepted"}, 400),
        ({"user": "bob", "status": "open"}, 400),
        ({"user": "bob", "status": ["accepted"]}, 400),
        ({"user": "bob", "status": "rejected", "rejectionReason": 1}, 400),
        ({"requestId": "f" * 24, "status": "accepted"}, 400),
        ({"requestId": "0" * 24, "status": "accepted"}, 404),
        ({"requestId": 1, "status": "accepted"}, 400),
        ([], 400),
    ],
)
def test_handling_what_is_not_there(owner: Caller, bob: User, body: Any, status: int) -> None:
    before = hub_state()
    assert refusal(owner.post(f"{API}/user-access-request/handle", body))[0] == status
    assert hub_state() == before


def test_without_a_gate_there_are_no_requests(owner: Caller, gated: Repo, alice: User) -> None:
    set_gate(actor=Actor(user=alice), repo=gated, gate="")
    assert refusal(owner.get(f"{API}/user-access-request/pending"))[0] == 400
    assert refusal(owner.post(f"{API}/user-access-request/grant", {"user": "alice"}))[0] == 400


def test_strangers_learn_nothing_of_requests(nobody: Caller, stranger: Caller, accepted: Caller) -> None:
    for caller, status in ((nobody, 401), (stranger, 403), (accepted, 403)):
        for kind in ("pending", "accepted", "rejected", "else"):
            assert refusal(caller.get(f"{API}/user-access-request/{kind}"))[0] == status


def test_a_private_gated_repo_is_missing(stranger: Caller, gated: Repo) -> None:
    Repo.objects.update(private=True)
    assert refusal(stranger.get(f"/{ID}/resolve/main/weights.bin"))[:2] == (404, "RepoNotFound")


def test_its_owner_gets_the_bytes(owner: Caller) -> None:
    assert body_of(owner.get(f"/{ID}/resolve/main/weights.bin")) == WEIGHTS
