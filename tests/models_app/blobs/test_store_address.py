"""HUB_OBJECT_STORE as text."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from models_app.blobs.stores.address import S3Address, local_root, s3_address

FULL = "s3://models/a/b?endpoint_url=http://minio:9000&region=eu-1&public_url=https://files.example.org"


def test_addresses() -> None:
    assert local_root("file:///var/with%20space") == "/var/with space"
    assert local_root(FULL) is None
    assert s3_address(FULL) == S3Address(
        bucket="models",
        prefix="a/b/",
        region="eu-1",
        endpoint_url="http://minio:9000",
        public_url="https://files.example.org",
        direct=True,
    )
    assert s3_address("s3://models") == S3Address("models", "", "us-east-1", None, None, direct=True)


@pytest.mark.parametrize(
    ("address", "hub", "reachable"),
    [
        (FULL, "https://hub.example.org", True),
        (FULL, "https://files.example.org:8000", False),
        ("s3://models", "https://hub.example.org", True),
        ("s3://models?direct=no", "https://hub.example.org", False),
        ("s3://models?endpoint_url=http://localhost:9000", "http://localhost:8000", False),
        ("s3://models?endpoint_url=http://localhost:9000", "http://127.0.0.1:8000", True),
    ],
)
def test_clients_are_sent_only_to_another_host(address: str, hub: str, reachable: bool) -> None:  # noqa: FBT001
    assert s3_address(address).reachable_beside(hub) is reachable


@pytest.mark.parametrize(
    "address", ["", "s3://", "s3:///bucket", "ftp://a/b", "s3://a?endpoint=http://x", "s3://a?direct=maybe"]
)
def test_anything_else_is_refused_with_a_hint(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="use file:///path or s3://bucket/prefix"):
        s3_address(address)
