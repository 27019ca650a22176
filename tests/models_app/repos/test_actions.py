"""What votes do to models: hide, show again, feature; and where that shows."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from community.discussions.services import open_thread
from community.follows.services import follow
from community.governance.actions import action_of
from community.governance.models import Office, Proposal
from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from community.moderation import services
from community.moderation.errors import DecidedByVote
from community.moderation.models import Flag, ModerationAction
from community.moderation.queries import latest_hiding
from community.notifications.models import Notification
from models_app.collections.services import Changes, add_item, create_collection
from models_app.evaluation.queries import evaluated_since, visible_runs
from models_app.likes.services import like
from models_app.repos.errors import RepoHidden
from models_app.repos.models import Repo
from models_app.repos.queries import may_write, publishers_since, visible_repos
from models_app.repos.services import create_repo, move_repo
from models_app.uploads.history import duplicate_repo
from tests.enacting import enact_twice, passed, refused
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import RecordFactory, RunFactory, ScoreFactory, SuiteVersionFactory
from tests.factories.members import MemberFactory

TINY = {"repo": "alice/tiny"}


@pytest.fixture
def tiny(alice: User) -> Repo:
    return create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="tiny", private=False)


@pytest.fixture
def proposal(carol: User) -> Proposal:
    return passed(carol)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def moderator(name: str, proposal: Proposal) -> User:
    user = MemberFactory(username=name)
    Office.objects.create(user=user, role="moderator", proposal=proposal)
    return user


def test_a_vote_hides_a_model_and_another_shows_it_again(
    client: Client, alice: User, bob: User, tiny: Repo, proposal: Proposal
):
    enact_twice("model.hide", TINY, proposal, Repo, ModerationAction, Notification)
    decision = ModerationAction.objects.get()
    assert (decision.verb, decision.moderator, decision.link) == ("hide-subject", None, f"/governance/{proposal.pk}")
    assert [row.recipient for row in Notification.objects.all()] == [alice]
    for visitor in (client, signed_in(bob)):
        assert visitor.get("/alice/tiny").status_code == 404
    page = signed_in(alice).get("/alice/tiny").content.decode()
    assert "“As we decided”" in page
    assert f'href="/governance/{proposal.pk}"' in page
    assert f'href="/moderation/log/{decision.pk}"' in page
    assert "alice/tiny was hidden" in signed_in(alice).get("/notifications").content.decode()
    assert Notification.objects.get().target == f"/moderation/log/{decision.pk}"
    again = passed(bob)
    enact_twice("model.restore", TINY, again, Repo, ModerationAction, Notification)
    assert client.get("/alice/tiny").status_code == 200
    decision.refresh_from_db()
    assert decision.overruled_by.link == f"/governance/{again.pk}"


def test_the_log_tells_everybody_that_something_was_hidden_and_not_what(
    client: Client, alice: User, bob: User, tiny: Repo, proposal: Proposal
):
    action_of("model.hide").apply(TINY, proposal=proposal)
    at = f"/moderation/log/{ModerationAction.objects.get().pk}"
    for visitor in (client, signed_in(bob)):
        for path in ("/moderation/log", "/feeds/moderation", at):
            text = visitor.get(path).content.decode()
            assert "something that is hidden, or gone" in text
            assert "As we decided" in text
            assert "tiny" not in text
    assert "alice/tiny" in signed_in(alice).get("/moderation/log").content.decode()
    for change in ({"private": True}, {"hidden": False}):  # an owner cannot take a decision out of the log
        Repo.objects.update(**change)
        assert "As we decided" in client.get("/moderation/log").content.decode()
        assert "tiny" not in client.get(at).content.decode()


def test_a_hidden_model_is_in_no_list_count_feed_or_result(
    client: Client, alice: User, bob: User, tiny: Repo, proposal: Proposal
):
    record = RecordFactory(run=RunFactory(repo=tiny, suite_version=SuiteVersionFactory(), done=True))
    ScoreFactory(record=record, task="grammar", metric="acc")
    ScoreFactory(record=record, task="overall", metric="score")
    ScoreFactory(record=record, task="prose", metric="bits_per_byte", value=2.0, higher_is_better=False)
    like(actor=Actor(user=bob), repo=tiny)
    follow(actor=Actor(user=bob), namespace=alice.namespace)
    thread = open_thread(actor=Actor(user=bob), kind="repo", key=tiny.pk, title="About tiny words", text="See")
    RepoFactory(creator=bob, name="child")
    chosen = create_collection(actor=Actor(user=bob), namespace="bob", changes=Changes(title="Chosen"))
    add_item(actor=Actor(user=bob), collection=chosen, target=tiny)
    places = [
        "/",
        "/models",
        "/models?sort=likes",
        "/alice",
        "/leaderboard",
        "/likes/bob",
        "/feeds/models",
        "/feeds/models/alice",
        "/queue",
        "/api/models",
        "/api/models?author=alice",
        "/api/leaderboard",
        "/api/leaderboard.csv",
        "/api/users/bob/likes",
        "/discussions",
        "/feeds/discussions",
        "/api/discussions",
        "/collections",
        f"/collections/{chosen.slug}",
        f"/api/collections/{chosen.slug}",
        "/api/collections",
        "/api/evaluation/compare?models=alice/tiny,bob/child",
        "/api/models-tags-by-type",
        "/moderation/log",
    ]
    seen = [path for path in places if "tiny" in client.get(path).content.decode()]
    assert len(seen) > len(places) // 2
    action_of("model.hide").apply(TINY, proposal=proposal)
    for visitor in (client, signed_in(bob)):
        assert [path for path in places if "tiny" in visitor.get(path).content.decode()] == []
        for path in (
            f"/api/evaluation/records/{record.sha256}",
            f"/api/evaluation/runs/{record.run_id}",
            "/api/evaluation/history?repo=alice/tiny",
            "/api/evaluation/architectures/alice/tiny",
            f"/discussions/{thread.pk}",
            f"/feeds/discussions/{thread.pk}",
            f"/api/discussions/{thread.pk}",
            f"/discussions/comments/{thread.events.earliest('pk').pk}",
        ):
            assert visitor.get(path).status_code == 404, path
        assert "<dd>0</dd>" in visitor.get("/").content.decode()
    assert signed_in(bob).get(f"/moderation/report/repo/{tiny.pk}").status_code == 404
    assert not visible_runs(ANONYMOUS).exists()
    assert "tiny" in signed_in(alice).get("/models").content.decode()
    assert signed_in(alice).get("/api/models/alice/tiny").json()["disabled"] is True
    badge = signed_in(alice).get("/alice/tiny/badge.svg")
    assert badge["Cache-Control"] == "private, no-store"


def test_moderators_see_it_on_pages_and_not_by_tokens(tiny: Repo, bob: User, proposal: Proposal):
    action_of("model.hide").apply(TINY, proposal=proposal)
    warden = Actor(user=moderator("warden", proposal))
    assert list(visible_repos(warden)) == [tiny]
    assert not may_write(warden, tiny)
    assert list(visible_repos(Actor(user=bob))) == []
    Office.objects.update(until=proposal.created_at)
    assert list(visible_repos(warden)) == []
    bob.is_staff = True
    assert list(visible_repos(Actor(user=bob))) == [tiny]
    Repo.objects.update(private=True)
    assert list(visible_repos(Actor(user=bob))) == []


def test_answering_a_report_hides_a_model_until_that_is_overruled(
    client: Client, tiny: Repo, bob: User, proposal: Proposal
):
    flag = services.report(actor=Actor(user=bob), kind="repo", key=tiny.pk, reason="danger", note="Look")
    as_warden = signed_in(moderator("warden", proposal))
    assert "Agree, and hide it" in as_warden.get("/moderation").content.decode()
    as_warden.post(f"/moderation/flags/{flag.pk}", {"agree": "hide", "reason": "It runs code"})
    flag.refresh_from_db()
    decision = latest_hiding("repo", tiny.pk)
    assert flag.decision == decision
    assert (decision.moderator.username, decision.reason) == ("warden", "It runs code")
    assert client.get("/alice/tiny").status_code == 404
    assert "Nothing waits" in as_warden.get("/moderation").content.decode()
    assert "It runs code" in as_warden.get("/alice/tiny").content.decode()
    as_warden.post(f"/moderation/log/{decision.pk}/overrule", {"reason": "A mistake"})
    assert client.get("/alice/tiny").status_code == 200


def test_what_a_vote_hid_only_a_vote_shows_again(tiny: Repo, proposal: Proposal):
    action_of("model.hide").apply(TINY, proposal=proposal)
    decision = ModerationAction.objects.get()
    with pytest.raises(DecidedByVote):
        services.overrule(action=decision, actor=Actor(user=moderator("warden", proposal)))
    tiny.refresh_from_db()
    assert (tiny.hidden, ModerationAction.objects.count()) == (True, 1)


def test_overruling_a_comment_that_is_gone_shows_no_model(tiny: Repo, proposal: Proposal):
    action_of("model.hide").apply(TINY, proposal=proposal)
    other = ModerationAction.objects.create(verb="hide-comment", kind="repo", key=tiny.pk)
    services.overrule(action=other, actor=None)
    tiny.refresh_from_db()
    assert tiny.hidden


def test_an_owner_may_repair_but_not_copy_a_hidden_model(alice: User, tiny: Repo, proposal: Proposal):
    action_of("model.hide").apply(TINY, proposal=proposal)
    tiny.refresh_from_db()
    assert may_write(Actor(user=alice), tiny)
    with pytest.raises(RepoHidden, match="cannot be copied"):
        duplicate_repo(actor=Actor(user=alice), source=tiny, namespace="alice", name="other")
    assert Repo.objects.count() == 1


def test_what_a_hidden_model_is_called_by_now_stays_hidden(alice: User, tiny: Repo, proposal: Proposal):
    action_of("model.hide").apply(TINY, proposal=proposal)
    move_repo(actor=Actor(user=alice), repo=Repo.objects.get(), namespace="alice", name="elsewhere")
    (change,) = action_of("model.restore").changes(TINY)
    assert (change.what, change.before, change.url) == ("alice/tiny", "hidden", "")
    assert "elsewhere" not in refused("model.feature", TINY, proposal, Repo)
    action_of("model.restore").apply(TINY, proposal=proposal)
    assert not Repo.objects.get().hidden


def test_another_decision_meanwhile_makes_a_vote_stale(tiny: Repo, proposal: Proposal):
    hide, restore = action_of("model.hide"), action_of("model.restore")
    before = hide.found(TINY)
    services.hide_subject(kind="repo", key=tiny.pk, reason="Meanwhile")
    assert hide.found(TINY) != before
    hidden = restore.found(TINY)
    services.hide_subject(kind="repo", key=tiny.pk, reason="Shown", hidden=False)
    services.hide_subject(kind="repo", key=tiny.pk, reason="Hidden for another reason")
    assert restore.found(TINY) != hidden
    services.hide_subject(kind="repo", key=tiny.pk, reason="Shown", hidden=False)
    featured = action_of("model.feature").found(TINY)
    Repo.objects.update(featured_by=proposal)
    assert action_of("model.feature").found(TINY) != featured


@pytest.mark.parametrize("verb", ["model.hide", "model.restore", "model.feature", "model.unfeature"])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"repo": "alice/nothing"},
        {"repo": "alice/secret"},
        {"repo": "alice"},
        {"repo": "../../etc"},
        {"repo": "alice/tiny\x00"},
        {"repo": ["alice/tiny"]},
        {"repo": "alice/tiny", "hidden": False},
    ],
)
def test_what_no_vote_can_do(alice: User, tiny: Repo, proposal: Proposal, verb: str, params: Any):
    RepoFactory(creator=alice, name="secret", private=True)
    sentence = refused(verb, params, proposal, Repo, ModerationAction, Flag)
    if params.get("repo") in ("alice/nothing", "alice/secret"):
        assert sentence.startswith("Repository not found.")


def test_a_vote_features_a_model_on_the_home_page_and_in_lists(client: Client, tiny: Repo, proposal: Proposal):
    other = RepoFactory(creator=tiny.creator, name="other")
    RepoFactory(creator=tiny.creator, name="gone", hidden=True)
    assert "Featured by the community" not in client.get("/").content.decode()
    enact_twice("model.feature", TINY, proposal, Repo)
    home = client.get("/").content.decode()
    section = home[home.index("Featured by the community") : home.index("New models")]
    badge = f'class="badge badge--jade repo-featured" href="/governance/{proposal.pk}"'
    assert badge in section
    assert "/alice/tiny" in section
    assert "/alice/other" not in section
    assert badge in client.get("/alice/tiny").content.decode()
    assert client.get("/models").content.decode().count(badge) == 1
    listed = client.get("/models?featured=true").content.decode()
    assert "/alice/tiny" in listed
    assert "/alice/other" not in listed
    action_of("model.hide").apply(TINY, proposal=proposal)
    assert "Featured by the community" not in client.get("/").content.decode()
    assert "is hidden" in refused("model.feature", {"repo": "alice/gone"}, proposal, Repo)
    action_of("model.restore").apply(TINY, proposal=proposal)
    enact_twice("model.unfeature", TINY, passed(other.creator), Repo)
    assert "Featured by the community" not in client.get("/").content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_fixed_numbers_of_queries(
    client: Client, alice: User, proposal: Proposal, django_assert_num_queries: DjangoAssertNumQueries, count: int
):
    for number in range(count):
        RepoFactory(creator=alice, name=f"model-{number}", featured_by=proposal)
    with django_assert_num_queries(7):
        client.get("/")


def test_what_is_hidden_gives_no_vote(alice: User, tiny: Repo, proposal: Proposal):
    since = timezone.now() - timedelta(days=1)
    RunFactory(repo=tiny, suite_version=SuiteVersionFactory(), requested_by=alice, done=True)
    sources = (publishers_since, evaluated_since)
    members = [User.objects.filter(pk__in=source(since)) for source in sources]
    assert [list(found) for found in members] == [[alice], [alice]]
    action_of("model.hide").apply(TINY, proposal=proposal)
    assert [list(found.all()) for found in members] == [[], []]
