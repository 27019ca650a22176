"""Objects in a bucket that speaks S3."""

import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from django.utils.http import content_disposition_header

from models_app.blobs.errors import ObjectMissing
from models_app.blobs.stores.address import S3Address
from models_app.blobs.stores.interface import PIECE_BYTES, StoredObject, check_key
from models_app.blobs.stores.s3_client import s3_client, s3_errors
from models_app.blobs.stores.s3_clock import BucketClock
from models_app.blobs.stores.s3_parts import S3Parts, give_up_old

_PART_BYTES = 16 * 1024 * 1024
_PARTS_PER_STEP = 1000  # then parts get larger: 10,000 of them, S3's limit, hold 900 GB
_COPY = TransferConfig(multipart_threshold=1024**3, multipart_chunksize=512 * 1024**2, max_concurrency=4)
_EXISTS = {409, 412}  # what stores answer to "only if it is not there"


class S3Store:
    """Objects below ``address.prefix`` in a bucket. `reachable`: clients may be sent to the bucket's own host."""

    def __init__(self, address: S3Address, *, reachable: bool) -> None:
        self._bucket, self._prefix = address.bucket, address.prefix
        self._clock = BucketClock()
        self._s3 = s3_client(address, address.endpoint_url, self._clock)
        self._clock.learn_from(self._s3)
        self._public: Any = s3_client(address, address.public_url, self._clock) if reachable else None
        self._generation = ""

    @property
    def direct(self) -> S3Parts | None:
        return None if self._public is None else S3Parts(self._s3, self._sign, self._place)

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + check_key(key)}

    def put(self, key: str, chunks: Iterable[bytes | memoryview]) -> None:
        place, parts = self._place(key), _parts(chunks)
        first, second = next(parts, b""), next(parts, None)
        with s3_errors(key):
            if second is None:
                self._s3.put_object(**place, Body=first)
                return
            upload = self._s3.create_multipart_upload(**place)["UploadId"]
            try:
                self._send(place, upload, first, second, parts)
            except BaseException:
                self._s3.abort_multipart_upload(**place, UploadId=upload)
                raise

    def _send(self, place: dict[str, str], upload: str, first: bytes, second: bytes, rest: Iterator[bytes]) -> None:
        sent = []
        for number, body in enumerate(chain([first, second], rest), 1):
            answer = self._s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=body)
            sent.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": sent})

    def move(self, key: str, to: str) -> None:
        source = self._place(key)
        with s3_errors(key):
            self._s3.copy(source, **self._place(to), Config=_COPY)
            self._s3.delete_object(**source)

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        end = min(end, self.size(key))
        if start >= end:
            return iter(())
        with s3_errors(key):
            body = self._s3.get_object(**self._place(key), Range=f"bytes={start}-{end - 1}")["Body"]
        return _pieces(key, body)

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002 (the interface's)
        return None

    def download_url(
        self, key: str, *, seconds: int, name: str = "", span: tuple[int, int] | None = None
    ) -> str | None:
        if self._public is None:
            return None
        wanted: dict[str, Any] = self._place(key)
        if name:
            wanted["ResponseContentDisposition"] = content_disposition_header(True, name)
        if span is not None:  # becomes a part of what is signed
            wanted["Range"] = f"bytes={span[0]}-{span[1] - 1}"
        return self._sign("get_object", wanted, seconds)

    def _sign(self, operation: str, wanted: dict[str, Any], seconds: int) -> str:
        """An address that opens `operation` for `seconds` by the bucket's clock."""
        if not self._clock.is_fresh():
            with s3_errors("generation"), suppress(ClientError):  # any answer tells the time
                self._s3.head_object(Bucket=self._bucket, Key=f"{self._prefix}generation")
        url: str = self._public.generate_presigned_url(operation, wanted, ExpiresIn=seconds)
        return url

    def size(self, key: str) -> int:
        return int(self._head(key)["ContentLength"])

    def modified(self, key: str) -> float:
        return self._clock.as_here(self._head(key)["LastModified"])

    def _head(self, key: str) -> dict[str, Any]:
        with s3_errors(key):
            head: dict[str, Any] = self._s3.head_object(**self._place(key))
        return head

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def objects(self, kind: str) -> Iterator[StoredObject]:
        return self._below(f"{self._prefix}{kind}/")

    def _below(self, prefix: str) -> Iterator[StoredObject]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with s3_errors(prefix):
            for page in pages:
                for item in page.get("Contents", ()):
                    key = item["Key"].removeprefix(self._prefix)
                    yield StoredObject(key, item["Size"], self._clock.as_here(item["LastModified"]))

    def delete(self, prefix: str) -> None:
        place = self._place(prefix)
        with s3_errors(prefix):
            for item in self._below(f"{place['Key']}/"):
                self._s3.delete_object(**self._place(item.key))
            self._s3.delete_object(**place)

    def remove_leftovers(self, *, seconds: float) -> None:
        give_up_old(self._s3, self._bucket, self._prefix, before=time.time() - seconds, as_here=self._clock.as_here)

    def free_bytes(self) -> int | None:
        return None

    def generation(self) -> str:
        """Read once per process: an empty bucket under a running hub is nothing that an operator does unknowingly."""
        if not self._generation:
            place = {"Bucket": self._bucket, "Key": f"{self._prefix}generation"}
            with s3_errors("generation"):
                try:
                    # Of two first callers one wins, and both read its id.
                    self._s3.put_object(**place, Body=str(uuid.uuid4()).encode(), IfNoneMatch="*")
                except ClientError as error:
                    if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _EXISTS:
                        raise
                self._generation = self._s3.get_object(**place)["Body"].read().decode("ascii")
        return self._generation


def _parts(chunks: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """`chunks` joined to parts of `_PART_BYTES` and, behind every 1000 parts, of that much more."""
    held, size, number = [], 0, 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= _PART_BYTES * (1 + number // _PARTS_PER_STEP):
            yield b"".join(held)
            held, size, number = [], 0, number + 1
    if held:
        yield b"".join(held)


def _pieces(key: str, body: Any) -> Iterator[bytes]:
    with s3_errors(key):
        try:
            yield from body.iter_chunks(PIECE_BYTES)
        finally:
            body.close()
