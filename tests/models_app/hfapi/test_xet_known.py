"""Questions for known chunks: answered where the caller may read them, and nowhere else."""

import pytest

from community.members.actors import Actor
from community.members.models import AccessToken, User
from models_app.blobs.models import Landmark
from models_app.repos.access import grant_access, set_gate
from models_app.repos.models import Gate, Repo
from models_app.repos.services import create_repo
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import FillByXet, MakeRepo
from tests.models_app.hfapi.xet_machine import READ_TOKEN, TOKEN, cas, machine_of, send_shard, send_xorbs


def probe() -> str:
    """Where to ask for the first chunk of one of `CONTENTS`."""
    return cas(f"/v1/chunks/default/{Landmark.objects.order_by('pk').values_list('hash', flat=True)[0]}")


def machine(by: Caller, repo: str) -> Caller:
    return machine_of(by, TOKEN.replace("alice/tiny", repo))


def asked(by: Caller, repo: str) -> int:
    status: int = machine(by, repo).get(probe()).status_code
    return status


@pytest.fixture
def bobs_repo(bob: User) -> str:
    return create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="mine", private=False).full_id


def test_chunks_of_public_repos_are_known_to_all(filled: Repo, owner: Caller, stranger: Caller, bobs_repo: str) -> None:
    assert asked(owner, "alice/tiny") == asked(stranger, bobs_repo) == 200


def test_chunks_of_private_repos_are_known_to_their_readers(
    make_repo: MakeRepo, fill_by_xet: FillByXet, repo: Repo, owner: Caller, stranger: Caller, bobs_repo: str
) -> None:
    """From another repo of theirs too; to others they are as chunks that nobody has sent."""
    fill_by_xet(make_repo("hidden", private=True))
    assert (asked(owner, "alice/tiny"), asked(stranger, bobs_repo)) == (200, 404)
    paths = (probe(), cas("/v1/chunks/default/" + "0" * 64), cas("/v1/chunks/default/x"))
    answers = [refusal(machine(stranger, bobs_repo).get(path)) for path in paths]
    assert answers[0] == answers[1] == answers[2]


def test_chunks_behind_a_gate_are_known_to_those_let_through(
    filled: Repo, owner: Caller, stranger: Caller, bob: User, alice: User, bobs_repo: str
) -> None:
    set_gate(actor=Actor(user=alice), repo=filled, gate=Gate.MANUAL)
    assert (asked(owner, "alice/tiny"), asked(stranger, bobs_repo)) == (200, 404)
    assert stranger.get(READ_TOKEN).status_code == 403
    grant_access(actor=Actor(user=alice), repo=filled, user=bob)
    assert asked(stranger, bobs_repo) == 200
    assert stranger.get(READ_TOKEN).status_code == 200


def test_what_was_sent_but_not_committed_is_private(
    repo: Repo, owner: Caller, stranger: Caller, bobs_repo: str, recording: Recording
) -> None:
    sender = machine_of(owner)
    send_xorbs(sender, recording)
    body_of(send_shard(sender, recording.shards[0]))
    assert (asked(owner, "alice/tiny"), asked(stranger, bobs_repo)) == (404, 404)


def test_rights_are_asked_anew_each_time(
    make_repo: MakeRepo, fill_by_xet: FillByXet, repo: Repo, owner: Caller
) -> None:
    fill_by_xet(make_repo("hidden", private=True))
    sender, path = machine_of(owner), probe()
    assert sender.get(path).status_code == 200
    AccessToken.objects.all().delete()
    assert sender.get(path).status_code == 404


def test_only_those_who_may_store_ask(filled: Repo, owner: Caller, nobody: Caller) -> None:
    path = probe()
    assert [by.get(path).status_code for by in (machine_of(owner, READ_TOKEN), owner, nobody)] == [403, 403, 401]
