import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.settings import env
from hub.settings.logs import logging_settings
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


FAULTY = """
import logging, django
django.setup()
log = logging.getLogger("x")
log.info("乐园 %d", 1)
try:
    password = "secret" + "word"
    1 / 0
except ZeroDivisionError:
    log.exception("oops")
"""


def test_json_log_lines_hold_the_event_and_the_traceback_but_no_variables() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTY],
        env=os.environ | {"HUB_LOG_FORMAT": "json", "DJANGO_SETTINGS_MODULE": "hub.settings.base"},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = (json.loads(line) for line in done.stderr.splitlines())
    assert (first["event"], first["level"], first["logger"]) == ("乐园 1", "info", "x")
    assert second["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert "secretword" not in done.stderr


def test_unknown_log_format_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="HUB_LOG_FORMAT='xml' is unknown: use plain or json"):
        logging_settings(level="INFO", style="xml")
