"""Pages that votes publish."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from community.governance.actions import action_of
from community.governance.models import PublishedPage
from community.members.models import User
from community.published import footer
from tests.enacting import enact_twice, passed, refused

CODE = {"slug": "code-of-conduct", "title": "Be kind", "body": "# One\n\nBe **kind** <script>alert(1)</script>."}


def test_a_page_by_vote_and_its_next_version(
    alice: User, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    assert client.get("/pages/code-of-conduct").status_code == 404
    assert "Be kind" not in client.get("/models").content.decode()
    first, second = passed(alice, "charter"), passed(alice, "charter")
    with django_capture_on_commit_callbacks(execute=True):
        enact_twice("page.publish", CODE, first, PublishedPage)
    page = client.get("/pages/code-of-conduct").content.decode()
    assert "Be <strong>kind</strong>" in page
    assert "<script>alert" not in page
    assert f'<a href="/governance/{first.pk}">' in page
    assert '<a href="/pages/code-of-conduct">Be kind</a>' in client.get("/models").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        enact_twice("page.publish", CODE | {"title": "Be kinder"}, second, PublishedPage)
    page = client.get("/pages/code-of-conduct").content.decode()
    assert "<h1>Be kinder</h1>" in page
    assert f'<a href="/governance/{second.pk}">' in page
    old = client.get(f"/pages/code-of-conduct?version={PublishedPage.objects.earliest('pk').pk}").content.decode()
    assert "<h1>Be kind</h1>" in old
    assert "no longer in force" in old
    assert ">Be kinder</a>" in client.get("/pages").content.decode()
    told = client.get("/api/pages/code-of-conduct").json()
    assert [(row["title"], row["vote"]) for row in told] == [("Be kinder", second.pk), ("Be kind", first.pk)]
    assert [row["body"] for row in client.get("/api/pages").json()] == [CODE["body"]]
    assert client.get("/api/pages/nothing").status_code == 404
    for version in ("0", "x", "9" * 40):
        assert client.get("/pages/code-of-conduct", {"version": version}).status_code == 404


def test_what_changes_is_shown_as_it_is_and_as_it_would_be(alice: User):
    action = action_of("page.publish")
    assert [(change.before, change.after) for change in action.changes(CODE)] == [
        ("", "Be kind"),
        ("", CODE["body"]),
    ]
    before = action.found(CODE)
    action.apply(CODE, proposal=passed(alice))
    other = CODE | {"body": "Two"}
    assert [(change.what, change.before, change.after, change.url) for change in action.changes(other)] == [
        ("Text", CODE["body"], "Two", "/pages/code-of-conduct")
    ]
    assert action.found(other) != before  # a vote on the first text does not replace the second


@pytest.mark.parametrize(
    "params",
    [
        CODE | {"slug": "Code"},
        CODE | {"slug": "a--b"},
        CODE | {"slug": "../models"},
        CODE | {"slug": "a" * 61},
        CODE | {"title": "a\nb"},
        CODE | {"body": "x" * 50_001},
        CODE | {"body": ["x"]},
        CODE | {"proposal": 1},
        {},
    ],
)
def test_what_no_vote_can_publish(alice: User, params: Any):
    refused("page.publish", params, passed(alice), PublishedPage)


@pytest.mark.parametrize("count", [1, 6])
def test_fixed_numbers_of_queries(
    alice: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
):
    proposal = passed(alice)
    for number in range(count):
        PublishedPage.objects.create(slug="rules", title=f"Rules {number}", body="Text", proposal=proposal)
        PublishedPage.objects.create(slug=f"page-{number}", title="Page", body="Text", proposal=proposal)
    for path in ("/pages", "/pages/rules"):
        with django_assert_num_queries(1):
            client.get(path)
    footer.code_of_conduct.forget()
    with django_assert_num_queries(2):  # whether there is a code of conduct
        client.get("/pages")
    with django_assert_num_queries(1):
        client.get("/pages")


def test_the_footer_needs_no_valkey_and_is_looked_up_now_and_then(
    alice: User, client: Client, monkeypatch: pytest.MonkeyPatch
):
    PublishedPage.objects.create(slug="code-of-conduct", title="Be kind", body="Text", proposal=passed(alice))
    monkeypatch.setattr(cache, "get", lambda *_: pytest.fail("asked Valkey"))
    assert "Be kind" not in client.get("/licences").content.decode()
    monkeypatch.setattr(footer.code_of_conduct, "seconds", 0)
    assert "Be kind" in client.get("/licences").content.decode()
