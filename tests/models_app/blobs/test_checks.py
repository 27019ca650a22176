"""Every misconfiguration of the object store has its id."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

S3 = "s3://models?endpoint_url=https://s3.example.org"


def found() -> list[str]:
    return [str(message.id) for message in run_checks() if str(message.id).startswith("blobs.")]


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []),
        ({"OBJECT_STORE": "file:///objects", "LFS_PART_BYTES": 1, "ACCEL_PREFIX": "/_objects/"}, []),
        ({"OBJECT_STORE": "gopher://models"}, ["blobs.E001"]),
        ({"OBJECT_STORE": f"{S3}&directly=yes"}, ["blobs.E001"]),
        ({"LFS_PART_BYTES": 5 * 1024**2 - 1}, ["blobs.E002"]),
        ({"OBJECT_STORE": "s3://models?endpoint_url=s3.example.org"}, ["blobs.E003"]),
        ({"ACCEL_PREFIX": "/_objects/"}, ["blobs.W001"]),
        ({"PUBLIC_URL": "https://s3.example.org:8443"}, ["blobs.W003"]),
        ({"PUBLIC_URL": "https://s3.example.org:8443", "OBJECT_STORE": f"{S3}&direct=no"}, []),
        ({"OBJECT_STORE": f"{S3}&public_url=http://files.example.org"}, ["blobs.W004"]),
    ],
)
def test_ids(changes: dict[str, object], ids: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "hub")
    settings.OBJECT_STORE, settings.PUBLIC_URL = S3, "https://hub.example.org"
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found() == ids


def test_credentials(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    settings.OBJECT_STORE, settings.PUBLIC_URL = S3, "https://hub.example.org"
    assert found() == ["blobs.W002"]
