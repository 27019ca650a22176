"""Who is told of what, in the inbox and by mail, and who is not."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from community.discussions.models import Thread
from community.discussions.services import add_comment, edit_comment, hide_comment, open_thread, set_status
from community.forum.models import Category
from community.governance.audit import append, newest_hash
from community.members.actors import Actor
from community.members.models import User
from community.notifications import mailing, services
from community.notifications.models import MailPreference, Notification, Subscription
from models_app.repos.access import ask_access, set_gate
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.factories.checkpoints import RepoFactory
from tests.factories.members import MemberFactory, MembershipFactory, OrganizationFactory


@pytest.fixture
def room(db: None) -> Category:
    return Category.objects.create(slug="garden", name="Garden")


@pytest.fixture
def topic(room: Category, bob: User) -> Thread:
    return open_thread(actor=Actor(user=bob), kind="forum", key=room.pk, title="Which soil?", text="Dry?")


@pytest.fixture
def secret(alice: User) -> Repo:
    return create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="secret", private=True)


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("topic", flat=True))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def confirm(user: User) -> None:
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def test_who_takes_part_and_who_is_mentioned(alice: User, bob: User, carol: User, topic: Thread) -> None:
    said = add_comment(actor=Actor(user=alice), thread=topic, text="Wet, says @carol and @bob. `@dave`")
    assert (told(alice), told(bob), told(carol)) == ([], ["mentioned"], ["mentioned"])
    add_comment(actor=Actor(user=bob), thread=topic, text="> @carol\n\nThanks")
    assert (told(alice), told(bob), told(carol)) == (["answered"], ["mentioned"], ["mentioned"])
    edit_comment(actor=Actor(user=alice), comment=said, text="Wet, says @carol")
    assert told(carol) == ["mentioned"]  # once for one comment
    set_status(actor=Actor(user=bob), thread=topic, status="closed")
    assert told(alice) == ["answered", "status"]


def test_muting_and_watching(alice: User, bob: User, carol: User, topic: Thread) -> None:
    signed_in(bob).post(f"/discussions/{topic.pk}/follow", {"level": "muted"})
    signed_in(carol).post(f"/discussions/{topic.pk}/follow", {"level": "watching"})
    add_comment(actor=Actor(user=alice), thread=topic, text="@bob?")
    assert (told(bob), told(carol)) == ([], ["answered"])
    before = list(Subscription.objects.values())
    assert signed_in(carol).post(f"/discussions/{topic.pk}/follow", {"level": "loud"}).status_code == 400
    assert Client().post(f"/discussions/{topic.pk}/follow", {"level": "muted"}).status_code == 302
    assert list(Subscription.objects.values()) == before
    signed_in(carol).post(f"/discussions/{topic.pk}/follow", {"level": ""})
    add_comment(actor=Actor(user=alice), thread=topic, text="Anybody?")
    assert told(carol) == ["answered"]


def test_keepers_hear_of_threads_and_requests(alice: User, bob: User) -> None:
    repo = create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="tiny", private=False)
    open_thread(actor=Actor(user=bob), kind="repo", key=repo.pk, title="Which data?", text="Tell")
    set_gate(actor=Actor(user=alice), repo=repo, gate="manual")
    for _ in range(2):
        ask_access(actor=Actor(user=bob), repo=repo, answers={})
    assert (told(alice), told(bob)) == (["opened", "access-asked"], [])
    page = signed_in(alice).get("/notifications").content.decode()
    assert "bob began Which data?" in page
    assert "bob asks for the files of alice/tiny" in page
    row = Notification.objects.get(topic="access-asked")
    assert signed_in(alice).post(f"/notifications/{row.pk}")["Location"] == "/alice/tiny/settings/access"


def test_authors_hear_of_decisions(alice: User, bob: User, topic: Thread) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    alice.refresh_from_db()
    hide_comment(actor=Actor(user=alice), comment=topic.events.get(), reason="Rude")
    [row] = Notification.objects.filter(recipient=bob)
    assert re.fullmatch(r"/moderation/log/\d+", signed_in(bob).post(f"/notifications/{row.pk}")["Location"])


def test_the_inbox(alice: User, bob: User, carol: User, topic: Thread) -> None:
    for number in range(2):
        add_comment(actor=Actor(user=alice), thread=topic, text=f"Answer {number}")
    as_bob = signed_in(bob)
    assert "Notifications: 2 unread" in as_bob.get("/forum").content.decode()
    row = Notification.objects.filter(recipient=bob).latest("pk")
    assert signed_in(carol).post(f"/notifications/{row.pk}").status_code == 404
    assert as_bob.post(f"/notifications/{row.pk}")["Location"] == f"/discussions/comments/{row.comment_id}"
    assert not Notification.objects.filter(read_at=None).exists()  # the thread has been seen
    assert "unread" not in as_bob.get("/forum").content.decode()
    assert "alice wrote in Which soil?" not in as_bob.get("/notifications?unread=1").content.decode()
    add_comment(actor=Actor(user=alice), thread=topic, text="More")
    as_bob.post("/notifications/read")
    assert not Notification.objects.filter(read_at=None).exists()
    assert Client().get("/notifications").status_code == 302


def test_nothing_of_a_private_repo_leaks(alice: User, bob: User, secret: Repo) -> None:
    thread = open_thread(actor=Actor(user=alice), kind="repo", key=secret.pk, title="Hidden words", text="@bob look")
    assert told(bob) == []
    Repo.objects.filter(pk=secret.pk).update(private=False)
    add_comment(actor=Actor(user=alice), thread=thread, text="@bob now you may")
    assert "Hidden words" in signed_in(bob).get("/notifications").content.decode()
    Repo.objects.filter(pk=secret.pk).update(private=True)
    page = signed_in(bob).get("/notifications").content.decode()
    assert "Hidden words" not in page
    assert "secret" not in page
    assert signed_in(bob).post(f"/notifications/{Notification.objects.get().pk}").status_code == 404
    confirm(bob)
    mailing.send_due()
    assert mail.outbox == []
    assert Notification.objects.get().mailed_at is not None


def test_mail_carries_the_newest_hash_of_the_log(alice: User, bob: User, topic: Thread) -> None:
    confirm(bob)
    head = append(verb="test", actor=None, proposal=None).hash
    newest_hash.forget()
    add_comment(actor=Actor(user=alice), thread=topic, text="Answer")
    mailing.send_due()
    [message] = mail.outbox
    assert message.body.endswith(f"Newest hash of the hub’s audit log: {head}")


def test_a_digest_once_a_day(alice: User, bob: User, topic: Thread) -> None:
    confirm(bob)
    for number in range(2):
        add_comment(actor=Actor(user=alice), thread=topic, text=f"Answer {number}")
    mailing.send_due()
    [message] = mail.outbox
    assert (message.to, message.subject) == (["bob@example.org"], "2 notifications")
    assert "alice wrote in Which soil?\nGarden\nhttp" in message.body
    add_comment(actor=Actor(user=alice), thread=topic, text="Later")
    mailing.send_due()
    assert len(mail.outbox) == 1
    MailPreference.objects.update(sent_at=timezone.now() - timedelta(days=1))
    mailing.send_due()
    assert [sent.subject for sent in mail.outbox[1:]] == ["alice wrote in Which soil?"]
    mailing.send_due()
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    ("choice", "confirmed", "sent"), [("immediate", True, 2), ("immediate", False, 0), ("never", True, 0)]
)
def test_other_ways_of_mail(
    alice: User,
    bob: User,
    topic: Thread,
    choice: str,
    confirmed: bool,  # noqa: FBT001 (pytest's own parameters)
    sent: int,
) -> None:
    if confirmed:
        confirm(bob)
    assert signed_in(bob).post("/settings/notifications", {"mail": choice}).status_code == 302
    for number in range(2):
        add_comment(actor=Actor(user=alice), thread=topic, text=f"Answer {number}")
        mailing.send_due()
    assert len(mail.outbox) == sent


def test_mail_that_cannot_be_sent_is_tried_again(
    alice: User, bob: User, topic: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(bob)
    add_comment(actor=Actor(user=alice), thread=topic, text="Answer")

    def refuse(*_arguments: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuse)
        mailing.send_due()
    assert Notification.objects.get().mailed_at is None
    mailing.send_due()
    assert len(mail.outbox) == 1


def test_leaving_by_the_link_in_a_mail(alice: User, bob: User, topic: Thread) -> None:
    services.choose_mail(member=bob, mail="immediate")  # type: ignore[arg-type]  # the value of the choice
    address = mailing.unsubscribe_address(bob).partition("/notifications")[2]
    client = Client(enforce_csrf_checks=True)
    assert client.get(f"/notifications{address}").status_code == 200
    assert MailPreference.objects.get().mail == "immediate"
    assert client.post("/notifications/unsubscribe/nonsense").status_code == 404
    assert client.post(f"/notifications{address}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert MailPreference.objects.get().mail == "never"


@pytest.mark.parametrize("count", [1, 12])
def test_of_something_private_its_readers_hear(
    alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    lab = OrganizationFactory(name="lab", admin=alice)
    repo = RepoFactory(namespace=lab.namespace, creator=alice, private=True)
    mates = MemberFactory.create_batch(count)
    for mate in mates:
        MembershipFactory(organization=lab, user=mate, role="read")
    with django_assert_num_queries(3):  # whether everybody sees it, who does, their rows
        services.notify(topic="opened", recipients=[bob, alice, *mates], kind="repo", key=repo.pk, actor=alice)
    assert set(Notification.objects.values_list("recipient", flat=True)) == {mate.pk for mate in mates}


@pytest.mark.parametrize("count", [1, 12])
def test_fixed_numbers_of_queries(
    alice: User, bob: User, topic: Thread, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count):
        add_comment(actor=Actor(user=alice), thread=topic, text=f"Answer {number}")
    as_bob = signed_in(bob)
    with django_assert_num_queries(
        7
    ):  # session, member, notifications, what is visible, what it is, offices, unread ones
        as_bob.get("/notifications")
    add = Actor(user=alice)
    # However many were told before: her standing and pace, the lock, the event, its text, who follows, the rows …
    with django_assert_num_queries(15):
        add_comment(actor=add, thread=topic, text="Counted")
