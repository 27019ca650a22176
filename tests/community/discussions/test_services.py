"""Write in threads; every refusal leaves everything as it was."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from community.discussions import hooks, services
from community.discussions.errors import (
    CommentHidden,
    NotYours,
    StatusRefused,
    TextInvalid,
    ThreadNotFound,
    TitleInvalid,
    WritingForbidden,
)
from community.discussions.hooks import Happening
from community.discussions.models import Board, CommentVersion, Event, EventKind, Thread, ThreadStatus
from community.discussions.queries import history_of
from community.discussions.rules import MAX_TEXT
from community.members.actors import ANONYMOUS, Actor, Capability
from community.members.models import User
from hub.core.errors import DomainError
from tests.community.discussions.conftest import CLOSED_PLACE, OPEN_PLACE, begin
from tests.factories.members import AccessTokenFactory


def state() -> list[Any]:
    tables = (Board, Thread, Event, CommentVersion)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.fixture
def happenings(monkeypatch: pytest.MonkeyPatch) -> list[Happening]:
    seen: list[Happening] = []
    monkeypatch.setattr(hooks, "_handlers", [])
    hooks.register(seen.append)
    return seen


def first_comment(thread: Thread) -> Event:
    return thread.events.get(kind=EventKind.COMMENT)


def test_numbers_run_per_subject(alice: User, bob: User) -> None:
    assert [begin(bob, alice).number, begin(alice, alice).number, begin(bob, bob).number] == [1, 2, 1]
    assert begin(alice, alice, kind=CLOSED_PLACE).number == 1


def test_opening(alice: User, bob: User, happenings: list[Happening]) -> None:
    thread = begin(bob, alice, title="  Two\n words ", text=" Why? ")
    assert (thread.title, thread.status, thread.author) == ("Two words", "open", bob)
    [event] = history_of(thread)
    assert [version.text for version in event.versions.all()] == ["Why?"]
    assert happenings == [Happening("opened", thread, event, bob)]


def test_opening_without_a_text(alice: User, bob: User, happenings: list[Happening]) -> None:
    thread = begin(bob, alice, text=" ")
    assert history_of(thread) == []
    assert happenings == [Happening("opened", thread, None, bob)]


@pytest.mark.parametrize("title", ["", "ab", "  a  ", "x" * 201, "a\0b", "a\x1bc", "lone \ud800"])
def test_no_title(alice: User, title: str) -> None:
    with pytest.raises(TitleInvalid):
        begin(alice, alice, title=title)
    assert Thread.objects.count() == 0


def test_what_others_may_not_see_is_not_there(alice: User, bob: User) -> None:
    hidden = begin(alice, alice, kind=CLOSED_PLACE)
    comment, before = first_comment(hidden), state()
    actor = Actor(user=bob)
    for call in (
        lambda: begin(bob, alice, kind=CLOSED_PLACE),
        lambda: services.add_comment(actor=actor, thread=hidden, text="hi"),
        lambda: services.edit_comment(actor=actor, comment=comment, text="hi"),
        lambda: services.hide_comment(actor=actor, comment=comment),
        lambda: services.rename(actor=actor, thread=hidden, title="hello"),
        lambda: services.set_status(actor=actor, thread=hidden, status="closed"),
    ):
        with pytest.raises(ThreadNotFound):
            call()
    assert state() == before


def test_who_may_not_write(alice: User, bob: User, thread: Thread) -> None:
    comment, before = first_comment(thread), state()
    read = AccessTokenFactory(user=bob, kind="read")
    narrow = AccessTokenFactory(user=bob, kind="fineGrained", scopes={"global": ["evaluation.work"], "scoped": []})
    machine = Actor(capability=Capability("repo:1", "write"))
    for actor in (ANONYMOUS, Actor(user=bob, token=read), Actor(user=bob, token=narrow), machine):
        for call in (
            lambda actor=actor: services.open_thread(actor=actor, kind=OPEN_PLACE, key=1, title="abc", text=""),
            lambda actor=actor: services.add_comment(actor=actor, thread=thread, text="hi"),
            lambda actor=actor: services.edit_comment(actor=actor, comment=comment, text="hi"),
            lambda actor=actor: services.hide_comment(actor=actor, comment=comment),
            lambda actor=actor: services.rename(actor=actor, thread=thread, title="hello"),
            lambda actor=actor: services.set_status(actor=actor, thread=thread, status="closed"),
        ):
            with pytest.raises(WritingForbidden):
                call()
    assert state() == before


def test_a_token_for_discussions_alone(bob: User, thread: Thread) -> None:
    token = AccessTokenFactory(user=bob, kind="fineGrained", scopes={"global": ["discussion.write"], "scoped": []})
    services.add_comment(actor=Actor(user=bob, token=token), thread=thread, text="More")
    assert thread.events.count() == 2


@pytest.mark.parametrize("text", ["", "  \n", "x" * (MAX_TEXT + 1)])
def test_no_comment(bob: User, thread: Thread, text: str) -> None:
    before = state()
    with pytest.raises(TextInvalid):
        services.add_comment(actor=Actor(user=bob), thread=thread, text=text)
    with pytest.raises(TextInvalid):
        services.edit_comment(actor=Actor(user=bob), comment=first_comment(thread), text=text)
    assert state() == before


def test_text_that_no_database_takes(bob: User, thread: Thread) -> None:
    event = services.add_comment(actor=Actor(user=bob), thread=thread, text="a\0b\ud800")
    assert event.versions.get().text == "a�b�"


def test_editing_keeps_every_version(bob: User, thread: Thread, happenings: list[Happening]) -> None:
    comment = services.edit_comment(actor=Actor(user=bob), comment=first_comment(thread), text="Why so?")
    assert [version.text for version in comment.versions.all()] == ["Why?", "Why so?"]
    assert happenings == [Happening("edited", thread, comment, bob)]


def test_only_its_author_edits(alice: User, carol: User, thread: Thread) -> None:
    before = state()
    for user in (alice, carol):  # Alice moderates here
        with pytest.raises(NotYours):
            services.edit_comment(actor=Actor(user=user), comment=first_comment(thread), text="I was wrong")
    assert state() == before


def test_its_author_takes_the_words_back(bob: User, thread: Thread, happenings: list[Happening]) -> None:
    comment = services.hide_comment(actor=Actor(user=bob), comment=first_comment(thread))
    assert (comment.hidden, comment.versions.count()) == (True, 0)
    services.hide_comment(actor=Actor(user=bob), comment=comment)  # again is no error
    assert happenings == [Happening("hidden", thread, comment, bob)]
    with pytest.raises(CommentHidden):
        services.edit_comment(actor=Actor(user=bob), comment=comment, text="Back again")


def test_a_moderator_hides_and_forgets_nothing(
    alice: User, bob: User, thread: Thread, happenings: list[Happening]
) -> None:
    comment = services.hide_comment(actor=Actor(user=alice), comment=first_comment(thread), reason="Rude")
    assert (comment.hidden, comment.versions.count(), comment.versions_of()) == (True, 1, [])
    assert happenings == [Happening("hidden", thread, comment, alice, "Rude")]
    assert [list(event.versions.all()) for event in history_of(thread)] == [[]]
    with pytest.raises(CommentHidden):
        services.edit_comment(actor=Actor(user=bob), comment=comment, text="Back again")
    services.hide_comment(actor=Actor(user=bob), comment=comment)
    assert comment.versions.count() == 0


def test_strangers_hide_and_change_nothing(carol: User, thread: Thread) -> None:
    before = state()
    actor = Actor(user=carol)
    for call in (
        lambda: services.hide_comment(actor=actor, comment=first_comment(thread)),
        lambda: services.rename(actor=actor, thread=thread, title="Nonsense"),
        lambda: services.set_status(actor=actor, thread=thread, status="closed"),
    ):
        with pytest.raises(NotYours):
            call()
    assert state() == before


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_renaming(alice: User, bob: User, thread: Thread, who: str) -> None:
    event = services.rename(actor=Actor(user={"alice": alice, "bob": bob}[who]), thread=thread, title="An answer")
    assert (event.kind, event.data) == ("title-change", {"from": "A question", "to": "An answer"})
    assert Thread.objects.get().title == thread.title == "An answer"


def test_closing_with_a_word_and_opening_again(alice: User, bob: User, thread: Thread) -> None:
    services.set_status(actor=Actor(user=alice), thread=thread, status="closed", text="Done.")
    services.set_status(actor=Actor(user=bob), thread=thread, status="open")
    kinds = [(event.kind, event.data.get("status")) for event in history_of(thread)]
    assert kinds == [("comment", None), ("comment", None), ("status-change", "closed"), ("status-change", "open")]
    assert Thread.objects.get().status == thread.status == "open"


@pytest.mark.parametrize(
    ("status", "wanted"),
    [("open", "open"), ("closed", "closed"), ("open", "merged"), ("open", "draft"), ("merged", "open"), ("open", "x")],
)
def test_impossible_changes_of_status(bob: User, thread: Thread, status: str, wanted: str) -> None:
    Thread.objects.update(status=status)
    before = state()
    with pytest.raises(StatusRefused):
        services.set_status(actor=Actor(user=bob), thread=thread, status=wanted, text="said")
    assert state() == before


def test_merging_ends_a_thread(alice: User, bob: User, thread: Thread) -> None:
    services.mark_merged(actor=Actor(user=alice), thread=thread, text="Thanks!")
    assert Thread.objects.get().status == ThreadStatus.MERGED
    with pytest.raises(StatusRefused):
        services.mark_merged(actor=Actor(user=alice), thread=thread)
    services.add_comment(actor=Actor(user=bob), thread=thread, text="You are welcome.")  # talking goes on


def test_a_failing_handler_undoes_it_all(bob: User, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(DomainError):
        pass

    def broken(_happening: Happening) -> None:
        raise Broken("no")

    before = state()
    monkeypatch.setattr(hooks, "_handlers", [broken])
    for call in (
        lambda: services.add_comment(actor=Actor(user=bob), thread=thread, text="hi"),
        lambda: services.set_status(actor=Actor(user=bob), thread=thread, status="closed", text="hi"),
        lambda: begin(bob, bob),
    ):
        with pytest.raises(Broken):
            call()
    assert state() == before


def test_the_database_refuses_nonsense(alice: User, thread: Thread) -> None:
    for change in (
        lambda: Thread.objects.create(board=thread.board, number=1, title="Twice"),
        lambda: Thread.objects.create(board=thread.board, number=9, title=""),
        lambda: Thread.objects.update(status="odd"),
        lambda: Event.objects.update(kind="odd"),
        lambda: Event.objects.create(thread=thread, kind=EventKind.TITLE, hidden=True),
        lambda: Board.objects.create(kind=thread.board.kind, key=thread.board.key),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_authors_who_leave(bob: User, thread: Thread) -> None:
    Thread.objects.update(author=None)
    Event.objects.update(author=None)
    [event] = history_of(Thread.objects.get())
    assert event.author is None


def test_forgetting_a_subject(alice: User, bob: User, thread: Thread) -> None:
    other = begin(bob, bob)
    services.delete_board(kind=OPEN_PLACE, key=thread.board.key)
    assert list(Thread.objects.all()) == [other]
    assert Event.objects.count() == CommentVersion.objects.count() == 1
