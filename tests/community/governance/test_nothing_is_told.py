"""While voting is open nothing that anybody can ask for depends on what was voted.

The same addresses are asked twice, by everybody who could be curious; in between all voters vote otherwise. What is
answered may not change by one byte, nor may the number of queries.
"""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from community.discussions.services import open_thread
from community.governance import urls
from community.governance.casting import Receipt, cast
from community.governance.models import Office, Proposal, Role
from community.governance.notices import remind
from community.governance.queries import main_option
from community.governance.sponsoring import amend
from community.governance.subject import KIND
from community.members.actors import Actor
from hub.core import remembered
from tests.community.governance.conftest import pass_time
from tests.community.governance.test_lifecycle import opened, seconded
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db

FILES = ["result.json", "ballots.txt", "voters.txt", "roll.txt", "ballots.csv", "ballots.blt", "tally.txt"]
ELSEWHERE = [
    "/",
    "/notifications",
    "/discussions",
    "/forum",
    "/moderation",
    "/moderation/log",
    "/feeds/discussions",
    "/api/schema",
    "/admin",
]
_TOKEN = re.compile(r'(csrfmiddlewaretoken" value=|csrf_token=)"[^"]*"')


def patterns(found: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for entry in found:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, route)
        else:
            yield route


def addresses(vote: Proposal, amendment: int) -> list[str]:
    """Every address of governance, filled in for `vote`."""
    found: list[str] = []
    for route in patterns(urls.urlpatterns):
        filled = route
        for part, value in (
            ("<int:number>", str(vote.pk)),
            ("<slug:key>", "a"),
            ("<int:revision>", str(amendment)),
            ("<int:thread>", "1"),
            ("<int:roll_request>", "1"),
            ("<slug:kind>/<str:verb>", "ordinary/none"),
        ):
            filled = filled.replace(part, value)
        found += (
            [f"/{filled.replace('<str:name>', name)}" for name in FILES] if "<str:name>" in filled else [f"/{filled}"]
        )
    assert not [address for address in found if "<" in address]
    assert len(found) > 60
    return [*found, *ELSEWHERE]


def seen(clients: dict[str, Client], asked: list[str], vote: Proposal, receipts: dict[str, Receipt]) -> dict[str, str]:
    """{who and where: what they get}, of reading, of wrong ballots and of receipts."""
    answers = {}
    for who, client in clients.items():
        for address in asked:
            with CaptureQueriesContext(connection) as queries:
                response = client.get(address)
            body = b"".join(response) if response.streaming else response.content
            text = _TOKEN.sub(r'\1""', body.decode("utf-8", "replace"))
            headers = sorted((name, value) for name, value in response.items() if name != "X-Request-Id")
            answers[f"{who} {address}"] = f"{response.status_code} {len(queries)} {headers}\n{text}"
        wrong = client.post(f"{vote.address}/vote", {"answer": "maybe"})
        answers[f"{who} wrong"] = _TOKEN.sub(r'\1""', wrong.content.decode())
        for name, receipt in receipts.items():
            found = client.post(f"{vote.address}/receipt", {"username": name, "code": receipt.code})
            answers[f"{who} receipt {name}"] = _TOKEN.sub(r'\1""', found.content.decode())
    return answers


@pytest.fixture
def clients(members: list[Actor]) -> dict[str, Client]:
    """Of everybody who could be curious."""
    proposal = Proposal.objects.create(kind="election", title="Before", state="passed")
    maintainer = MemberFactory()
    for role in Role.values:
        Office.objects.create(user=maintainer, role=role, proposal=proposal, since=timezone.now())
    found = {"anonymous": Client()}
    for who, user in (
        ("proposer", members[0].user),
        ("voter", members[3].user),
        ("idler", members[14].user),
        ("maintainer", maintainer),
        ("superuser", MemberFactory(is_staff=True, is_superuser=True)),
    ):
        found[who] = Client()
        assert user is not None
        found[who].force_login(user)
    return found


@pytest.mark.slow
def test_answers_do_not_depend_on_votes(
    members: list[Actor], clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What every page shows is asked for anew after some seconds, or a minute: not while this test looks.
    monkeypatch.setattr(remembered, "time", SimpleNamespace(monotonic=lambda: 0.0))
    over = opened(members, title="Decided before")  # an empty feed would tell the time
    for actor in members[:8]:
        cast(actor=actor, proposal=over, choice="yes")
    pass_time(over)
    proposal = seconded(members, title="Tea at five")
    open_thread(actor=members[2], kind=KIND, key=proposal.pk, title="Why not coffee?", text="Hm.")
    amendment = amend(actor=members[5], option=main_option(proposal), body="Other")
    vote = pass_time(pass_time(proposal))
    receipts = {}
    for number, actor in enumerate(members[:9]):
        receipt = cast(actor=actor, proposal=vote, choice="yes" if number < 8 else "no")
        assert actor.user is not None
        receipts[actor.user.username] = receipt
    remind()
    some = dict(list(receipts.items())[:4])
    asked = addresses(vote, amendment.pk)
    for client in clients.values():
        for address in ("/governance", "/governance/audit"):
            client.get(address)  # whatever is remembered from a first look on
    before = seen(clients, asked, vote, some)
    for number, actor in enumerate(members[:9]):
        cast(actor=actor, proposal=vote, choice="no" if number < 8 else "abstain")
    after = seen(clients, asked, vote, some)
    assert {where for where in before if before[where] != after[where]} == set()
    assert "9 of 16 have voted" in before[f"anonymous {vote.address}"]


def test_the_log_and_its_feed_say_nothing_of_ballots(members: list[Actor]) -> None:
    vote = opened(members)
    before = Client().get("/feeds/governance/audit").content
    cast(actor=members[0], proposal=vote, choice="yes")
    cast(actor=members[0], proposal=vote, choice="no")
    assert Client().get("/feeds/governance/audit").content == before


def test_no_file_before_the_count(members: list[Actor]) -> None:
    vote = opened(members)
    cast(actor=members[0], proposal=vote, choice="yes")
    statuses = {name: Client().get(f"{vote.address}/files/{name}").status_code for name in FILES}
    assert statuses == {name: 200 if name == "roll.txt" else 404 for name in FILES}
