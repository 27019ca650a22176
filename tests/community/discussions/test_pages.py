import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.discussions import pages
from community.discussions.models import Thread
from community.discussions.services import add_comment
from community.members.actors import Actor
from community.members.models import User
from tests.community.discussions.conftest import CLOSED_PLACE, begin


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_liveliest_first(client: Client, alice: User, bob: User, thread: Thread) -> None:
    begin(bob, bob, title="Newer")
    page = text_of(client, "/discussions")
    assert page.index("Newer") < page.index("A question")
    add_comment(actor=Actor(user=bob), thread=thread, text="More")
    page = text_of(client, "/discussions")
    assert page.index("A question") < page.index("Newer")
    assert f'href="/alice/discussions/{thread.number}"' in page


def test_of_one_member(client: Client, alice: User, bob: User, thread: Thread) -> None:
    begin(alice, bob, title="Of alice")
    page = text_of(client, "/discussions?author=ALICE")
    assert "Of alice" in page
    assert "A question" not in page
    assert "It is quiet here" in text_of(client, "/discussions?author=nobody%00")


def test_what_others_may_not_see(client: Client, alice: User, bob: User) -> None:
    begin(alice, alice, kind=CLOSED_PLACE, title="Hidden words")
    for user, seen in ((None, False), (bob, False), (alice, True)):
        visitor = Client()
        if user is not None:
            visitor.force_login(user)
        for address in ("/discussions", "/discussions?author=alice"):
            assert ("Hidden words" in text_of(visitor, address)) is seen


def test_page_by_page(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    for number in range(3):
        begin(alice, alice, title=f"Thread {number}")
    page = text_of(client, "/discussions")
    assert "Thread 0" not in page
    cursor = page.partition("cursor=")[2].partition('"')[0]
    assert "Thread 0" in text_of(client, f"/discussions?cursor={cursor}")
    assert client.get("/discussions?cursor=odd").status_code == 400


@pytest.mark.parametrize("count", [1, 12])
def test_a_fixed_number_of_queries(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count):
        begin(alice, alice, title=f"Thread {number}")
    with django_assert_num_queries(2):  # the threads, what they are about
        client.get("/discussions")
