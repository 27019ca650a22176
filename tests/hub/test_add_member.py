from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from community.members.models import AccessToken, Namespace, User

pytestmark = pytest.mark.django_db


def _add(*arguments: str) -> dict[str, str]:
    output = StringIO()
    call_command("add_member", *arguments, stdout=output)
    return dict(line.split() for line in output.getvalue().splitlines())


def test_printed_password_signs_in(client: Client) -> None:
    printed = _add("dave")
    assert set(printed) == {"member", "password"}
    assert client.login(username="dave", password=printed["password"])
    assert User.objects.get(username="dave").email == "dave@localhost"
    assert not User.objects.get(username="dave").is_superuser


def test_administrator_with_a_token(client: Client) -> None:
    printed = _add(
        "dave", "--admin", "--token", "write", "--password", "a password of my own", "--email", "d@example.org"
    )
    assert set(printed) == {"member", "token"}
    assert User.objects.get(username="dave").is_superuser
    assert (
        client.get("/api/whoami-v2", headers={"Authorization": f"Bearer {printed['token']}"}).json()["name"] == "dave"
    )


def test_taken_name_is_refused_and_nothing_made(alice: User) -> None:
    with pytest.raises(CommandError, match="The name “Alice” is taken"):
        _add("Alice", "--token", "read")
    assert list(User.objects.values_list("username", flat=True)) == ["alice"]
    assert Namespace.objects.count() == 1
    assert not AccessToken.objects.exists()
