"""The cast and the stage that every test may use."""

import math
import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pygit2
import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pygit2.enums import Option

from community.forum.models import Category
from community.governance.audit import newest_hash
from community.governance.offices import in_office
from community.members.models import User
from community.members.services import create_member
from community.published.footer import code_of_conduct
from models_app.gitstore import libgit2  # noqa: F401 (sets options of the process, of which one is taken back here)
from tests import migrated
from tests.bucket import CREDENTIALS, new_bucket, running_s3
from tests.contract.clients import CURRENT
from tests.factories.members import PASSWORD
from tests.running_hub import RunningHub, private_valkey

# The gate gives the same verdict on the same code; pytest by itself looks for new counterexamples each time.
# How long an example takes is the machine's matter, and no fault of the code.
hypothesis_settings.register_profile(
    "gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

# Fixtures by which a test reaches a database; a browser's test does so only through pages that others test.
DATABASE_FIXTURES = {"db", "transactional_db", "hub_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="only tests that find out about the database")


def pytest_configure(config: pytest.Config) -> None:
    migrated.begin()  # before pytest-xdist starts its workers, who share it


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # processes that share the work begin with what is long, and so end together
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if config.getoption("--database-only"):
        chosen = [item for item in items if _touches_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


def _touches_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("e2e") or item.get_closest_marker("one_database"):
        return False
    if getattr(item, "callspec", None) and item.callspec.params.get("version", CURRENT) != CURRENT:
        return False  # an older client of the same hub
    fixtures = set(getattr(item, "fixturenames", ()))
    return not fixtures.isdisjoint(DATABASE_FIXTURES) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """The processes of a parallel run begin with copies of one migrated database."""
    if not hasattr(request.config, "workerinput"):
        return
    database = settings.DATABASES["default"]
    if os.environ.get("HUB_TEST_DATABASE"):
        database["TEST"]["TEMPLATE"] = migrated.migrated()
    else:
        shutil.copyfile(migrated.migrated(), database["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """SQLite's file is kept: it may be a copy, and goes with the data folder."""
    return bool(request.config.getvalue("reuse_db")) or not os.environ.get("HUB_TEST_DATABASE")


@pytest.fixture
def alice(db: None) -> User:
    return create_member(username="alice", email="alice@example.org", password=PASSWORD)


@pytest.fixture
def bob(db: None) -> User:
    return create_member(username="bob", email="bob@example.org", password=PASSWORD)


@pytest.fixture
def carol(db: None) -> User:
    return create_member(username="carol", email="carol@example.org", password=PASSWORD)


@pytest.fixture
def first_rooms(db: None) -> None:
    """The rooms of a new hub's forum, which a test with real transactions takes away when it empties the tables."""
    Category.objects.all().delete()
    import_module("community.migrations.0007_forum").make_first_rooms(apps, None)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """As on the tests' PostgreSQL, nobody will miss this process's files after a power cut."""
    pygit2.option(Option.ENABLE_FSYNC_GITDIR, False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def valkey() -> Iterator[str]:
    """A Valkey of this test process alone, on the socket that the settings name."""
    with private_valkey(Path(settings.DATA_DIR)) as server:
        yield server.url


@pytest.fixture(autouse=True)
def _empty_cache(valkey: str) -> None:
    cache.clear()
    code_of_conduct.know("")  # as if a page had been looked at: no test counts those queries
    newest_hash.know("")
    in_office.know([])
    for remembered in (code_of_conduct, newest_hash, in_office):
        remembered.seconds = math.inf


@pytest.fixture(scope="session")
def _credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def s3_endpoint(_credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3")) as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3_endpoint: str) -> str:
    """HUB_OBJECT_STORE for an empty bucket, on another host than the tests' hub."""
    return new_bucket(s3_endpoint)


@pytest.fixture(scope="session")
def hub_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub as in production, of this xdist worker alone: own data folder, database, Valkey and port."""
    with RunningHub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub
