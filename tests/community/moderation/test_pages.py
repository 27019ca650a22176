"""What members, moderators and everybody see of moderation."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.discussions.models import Event, Thread
from community.discussions.services import add_comment, hide_comment
from community.members.actors import Actor
from community.members.models import User
from community.moderation import services
from community.moderation.models import Flag, ModerationAction
from models_app.repos.services import create_repo
from tests.community.moderation.conftest import signed_in
from tests.factories.members import MemberFactory


def text_of(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_from_a_flag_to_the_log(client: Client, comment: Event, bob: User, carol: User, staff: Actor) -> None:
    as_carol, as_staff = signed_in(carol), signed_in(staff.user)  # type: ignore[arg-type]
    assert "Insult" in text_of(as_carol, f"/discussions/comments/{comment.pk}/flag")
    as_carol.post(f"/discussions/comments/{comment.pk}/flag", {"reason": "abuse", "note": "Please look"})
    assert as_carol.get("/moderation").status_code == 403
    queue = text_of(as_staff, "/moderation")
    assert all(words in queue for words in ("Rude words", "Please look", "carol"))
    as_staff.post(f"/moderation/flags/{Flag.objects.get().pk}", {"agree": "1", "reason": "Be kind"})
    assert "Nothing waits" in text_of(as_staff, "/moderation")
    for visitor in (client, signed_in(bob), as_staff):
        log = text_of(visitor, "/moderation/log")
        assert "Be kind" in log
        assert "hid a comment" in log
        assert "Rude words" not in log
        assert "carol" not in log.replace("Account of carol", "")
        assert "Rude words" not in text_of(visitor, "/forum/garden/1")
    decision = text_of(signed_in(bob), f"/discussions/comments/{comment.pk}/why")
    assert "To appeal" in decision
    action = ModerationAction.objects.get()
    assert signed_in(bob).post(f"/moderation/log/{action.pk}/overrule").status_code == 403
    as_staff.post(f"/moderation/log/{action.pk}/overrule", {"reason": "Too strict"})
    assert "Rude words" in text_of(client, "/forum/garden/1")
    assert "overruled" in text_of(client, "/moderation/log")


def test_marks_and_splits_in_the_browser(topic: Thread, bob: User, carol: User, staff: Actor) -> None:
    as_staff = signed_in(staff.user)  # type: ignore[arg-type]
    later = add_comment(actor=Actor(user=carol), thread=topic, text="Roses")
    as_staff.post(f"/discussions/{topic.pk}/mark", {"verb": "lock", "reason": "Enough"})
    assert "is locked" in text_of(signed_in(bob), "/forum/garden/1")
    assert signed_in(carol).post(f"/discussions/{topic.pk}/mark", {"verb": "unlock"}).status_code == 403
    at = f"/discussions/comments/{later.pk}/split"
    assert signed_in(carol).get(at).status_code == 403
    assert as_staff.post(at, {"title": "x"}).status_code == 422
    assert as_staff.post(at, {"title": "Of roses"})["Location"] == "/forum/garden/2"
    assert "Roses" in text_of(as_staff, f"/discussions/comments/{later.pk}")


def test_decisions_about_private_repos_are_private(client: Client, bob: User, carol: User, staff: Actor) -> None:
    repo = create_repo(actor=Actor(user=bob), kind="model", namespace="bob", name="secret", private=True)
    services.report(actor=Actor(user=bob), kind="repo", key=repo.pk, reason="other", note="Mine")
    action = ModerationAction.objects.create(verb="uphold", kind="repo", key=repo.pk, reason="Private matter")
    for visitor in (client, signed_in(carol), signed_in(staff.user)):  # type: ignore[arg-type]
        assert "Private matter" not in text_of(visitor, "/moderation/log")
        assert visitor.get(f"/moderation/log/{action.pk}").status_code == 404
        assert visitor.get(f"/moderation/report/repo/{repo.pk}").status_code in {302, 404}
    assert "secret" not in text_of(signed_in(staff.user), "/moderation")  # type: ignore[arg-type]
    assert "Private matter" in text_of(signed_in(bob), "/moderation/log")


@pytest.mark.parametrize("count", [1, 9])
def test_fixed_numbers_of_queries(
    client: Client, topic: Thread, staff: Actor, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    members = [MemberFactory() for _ in range(count)]
    for member in members:
        said = add_comment(actor=Actor(user=member), thread=topic, text="x")
        services.flag_comment(actor=staff, comment=said, reason="spam")
        hide_comment(actor=staff, comment=add_comment(actor=Actor(user=member), thread=topic, text="y"))
    with django_assert_num_queries(3):  # decisions, which of what they are about is visible, what that is
        client.get("/moderation/log")
    as_staff = signed_in(staff.user)  # type: ignore[arg-type]
    with django_assert_num_queries(8):  # session, member, name spaces, flags, versions, subjects twice, unread ones
        as_staff.get("/moderation")


def test_the_log_as_a_feed(client: Client, comment: Event, staff: Actor) -> None:
    hide_comment(actor=staff, comment=comment, reason="Be <kind>")
    feed = text_of(client, "/feeds/moderation")
    assert "hid a comment · Garden" in feed
    assert "Be &amp;lt;kind&amp;gt;" in feed
    assert "Rude words" not in feed
