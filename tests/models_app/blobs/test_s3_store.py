"""What only a bucket does: parts that clients send to it, its leftovers, its troubles."""

import boto3
import pytest
from botocore.exceptions import ClientError
from pytest_django import Settings

from hub.core.errors import StorageFull
from models_app.blobs.errors import ObjectMissing, PartAbsent, StoreUnavailable
from models_app.blobs.store import object_store
from models_app.blobs.stores.interface import DirectParts
from models_app.blobs.stores.s3_client import s3_errors
from tests.models_app.blobs.test_store import fetch, read

PART = bytes(range(256)) * 20_480  # 5 MiB, the least that S3 takes for a part but the last
KEY = "parts/0000-1/whole"


@pytest.fixture
def direct(bucket: str, settings: Settings) -> DirectParts:
    settings.OBJECT_STORE = bucket
    direct = object_store().direct
    assert direct is not None
    return direct


def send(direct: DirectParts, upload: str, number: int, body: bytes) -> int:
    status, headers, _ = fetch("PUT", direct.part_url(KEY, upload, number, seconds=60), body)
    assert status != 200 or headers["ETag"]
    return status


def test_parts_sent_to_the_bucket_become_an_object_that_stays(direct: DirectParts) -> None:
    upload = direct.begin(KEY)
    assert [send(direct, upload, number, body) for number, body in ((2, b"end"), (1, b"x"), (1, PART))] == [200] * 3
    direct.finish(KEY, upload, 2)
    assert read(object_store(), KEY) == PART + b"end"
    assert send(direct, upload, 1, b"other") != 200
    assert read(object_store(), KEY) == PART + b"end"
    with pytest.raises(ObjectMissing):
        direct.finish(KEY, upload, 2)
    direct.give_up(KEY, upload)
    assert object_store().exists(KEY)


def test_finished_too_early_it_can_go_on(direct: DirectParts) -> None:
    upload = direct.begin(KEY)
    send(direct, upload, 2, b"end")
    with pytest.raises(PartAbsent, match="Part 1"):
        direct.finish(KEY, upload, 2)
    send(direct, upload, 1, PART)
    direct.finish(KEY, upload, 2)
    assert object_store().size(KEY) == len(PART) + 3


def test_given_up(direct: DirectParts) -> None:
    upload = direct.begin(KEY)
    send(direct, upload, 1, PART)
    direct.give_up(KEY, upload)
    assert send(direct, upload, 1, PART) != 200
    with pytest.raises(ObjectMissing):
        direct.finish(KEY, upload, 1)


def test_uploads_of_dead_processes_are_given_up(direct: DirectParts) -> None:
    upload = direct.begin(KEY)
    assert send(direct, upload, 1, PART) == 200
    object_store().remove_leftovers(seconds=3600)  # moto's uploads all began in 2010
    assert send(direct, upload, 1, PART) != 200


def test_the_store_lies_below_its_prefix(bucket: str, settings: Settings, s3_endpoint: str) -> None:
    settings.OBJECT_STORE = bucket
    object_store().put("lfs/abcdef", [b"x"])
    object_store().generation()
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
    listed = client.list_objects_v2(Bucket=bucket.split("/")[2])["Contents"]
    assert sorted(item["Key"] for item in listed) == ["hub/generation", "hub/lfs/abcdef"]
    client.close()


def test_a_bucket_that_is_not_there(bucket: str, settings: Settings) -> None:
    settings.OBJECT_STORE = bucket.replace("s3://", "s3://not-")
    for attempt in (lambda: object_store().put("lfs/a", [b"x"]), lambda: object_store().open_range("lfs/a", 0, 1)):
        with pytest.raises((StoreUnavailable, ObjectMissing)):
            attempt()


def test_a_full_bucket() -> None:
    answer = {"Error": {"Code": "XMinioStorageFull", "Message": "full"}}
    with pytest.raises(StorageFull), s3_errors("lfs/a"):
        raise ClientError(answer, "PutObject")


@pytest.mark.usefixtures("_credentials")
def test_nobody_answers(settings: Settings) -> None:
    settings.OBJECT_STORE = "s3://bucket?endpoint_url=http://localhost:1"
    with pytest.raises(StoreUnavailable):
        object_store().size("lfs/abcdef")
