"""The newest hash of the log stands in every page's footer, so that many people may have noted it."""

import re
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from community.governance.audit import append, head_hash, newest_hash

pytestmark = pytest.mark.django_db


def write() -> str:
    """Another line of the log; gives its hash."""
    return append(verb="test", actor=None, proposal=None, payload={"at": datetime.now(UTC).isoformat()}).hash


def shown(page: str = "/licences") -> str:
    """What the footer of `page` says; "" for a log without lines."""
    found = re.search(r'href="/governance/audit"[^>]*>Audit log(?: <code>(\w+)</code>)?</a>', foot(page))
    assert found is not None
    return found[1] or ""


def foot(page: str) -> str:
    return Client().get(page).content.decode().partition("<footer")[2]


def test_it_follows_the_log(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    assert shown() == ""
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            newest = write()
        assert [shown(page) for page in ("/licences", "/", "/nowhere/at/all")] == [newest[:12]] * 3


def test_what_is_not_committed_is_not_shown(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        newest = write()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert shown() == newest[:12]


def test_a_page_costs_no_query_for_it(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    newest = write()
    with django_assert_num_queries(1):
        client.get("/licences")
    newest_hash.forget()  # as in a process that has just begun
    with django_assert_num_queries(2):
        assert shown() == newest[:12]
    with django_assert_num_queries(1):
        assert shown() == newest[:12]


def test_other_processes_find_out_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    newest_hash.know("0" * 64)  # what another process knew before
    newest = write()
    assert shown() == "0" * 12
    monkeypatch.setattr(newest_hash, "seconds", 0)
    assert shown() == newest[:12]


def test_the_page_of_the_log_and_its_footer_agree() -> None:
    newest_hash.know("0" * 64)
    write()
    assert shown("/governance/audit") == head_hash()[:12]
