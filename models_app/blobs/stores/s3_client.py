"""Talk to a store that speaks S3, and say what went wrong in the hub's own words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hub.core.errors import StorageFull
from models_app.blobs.errors import ObjectMissing, StoreUnavailable
from models_app.blobs.stores.address import S3Address
from models_app.blobs.stores.s3_clock import SIGNATURE_VERSION, BucketClock

log = logging.getLogger(__name__)
_MISSING = {"NoSuchKey", "NoSuchUpload", "NotFound", "404"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"}


def s3_client(address: S3Address, endpoint: str | None, clock: BucketClock) -> Any:
    """A client of the bucket by way of `endpoint`, which signs by `clock`; threads may share it.

    Credentials are in the AWS variables.
    """
    client = boto3.session.Session().client(
        "s3",
        region_name=address.region,
        endpoint_url=endpoint,
        config=Config(
            signature_version=SIGNATURE_VERSION,
            s3={"addressing_style": "path" if endpoint else "auto"},
            retries={"mode": "standard", "max_attempts": 4},
            connect_timeout=5,
            max_pool_connections=64,
            # Not every store knows the newer checksums, and a signed address must not ask clients to send one.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    clock.sign_by(client)
    return client


@contextmanager
def s3_errors(key: str) -> Iterator[None]:
    """Turn what the store answers about `key` into `ObjectMissing`, `StorageFull` or `StoreUnavailable`."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        if code in _MISSING:
            raise ObjectMissing(f"{key} is not stored.") from None
        if code in _FULL:
            raise StorageFull("The hub's object store is full: nothing was stored. Tell the operator.") from error
        log.exception("The object store refused a request or did not answer")
        raise StoreUnavailable from error
