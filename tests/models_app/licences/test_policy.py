"""Votes that retire licences for new uploads: every way in asks, and what is here stays."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.governance.actions import action_of
from community.governance.models import Proposal
from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.objects import AddFile
from models_app.licences.errors import LicenceRetired
from models_app.licences.models import LicenceDecision
from models_app.licences.queries import accepted_licence, offered_licences, refusals
from models_app.licences.rules import is_single, near_matches, normalize, retired_in
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.uploads.errors import CardInvalid
from models_app.uploads.services import commit_changes
from tests.enacting import enact_twice, passed, refused
from tests.models_app.hfapi.caller import Caller
from tests.models_app.hfapi.conftest import caller_for, file_line, header
from tests.models_app.hub_state import hub_state

NC = {"licence": "cc-by-nc-4.0"}


@pytest.fixture
def proposal(carol: User) -> Proposal:
    return passed(carol)


@pytest.fixture
def repo(alice: User) -> Repo:
    return create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="tiny", private=False)


def card(licence: str) -> AddFile:
    return AddFile("README.md", f"---\nlicense: {licence}\n---\n# Words\n".encode())


def commit(repo: Repo, alice: User, *changes: AddFile) -> str:
    return commit_changes(
        actor=Actor(user=alice),
        repo=repo,
        revision="main",
        parent=None,
        summary="Change",
        description="",
        changes=changes,
    )


@pytest.mark.parametrize(
    ("text", "retired"),
    [
        ("MIT", ""),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
        ("MIT OR CC-BY-NC-4.0", ""),
        ("MIT AND CC-BY-NC-4.0", "CC-BY-NC-4.0"),
        ("CC-BY-NC-4.0 OR GPL-2.0-only", "CC-BY-NC-4.0"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only"),
        ("MIT AND (Apache-2.0 OR GPL-2.0-only)", ""),
        ("openrail", "openrail"),
    ],
)
def test_which_expressions_get_around_a_retired_licence(text: str, retired: str):
    assert retired_in(normalize(text), {"CC-BY-NC-4.0", "GPL-2.0-only", "openrail"}) == retired


def test_single_licences_and_near_ones():
    assert [is_single(normalize(text)) for text in ("mit", "openrail", "MIT OR ISC")] == [True, True, False]
    assert "CC-BY-NC-4.0" in near_matches("cc-by-nc-4")
    assert "CC-BY-NC-4.0" not in near_matches("cc-by-nc-4", {"CC-BY-NC-4.0"})


def test_a_vote_retires_a_licence_and_another_takes_it_back(client: Client, carol: User, proposal: Proposal):
    assert accepted_licence("cc-by-nc-4.0").id == "CC-BY-NC-4.0"
    enact_twice("licence.retire", NC, proposal, LicenceDecision)
    with pytest.raises(LicenceRetired) as refusal:
        accepted_licence("CC-BY-NC-4.0")
    sentence = refusal.value.message
    assert sentence.startswith(f"CC-BY-NC-4.0 is not accepted for new uploads: vote #{proposal.pk} decided it (http")
    assert f"/governance/{proposal.pk})." in sentence
    assert sentence.endswith(" Near it, and accepted: CC-BY-ND-4.0, CC-BY-NC-3.0, CC-BY-NC-2.0.")
    assert "CC-BY-NC-4.0" not in {licence.id for licence in offered_licences()}
    (told,) = client.get("/api/licences").json()
    assert (told["licence"], told["accepted"], told["vote"]) == ("CC-BY-NC-4.0", False, proposal.pk)
    page = client.get("/licences").content.decode()
    assert f'href="/governance/{proposal.pk}"' in page
    assert "not for new uploads" in page
    back = passed(carol)
    enact_twice("licence.accept", NC, back, LicenceDecision)
    assert accepted_licence("cc-by-nc-4.0").id == "CC-BY-NC-4.0"
    assert f'href="/governance/{back.pk}"' in client.get("/licences").content.decode()


def test_a_commit_that_names_it_anew_is_refused_and_what_is_here_stays(repo: Repo, alice: User, proposal: Proposal):
    old = create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="old", private=False)
    commit(old, alice, card("cc-by-nc-4.0"))
    action_of("licence.retire").apply(NC, proposal=proposal)
    before = hub_state()
    for licence in ("cc-by-nc-4.0", "CC-BY-NC-4.0", "[mit, cc-by-nc-4.0]", "MIT AND CC-BY-NC-4.0"):
        with pytest.raises(CardInvalid, match=r"CC-BY-NC-4\.0 is not accepted for new uploads: vote #"):
            commit(repo, alice, card(licence))
    assert hub_state() == before
    commit(repo, alice, card("MIT OR CC-BY-NC-4.0"))
    old.refresh_from_db()
    commit(old, alice, AddFile("README.md", b"---\nlicense: cc-by-nc-4.0\n---\n# Other words\n"))
    commit(old, alice, AddFile("notes.txt", b"More"))
    commit(old, alice, card("mit"))
    old.refresh_from_db()
    with pytest.raises(CardInvalid):
        commit(old, alice, card("cc-by-nc-4.0"))  # it had another one meanwhile


def test_clients_hear_of_it(repo: Repo, alice: User, proposal: Proposal):
    action_of("licence.retire").apply(NC, proposal=proposal)
    owner: Caller = caller_for(alice)
    text = "---\nlicense: cc-by-nc-4.0\n---\n"
    answer = owner.post("/api/validate-yaml", {"content": text, "repoType": "model"})
    assert answer.status_code == 200
    (warning,) = answer.json()["warnings"]
    assert f"vote #{proposal.pk}" in warning["message"]
    before = hub_state()
    lines = [header(), file_line("README.md", text.encode())]
    refusal = owner.commit("/api/models/alice/tiny/commit/main", *lines)
    assert refusal.status_code == 400
    assert f"vote #{proposal.pk}" in refusal["X-Error-Message"]
    assert hub_state() == before


def test_a_new_repo_in_the_browser(alice: User, proposal: Proposal):
    client = Client()
    client.force_login(alice)
    action_of("licence.retire").apply(NC, proposal=proposal)
    page = client.get("/new").content.decode()
    assert '<option value="CC-BY-NC-4.0">' not in page
    assert '<option value="CC-BY-NC-3.0">' in page
    sent = {"owner": "alice", "name": "new", "kind": "model", "visibility": "public", "licence": "cc-by-nc-4.0"}
    answer = client.post("/new", sent)
    assert answer.status_code == 422
    assert "is not accepted for new uploads" in answer.content.decode()
    assert not Repo.objects.exists()


def test_another_vote_meanwhile_makes_a_vote_stale(carol: User, proposal: Proposal):
    retire = action_of("licence.retire")
    before = retire.found(NC)
    retire.apply(NC, proposal=proposal)
    action_of("licence.accept").apply(NC, proposal=passed(carol))
    assert retire.found(NC) != before


@pytest.mark.parametrize("verb", ["licence.retire", "licence.accept"])
@pytest.mark.parametrize(
    ("licence", "sentence"),
    [
        ("apahce-2.0", "“apahce-2.0” is not a known licence: did you mean Apache-2.0"),
        ("MIT OR ISC", "Name one licence, not an expression of several."),
        ("MIT\x00", "“MIT�” is not a known licence"),
        ("x" * 81, "“Licence” cannot be"),
        (["mit"], "“Licence” cannot be"),
        ("", "“Licence” is missing."),
    ],
)
def test_what_no_vote_can_decide(proposal: Proposal, verb: str, licence: Any, sentence: str):
    assert refused(verb, {"licence": licence}, proposal, LicenceDecision).startswith(sentence)


def test_one_query_however_many(proposal: Proposal, django_assert_num_queries: DjangoAssertNumQueries):
    for name in ("CC-BY-NC-3.0", "CC-BY-NC-4.0", "openrail"):
        LicenceDecision.objects.create(licence=name, accepted=False, proposal=proposal)
    with django_assert_num_queries(1):
        assert len(refusals(map(normalize, ["openrail", "cc-by-nc-4.0", "mit"]), {"CC-BY-NC-4.0"})) == 1
