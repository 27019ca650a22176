import pytest
from pytest_django import DjangoAssertNumQueries

from community.discussions import queries, services
from community.discussions.errors import CommentNotFound, ThreadNotFound
from community.discussions.models import EventKind, Thread
from community.members.actors import ANONYMOUS, Actor
from community.members.models import User
from tests.community.discussions.conftest import CLOSED_PLACE, OPEN_PLACE, begin


def test_who_sees_what(alice: User, bob: User, thread: Thread) -> None:
    hidden = begin(alice, alice, kind=CLOSED_PLACE)
    assert set(queries.visible_threads(Actor(user=alice))) == {thread, hidden}
    assert set(queries.visible_threads(Actor(user=bob))) == {thread}
    assert set(queries.visible_threads(ANONYMOUS)) == {thread}
    assert queries.count_open(CLOSED_PLACE, hidden.board.key) == 1
    assert list(queries.threads_about(Actor(user=bob), CLOSED_PLACE, hidden.board.key)) == []


def test_missing_and_hidden_are_the_same(alice: User, bob: User) -> None:
    hidden = begin(alice, alice, kind=CLOSED_PLACE)
    key = hidden.board.key
    assert queries.get_thread(Actor(user=alice), CLOSED_PLACE, key, 1) == hidden
    for actor, number in ((Actor(user=bob), 1), (Actor(user=alice), 2)):
        with pytest.raises(ThreadNotFound):
            queries.get_thread(actor, CLOSED_PLACE, key, number)


def test_a_comment_of_another_thread(alice: User, bob: User, thread: Thread) -> None:
    other = begin(bob, bob)
    renamed = services.rename(actor=Actor(user=bob), thread=thread, title="No comment")
    for event in (other.events.get(), renamed):
        with pytest.raises(CommentNotFound):
            queries.get_comment(thread, event.pk)


def test_rights(alice: User, bob: User, carol: User, thread: Thread) -> None:
    services.add_comment(actor=Actor(user=carol), thread=thread, text="Because.")
    services.hide_comment(
        actor=Actor(user=carol), comment=services.add_comment(actor=Actor(user=carol), thread=thread, text="Oh")
    )
    history = queries.history_of(thread)
    first, second, _hidden = (event.pk for event in history)
    for actor, expected in (
        (ANONYMOUS, queries.Rights()),
        (Actor(user=alice), queries.Rights(comment=True, change=True, moderate=True, hideable={first, second})),
        (Actor(user=bob), queries.Rights(comment=True, change=True, editable={first}, hideable={first})),
        (Actor(user=carol), queries.Rights(comment=True, editable={second}, hideable={second})),
    ):
        assert queries.rights_in(actor, thread, history) == expected


@pytest.mark.parametrize("count", [1, 12])
def test_fixed_numbers_of_queries(
    alice: User, bob: User, thread: Thread, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count):
        services.add_comment(actor=Actor(user=bob), thread=thread, text=f"Comment {number}")
        begin(alice, alice, title=f"Thread {number}")
    with django_assert_num_queries(1):
        threads = list(queries.threads_about(ANONYMOUS, OPEN_PLACE, thread.board.key))
        assert [found.author.username for found in threads if found.author] == ["alice"] * count + ["bob"]
    assert [found.comment_count for found in threads] == [1] * count + [count + 1]
    with django_assert_num_queries(2):
        history = queries.history_of(thread)
        assert all(event.author for event in history if event.kind == EventKind.COMMENT)
        assert next(event.versions.all()[0].text for event in history) == "Why?"
