"""Feeds and calendars, read again by parsers of others."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from django.conf import settings
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from hub.core.calendars import Deadline, calendar
from hub.core.feeds import Entry, atom

ATOM = "{http://www.w3.org/2005/Atom}"
WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = Entry("A <title>", "/a/1", WHEN, author="alice", html="<p>Yes &amp; no</p>")


def test_a_feed_is_read_and_not_sent_twice() -> None:
    response = atom(RequestFactory().get("/a.atom"), title="News", address="/a", entries=[ENTRY])
    feed = ET.fromstring(response.content)  # noqa: S314 (our own)
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert feed.findtext(f"{ATOM}title") == "News"
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"{settings.PUBLIC_URL}/a/1"
    assert entry.findtext(f"{ATOM}title") == "A <title>"
    assert entry.findtext(f"{ATOM}updated") == "2026-03-01T12:00:00+00:00"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "alice"
    assert entry.findtext(f"{ATOM}summary") == "<p>Yes &amp; no</p>"
    again = RequestFactory().get("/a.atom", headers={"If-None-Match": response["ETag"]})
    assert atom(again, title="News", address="/a", entries=[ENTRY]).status_code == 304
    assert atom(again, title="News", address="/a", entries=[]).status_code == 200


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_no_text_breaks_a_feed(text: str) -> None:
    entries = [Entry(text, "/a/1", WHEN, html=text)]
    response = atom(RequestFactory().get("/a.atom"), title="News", address="/a", entries=entries)
    assert len(ET.fromstring(response.content).findall(f"{ATOM}entry")) == 1  # noqa: S314 (our own)


def lines_of(name: str, title: str = "Vote") -> list[str]:
    response = calendar(name=name, deadlines=[Deadline("vote-1", title, "/governance/1", WHEN, WHEN)])
    body = response.content
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    return body.decode().replace("\r\n ", "").split("\r\n")


def test_a_calendar() -> None:
    lines = lines_of("Votes, and more", "Voting ends; vote\nnow")
    assert lines[4] == r"X-WR-CALNAME:Votes\, and more"
    assert "DTSTART:20260301T120000Z" in lines
    assert r"SUMMARY:Voting ends\; vote\nnow" in lines
    assert f"URL:{settings.PUBLIC_URL}/governance/1" in lines


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_title_breaks_a_calendar(title: str) -> None:
    lines = lines_of("Votes", title)
    assert [line.partition(":")[0] for line in lines[5:13]] == [
        "BEGIN", "UID", "DTSTAMP", "DTSTART", "SUMMARY", "URL", "TRANSP", "END"
    ]  # fmt: skip
    assert lines[13:] == ["END:VCALENDAR", ""]
