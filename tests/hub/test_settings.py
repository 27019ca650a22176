from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.settings import env
from hub.settings.sockets import LONGEST, valkey_socket


def test_socket_lies_beside_the_data() -> None:
    assert valkey_socket(Path("/srv/hub")) == Path("/srv/hub/run/valkey.sock")


def test_socket_of_a_deep_folder_is_short_and_its_own() -> None:
    deep = Path("/srv") / ("x" * 120)
    socket = valkey_socket(deep)
    assert len(str(socket)) <= LONGEST
    assert socket == valkey_socket(deep)
    assert socket != valkey_socket(deep / "y")


def test_value_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    monkeypatch.setenv("HUB_X_FILE", str(tmp_path / "key"))
    assert env.text("HUB_X") == "secret"
    monkeypatch.setenv("HUB_X", "other")
    with pytest.raises(ImproperlyConfigured, match="Set HUB_X or HUB_X_FILE, not both"):
        env.text("HUB_X")


def test_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_X_FILE", "/nowhere")
    with pytest.raises(ImproperlyConfigured, match="cannot read /nowhere: No such file"):
        env.text("HUB_X")


@pytest.mark.parametrize("value", ["maybe", "", "2"])
def test_flag_is_a_yes_or_a_no(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HUB_X", value)
    with pytest.raises(ImproperlyConfigured, match="is not a yes or a no"):
        env.flag("HUB_X", default=True)


def test_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.integer("HUB_X", 3) == 3
    monkeypatch.setenv("HUB_X", "many")
    with pytest.raises(ImproperlyConfigured, match="is not a whole number"):
        env.integer("HUB_X", 3)


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_X", " a, ,b ")
    assert env.words("HUB_X") == ["a", "b"]


def test_database_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_X", "postgres://hub:p%40ss@db:5433/leyuan?sslmode=require")
    database = env.database("HUB_X", "")
    assert [database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "leyuan", "hub", "p@ss", "db", "5433",
    ]  # fmt: skip
    assert database["OPTIONS"] == {"sslmode": "require"}
    monkeypatch.setenv("HUB_X", "postgres:///leyuan?host=/run/postgresql")
    assert env.database("HUB_X", "")["HOST"] == "/run/postgresql"
    assert env.database("HUB_Y", "sqlite:////srv/hub.sqlite3")["NAME"] == "/srv/hub.sqlite3"
    monkeypatch.setenv("HUB_X", "mysql://db/leyuan")
    with pytest.raises(ImproperlyConfigured, match="unknown database scheme 'mysql'"):
        env.database("HUB_X", "")
