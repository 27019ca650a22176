from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

Ids = Callable[[], set[str]]


@pytest.fixture
def ids() -> Ids:
    """The ids of the hub's own findings with the settings of the moment."""
    return lambda: {
        str(found.id) for found in run_checks(include_deployment_checks=True) if str(found.id).startswith("hub.")
    }


def test_embedded_default_is_sound_but_for_sqlite(ids: Ids, settings: Settings) -> None:
    settings.DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
    assert ids() - {"hub.W001"} == {"hub.W002"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PUBLIC_URL", "hub.example.org", "hub.E001"),
        ("PUBLIC_URL", "ftp://hub.example.org", "hub.E001"),
        ("PUBLIC_URL", "", "hub.E001"),
        ("PUBLIC_URL", "https://example.org/hub", "hub.E002"),
        ("PUBLIC_URL", "https://example.org?x=1", "hub.E002"),
        ("SECRET_KEY", "short", "hub.E004"),
        ("DATA_DIR", Path("/dev/null/hub"), "hub.E005"),
        ("REDIS_URL", "localhost:6379", "hub.E006"),
        ("SIGNING_KEY", "short", "hub.E007"),
    ],
)
def test_wrong_setting_is_found(ids: Ids, settings: Settings, name: str, value: object, expected: str) -> None:
    before = ids()
    assert expected not in before
    setattr(settings, name, value)
    assert ids() - before == {expected}


def test_debug_matters_only_in_public(ids: Ids, settings: Settings) -> None:
    settings.DEBUG = True
    assert "hub.E003" not in ids()
    settings.PUBLIC_URL = "https://hub.example.org"
    assert "hub.E003" in ids()
