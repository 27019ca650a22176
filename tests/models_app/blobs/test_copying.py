"""Objects move to another store and back."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from models_app.blobs.store import LocalStore, object_store, store_at
from tests.models_app.blobs.conftest import files_of
from tests.models_app.blobs.test_store import read


def copy(address: str) -> str:
    output = StringIO()
    call_command("copy_objects", address, stdout=output, stderr=StringIO())
    return output.getvalue().strip()


def test_to_a_bucket_and_back(store: LocalStore, bucket: str, settings: Settings, tmp_path: Path) -> None:
    store.put("lfs/abcdef", [b"hello"])
    store.put("xorbs/abcdef", [b"xorb"])
    store.put("parts/0000-1/1", [b"part"])
    assert copy(bucket) == "Copied: 2, 9 B. All others were there."
    assert copy(bucket) == "Copied: 0, 0 B. All others were there."
    store.put("lfs/123456", [b"later"])
    assert copy(bucket) == "Copied: 1, 5 B. All others were there."
    store_at(bucket).put("lfs/abcdef", [b"half"])  # what another tool has left
    assert copy(bucket) == "Copied: 1, 5 B. All others were there."
    settings.OBJECT_STORE = bucket
    assert read(object_store(), "lfs/abcdef") == b"hello"
    assert copy(f"file://{tmp_path / 'back'}") == "Copied: 3, 14 B. All others were there."
    assert files_of(LocalStore(tmp_path / "back")) == ["123456", "abcdef", "abcdef"]


@pytest.mark.usefixtures("store", "_credentials")
@pytest.mark.parametrize("address", ["somewhere", "s3://bucket?endpoint_url=http://localhost:1"])
def test_to_nowhere(address: str) -> None:
    with pytest.raises(CommandError, match=r"Copied: 0\. Run it again to go on"):
        copy(address)
