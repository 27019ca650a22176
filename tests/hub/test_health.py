from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_all_well(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok", "storage": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_storage_that_cannot_be_written_is_named(
    client: Client, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "ok", "storage": "FileNotFoundError"}
    assert "health check" in caplog.text


def test_redis_that_is_away_is_named(client: Client, settings: Settings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere.sock"}}
    cache.close()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "ConnectionError", "storage": "ok"}


def test_only_reading(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
