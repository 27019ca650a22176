"""The cast and the stage that every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from community.members.models import User
from tests.factories.members import MemberFactory
from tests.running_hub import RunningHub, private_valkey


@pytest.fixture
def alice(db: None) -> User:
    return MemberFactory(username="alice")


@pytest.fixture
def bob(db: None) -> User:
    return MemberFactory(username="bob")


@pytest.fixture
def carol(db: None) -> User:
    return MemberFactory(username="carol")


@pytest.fixture(scope="session", autouse=True)
def valkey() -> Iterator[str]:
    """A Valkey of this test process alone, on the socket that the settings name."""
    with private_valkey(Path(settings.DATA_DIR)) as url:
        yield url


@pytest.fixture(autouse=True)
def _empty_cache(valkey: str) -> None:
    cache.clear()


@pytest.fixture(scope="session")
def hub_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub as in production, of this xdist worker alone: own data folder, database, Valkey and port."""
    with RunningHub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub
