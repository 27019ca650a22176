"""Flags, decisions and their ends; every refusal leaves everything as it was."""

from typing import Any

import pytest

from community.discussions.errors import WritingForbidden
from community.discussions.models import CommentVersion, Event, Thread
from community.discussions.services import add_comment, hide_comment
from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from community.moderation import services
from community.moderation.errors import FlagRefused, NotModerator, SplitRefused, SubjectNotFound
from community.moderation.models import Flag, ModerationAction
from hub.core.errors import DomainError, Invalid


def state() -> list[Any]:
    tables = (Thread, Event, CommentVersion, Flag, ModerationAction)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def is_hidden(comment: Event) -> bool:
    comment.refresh_from_db()
    return comment.hidden


def test_the_third_trusted_flag_hides(comment: Event, trusted: list[Actor], carol: User) -> None:
    for actor in (trusted[0], trusted[1], Actor(user=carol), trusted[0]):
        services.flag_comment(actor=actor, comment=comment, reason="abuse", note="Look")
    assert not is_hidden(comment)
    assert list(Flag.objects.values_list("weighty", flat=True)) == [True, True, False]
    services.flag_comment(actor=trusted[2], comment=comment, reason="spam")
    assert is_hidden(comment)
    decision = ModerationAction.objects.get()
    assert (decision.verb, decision.automatic, decision.moderator, decision.reason) == (
        "hide-comment", True, None, "Spam or advertising"
    )  # fmt: skip
    assert Flag.objects.filter(decision=None).count() == 4  # a moderator has yet to look


def test_dismissing_shows_again_what_flags_hid(comment: Event, trusted: list[Actor], staff: Actor) -> None:
    for actor in trusted:
        services.flag_comment(actor=actor, comment=comment, reason="abuse")
    services.settle(actor=staff, flag=Flag.objects.earliest("pk"), agree=False, reason="Fair")
    assert not is_hidden(comment)
    assert list(ModerationAction.objects.values_list("verb", flat=True)) == ["dismiss", "show-comment", "hide-comment"]
    assert not Flag.objects.filter(decision=None).exists()


def test_agreeing_hides_and_is_overruled_once(comment: Event, staff: Actor, carol: User) -> None:
    services.flag_comment(actor=Actor(user=carol), comment=comment, reason="abuse")
    action = services.settle(actor=staff, flag=Flag.objects.get(), agree=True, reason="Rude")
    assert is_hidden(comment)
    assert comment.versions.count() == 1
    answer = services.overrule(action=action, actor=None, reason="Vote 7")
    assert not is_hidden(comment)
    assert (answer.verb, answer.moderator, answer.overrules) == ("show-comment", None, action)
    before = state()
    assert services.overrule(action=action, actor=staff) == answer
    assert state() == before
    services.overrule(action=answer, actor=staff)
    assert is_hidden(comment)


def test_what_its_author_took_back_stays_gone(comment: Event, bob: User, staff: Actor) -> None:
    hide_comment(actor=staff, comment=comment, reason="Rude")
    [action] = ModerationAction.objects.all()
    assert (action.verb, action.moderator, action.reason) == ("hide-comment", staff.user, "Rude")
    hide_comment(actor=Actor(user=bob), comment=comment)
    services.overrule(action=action, actor=None)
    assert is_hidden(comment)


def test_reports_of_subjects(topic: Thread, staff: Actor, carol: User) -> None:
    key = topic.board.key
    flag = services.report(actor=Actor(user=carol), kind="forum", key=key, reason="rights", note="Mine")
    assert services.report(actor=Actor(user=carol), kind="forum", key=key, reason="spam") == flag
    action = services.settle(actor=staff, flag=flag, agree=False, reason="No")
    flag.refresh_from_db()
    assert (action.verb, flag.decision) == ("dismiss", action)
    again = services.report(actor=Actor(user=carol), kind="forum", key=key, reason="spam")
    services.overrule(action=action, actor=staff)  # the first stays answered: its member has a new one
    assert list(Flag.objects.filter(decision=None)) == [again]


@pytest.mark.parametrize(
    ("verb", "mark", "back"),
    [("pin", "pinned", "unpin"), ("lock", "locked", "unlock"), ("hide-thread", "hidden", "show-thread")],
)
def test_marks_of_threads(topic: Thread, staff: Actor, verb: str, mark: str, back: str) -> None:
    action = services.mark_thread(actor=staff, thread=topic, verb=verb, reason=" Because\nso ")
    topic.refresh_from_db()
    assert getattr(topic, mark) is True
    assert action.reason == "Because so"
    assert services.overrule(action=action, actor=None).verb == back
    topic.refresh_from_db()
    assert getattr(topic, mark) is False


@pytest.mark.parametrize("rest", [False, True])
def test_a_split_and_its_end(topic: Thread, staff: Actor, carol: User, rest: bool) -> None:  # noqa: FBT001 (pytest's own parameters)
    moved, later = [add_comment(actor=Actor(user=carol), thread=topic, text=f"Roses {n}") for n in range(2)]
    made = services.split(actor=staff, comment=moved, title="Roses", rest=rest, reason="Another matter")
    assert (made.number, made.title, made.author) == (2, "Roses", carol)
    assert list(made.events.all()) == ([moved, later] if rest else [moved])
    services.overrule(action=ModerationAction.objects.get(), actor=None)
    assert list(topic.events.values_list("pk", flat=True))[1:] == [moved.pk, later.pk]
    made.refresh_from_db()
    assert made.hidden


def test_refusals(topic: Thread, comment: Event, bob: User, carol: User, staff: Actor) -> None:
    action = services.mark_thread(actor=staff, thread=topic, verb="pin")
    flag = services.flag_comment(actor=Actor(user=carol), comment=comment, reason="abuse")
    stranger, before = Actor(user=carol), state()
    calls: list[tuple[type[DomainError], Any]] = [
        (WritingForbidden, lambda: services.flag_comment(actor=ANONYMOUS, comment=comment, reason="spam")),
        (FlagRefused, lambda: services.flag_comment(actor=Actor(user=bob), comment=comment, reason="spam")),
        (Invalid, lambda: services.flag_comment(actor=staff, comment=comment, reason="dislike")),
        (SubjectNotFound, lambda: services.report(actor=stranger, kind="forum", key=0, reason="spam")),
        (SubjectNotFound, lambda: services.report(actor=stranger, kind="nothing", key=1, reason="spam")),
        (NotModerator, lambda: services.mark_thread(actor=stranger, thread=topic, verb="lock")),
        (Invalid, lambda: services.mark_thread(actor=staff, thread=topic, verb="burn")),
        (NotModerator, lambda: services.split(actor=stranger, comment=comment, title="Title", rest=True)),
        (SplitRefused, lambda: services.split(actor=staff, comment=comment, title="Title", rest=True)),
        (NotModerator, lambda: services.settle(actor=stranger, flag=flag, agree=True, reason="")),
        (NotModerator, lambda: services.overrule(action=action, actor=stranger)),
    ]
    for error, call in calls:
        with pytest.raises(error):
            call()
        assert state() == before
