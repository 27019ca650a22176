"""Who holds an office by vote, what it allows, and that it ends by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from community.discussions.services import open_thread
from community.forum.models import Category
from community.governance.actions import action_of
from community.governance.models import Office, Proposal, Role
from community.governance.offices import (
    holds,
    in_office,
    is_maintainer,
    is_moderator,
    is_officer,
    officeholders,
    offices_of,
)
from community.members.actors import Actor
from community.members.models import User
from community.moderation.errors import NotModerator
from community.moderation.services import mark_thread
from tests.enacting import enact_twice, passed, refused

DAY = timedelta(days=1)


def in_days(days: int) -> str:
    return str((timezone.now().astimezone(UTC) + days * DAY).date())


def again(user: User) -> User:
    """As the next request sees the member."""
    return User.objects.get(pk=user.pk)


def test_a_vote_gives_an_office_with_an_end(alice: User, bob: User, client: Client):
    assert "Nobody yet" in client.get("/governance/rules").content.decode()
    until = in_days(100)
    proposal = passed(alice, "election")
    enact_twice("role.grant", {"member": "Bob", "role": "moderator", "until": until}, proposal, Office)
    office = Office.objects.get()
    assert (office.user, office.role, office.proposal) == (bob, "moderator", proposal)
    assert office.until == datetime.fromisoformat(f"{until}T23:59:59+00:00")
    assert holds(again(bob), Role.MODERATOR)
    assert "bob" in client.get("/governance/rules").content.decode()
    page = client.get("/bob").content.decode()
    assert "Moderator" in page
    assert f'<a href="/governance/{proposal.pk}">vote #{proposal.pk}</a>' in page


@pytest.mark.parametrize(
    ("role", "powers"),
    [("moderator", (True, False, False)), ("maintainer", (True, True, False)), ("officer", (False, False, True))],
)
def test_what_each_office_allows(alice: User, bob: User, role: str, powers: tuple[bool, ...]):
    assert [may(again(bob)) for may in (is_moderator, is_maintainer, is_officer)] == [False] * 3
    params = {"member": "bob", "role": role, "until": in_days(1)}
    action_of("role.grant").apply(params, proposal=passed(alice, "election"))
    assert tuple(may(again(bob)) for may in (is_moderator, is_maintainer, is_officer)) == powers
    Office.objects.update(until=timezone.now() - DAY)
    assert [may(again(bob)) for may in (is_moderator, is_maintainer, is_officer)] == [False] * 3
    assert list(offices_of(bob)) == []


def test_staff_does_what_no_office_is_filled_for(alice: User, bob: User):
    alice.is_staff = True
    alice.save()
    assert [may(again(alice)) for may in (is_moderator, is_maintainer, is_officer)] == [True] * 3
    officer = Office.objects.create(user=bob, role="officer", proposal=passed(alice), until=timezone.now() + DAY)
    assert not is_officer(again(alice))
    officer.until = timezone.now() - DAY
    officer.save()
    assert is_officer(again(alice))


def test_who_left_holds_no_office(alice: User, bob: User):
    Office.objects.create(user=bob, role="maintainer", proposal=passed(alice))
    bob.is_active = False
    bob.save()
    assert not is_moderator(again(bob))
    assert not is_moderator(None)


def test_an_elected_moderator_moderates_until_a_vote_ends_it(alice: User, bob: User, client: Client):
    room = Category.objects.create(slug="garden", name="Garden")
    thread = open_thread(actor=Actor(user=alice), kind="forum", key=room.pk, title="Soil", text="Which?")
    with pytest.raises(NotModerator):
        mark_thread(actor=Actor(user=again(bob)), thread=thread, verb="lock")
    params = {"member": "bob", "role": "moderator", "until": in_days(3)}
    action_of("role.grant").apply(params, proposal=passed(alice, "election"))
    mark_thread(actor=Actor(user=again(bob)), thread=thread, verb="lock")
    client.force_login(bob)
    assert client.get("/moderation").status_code == 200
    for path in ("/forum/new", "/queue/operate"):  # these are for maintainers
        assert client.get(path).status_code == 403
    other = {"role": "maintainer", "until": in_days(3)}
    action_of("role.grant").apply({"member": "bob"} | other, proposal=passed(alice, "election"))
    for path in ("/forum/new", "/queue/operate", "/moderation"):
        assert client.get(path).status_code == 200
    Office.objects.filter(role="maintainer").update(until=timezone.now() - DAY)
    ended = passed(alice, "override")
    enact_twice("role.revoke", {"member": "bob", "role": "moderator"}, ended, Office)
    assert Office.objects.get(role="moderator").proposal == ended
    with pytest.raises(NotModerator):
        mark_thread(actor=Actor(user=again(bob)), thread=thread, verb="unlock")
    assert client.get("/moderation").status_code == 403
    thread.refresh_from_db()
    assert thread.locked


MODERATION, QUEUE, OFFICE = "/moderation", "/queue/operate", "/governance#office"


def menu_of(client: Client) -> list[str]:
    """Where the account's menu leads, of what offices are for."""
    page = client.get("/licences").content.decode()
    return [path for path in (MODERATION, QUEUE, OFFICE) if f'<a class="menu__item" href="{path}"' in page]


