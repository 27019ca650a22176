"""What new accounts may not do yet, and when that ends."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from community.discussions import trust
from community.discussions.errors import TooFast, TooManyLinks, TooManyMentions
from community.discussions.models import CommentVersion, Event, Thread
from community.discussions.services import add_comment, edit_comment
from community.members.actors import Actor
from community.members.models import User

LINKS = "https://a.example https://b.example https://c.example"
NAMES = "@alice @carol @dave"


def age(user: User, days: int) -> Actor:
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=days))
    user.refresh_from_db()
    return Actor(user=user)


@pytest.mark.parametrize(("text", "error"), [(LINKS, TooManyLinks), (NAMES, TooManyMentions)])
def test_a_new_account(bob: User, thread: Thread, text: str, error: type[Exception]) -> None:
    actor = age(bob, 1)
    comment = add_comment(actor=actor, thread=thread, text="One https://a.example @alice")
    before = list(CommentVersion.objects.values())
    with pytest.raises(error, match="3 comments of yours stand; so far 2 do"):
        add_comment(actor=actor, thread=thread, text=text)
    with pytest.raises(error):
        edit_comment(actor=actor, comment=comment, text=text)
    assert list(CommentVersion.objects.values()) == before
    add_comment(
        actor=actor, thread=thread, text=f"{settings.PUBLIC_URL}/a {settings.PUBLIC_URL}/b {settings.PUBLIC_URL}/c"
    )


def test_deeds_and_days_both_count(bob: User, thread: Thread) -> None:
    actor = age(bob, 30)
    for _ in range(2):
        with pytest.raises(TooManyLinks):
            add_comment(actor=actor, thread=thread, text=LINKS)
        add_comment(actor=actor, thread=thread, text="A deed")
    add_comment(actor=actor, thread=thread, text=f"{LINKS} {NAMES}")
    Event.objects.filter(author=bob).update(hidden=True)
    assert not trust.standing_of(bob).trusted


def test_staff_is_trusted(alice: User) -> None:
    alice.is_staff = True
    assert trust.standing_of(alice).trusted


def test_nobody_writes_too_fast(bob: User, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "POSTS_AN_HOUR", {False: 2, True: 3})
    actor = age(bob, 1)
    add_comment(actor=actor, thread=thread, text="Two")
    with pytest.raises(TooFast, match="You wrote 2 comments within an hour"):
        add_comment(actor=actor, thread=thread, text="Three")
    assert Event.objects.count() == 2
    Event.objects.update(created_at=timezone.now() - timedelta(hours=2))
    add_comment(actor=actor, thread=thread, text="Three")
