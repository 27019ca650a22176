from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Path, settings: Settings) -> None:
    settings.GIT_DIR = tmp_path / "git"
    settings.OBJECT_STORE = f"file://{tmp_path / 'objects'}"