def enact(verb: str, proposal: Proposal, capture: DjangoCaptureOnCommitCallbacks, **params: str) -> None:
    with capture(execute=True):
        action_of(verb).apply({"member": "bob", **params}, proposal=proposal)


@pytest.mark.parametrize(
    ("role", "tools"),
    [
        ("moderator", [MODERATION, OFFICE]),
        ("maintainer", [MODERATION, QUEUE, OFFICE]),
        ("officer", [OFFICE]),
    ],
)
def test_the_menu_leads_to_the_tools_of_an_office_as_long_as_it_is_held(
    alice: User,
    bob: User,
    client: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    role: str,
    tools: list[str],
):
    client.force_login(bob)
    assert menu_of(client) == []
    term = {"role": role, "until": in_days(3)}
    enact("role.grant", passed(alice, "election"), django_capture_on_commit_callbacks, **term)
    assert menu_of(client) == tools
    for path in tools:
        assert client.get(path).status_code == 200
    assert 'id="office"' in client.get("/governance").content.decode()
    other = Client()
    other.force_login(alice)
    assert menu_of(other) == []
    assert 'id="office"' not in other.get("/governance").content.decode()
    enact("role.revoke", passed(alice, "override"), django_capture_on_commit_callbacks, role=role)
    assert menu_of(client) == []
    assert 'id="office"' not in client.get("/governance").content.decode()


def test_a_menu_knows_that_a_term_is_over(alice: User, bob: User, client: Client, monkeypatch: pytest.MonkeyPatch):
    client.force_login(bob)
    in_office.know([(bob.pk, "moderator", timezone.now() - DAY)])
    assert menu_of(client) == []
    Office.objects.create(user=bob, role="moderator", proposal=passed(alice), until=timezone.now() + DAY)
    assert menu_of(client) == []
    monkeypatch.setattr(in_office, "seconds", 0)  # as another process finds out
    assert menu_of(client) == [MODERATION, OFFICE]


def test_the_menu_of_staff(alice: User, bob: User, client: Client):
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    assert menu_of(client) == [MODERATION, QUEUE, OFFICE]
    assert "Void a vote" in client.get("/governance").content.decode()
    in_office.know([(bob.pk, "officer", None)])
    assert "Void a vote" not in client.get("/governance").content.decode()


def test_menus_cost_no_query(alice: User, bob: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries):
    client.force_login(bob)
    client.get("/licences")
    in_office.forget()
    with CaptureQueriesContext(connection) as first:
        client.get("/licences")
    with django_assert_num_queries(len(first) - 1):
        client.get("/licences")


def test_another_vote_about_the_same_office_makes_a_vote_stale(alice: User, bob: User):
    grant, revoke = action_of("role.grant"), action_of("role.revoke")
    params = {"member": "bob", "role": "officer", "until": in_days(50)}
    before = grant.found(params)
    Office.objects.create(user=bob, role="officer", proposal=passed(alice), until=timezone.now() + DAY)
    assert grant.found(params) != before
    held = revoke.found({"member": "bob", "role": "officer"})
    Office.objects.update(until=timezone.now() - DAY)  # a term that ends by itself is no other vote
    assert revoke.found({"member": "bob", "role": "officer"}) == held
    revoke.apply({"member": "bob", "role": "officer"}, proposal=passed(alice))
    assert Office.objects.get().until < timezone.now() - DAY / 2


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"member": "bob", "role": "king", "until": "2099-01-01"}, "“Office” cannot be “king”."),
        ({"member": "nobody", "role": "officer", "until": "2099-01-01"}, "“Member” cannot be “nobody”."),
        ({"member": "bob", "role": "officer"}, "“Last day of the term” is missing."),
        ({"member": "bob", "role": "officer", "until": "2099-01-01"}, "A term ends in the future, and within four"),
        ({"member": "bob", "role": "officer", "until": "2000-01-01"}, "A term ends in the future, and within four"),
        ({"member": "bob", "role": "officer", "until": "9999-12-31"}, "A term ends in the future, and within four"),
        ({"member": "bob", "role": "officer", "until": "0001-01-01"}, "A term ends in the future, and within four"),
    ],
)
def test_what_no_vote_can_grant(alice: User, bob: User, params: Any, sentence: str):
    assert refused("role.grant", params, passed(alice), Office).startswith(sentence)


def test_an_office_that_nobody_holds_cannot_be_taken_away(alice: User, bob: User):
    with pytest.raises(Exception, match="change nothing"):
        action_of("role.revoke").check({"member": "bob", "role": "officer"})


def test_a_member_is_asked_once(alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries):
    Office.objects.create(user=bob, role="moderator", proposal=passed(alice))
    member = again(bob)
    with django_assert_num_queries(1):
        assert is_moderator(member)
        assert not is_maintainer(member)


def test_who_deleted_the_account_holds_no_office_and_pages_go_on(alice: User, bob: User, client: Client):
    alice.is_staff = True
    alice.save()
    Office.objects.create(user=bob, role="officer", proposal=passed(alice))
    assert not is_officer(again(alice))
    bob.delete()
    assert (is_officer(again(alice)), list(officeholders()), Office.objects.count()) == (True, [], 1)
    assert client.get("/governance/rules").status_code == 200
