"""Uploads whose parts clients send to the bucket itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from models_app.blobs.errors import ObjectMissing, PartAbsent
from models_app.blobs.stores.s3_client import s3_errors


class S3Parts:
    """`DirectParts` as S3's own multipart uploads: once finished, the addresses of their parts open nothing."""

    def __init__(
        self, s3: Any, sign: Callable[[str, dict[str, Any], int], str], place: Callable[[str], dict[str, str]]
    ) -> None:
        self._s3, self._sign, self._place = s3, sign, place

    def begin(self, key: str) -> str:
        with s3_errors(key):
            upload: str = self._s3.create_multipart_upload(**self._place(key))["UploadId"]
        return upload

    def part_url(self, key: str, upload: str, number: int, *, seconds: int) -> str:
        part: dict[str, Any] = self._place(key) | {"UploadId": upload, "PartNumber": number}
        return self._sign("upload_part", part, seconds)

    def finish(self, key: str, upload: str, count: int) -> None:
        place = self._place(key) | {"UploadId": upload}
        with s3_errors(key):
            pages = self._s3.get_paginator("list_parts").paginate(**place)
            tags = {part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", ())}
            absent = next((number for number in range(1, count + 1) if number not in tags), None)
            if absent is not None:
                raise PartAbsent(absent)
            parts = [{"PartNumber": number, "ETag": tags[number]} for number in range(1, count + 1)]
            self._s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})

    def give_up(self, key: str, upload: str) -> None:
        try:
            with s3_errors(key):
                self._s3.abort_multipart_upload(**self._place(key), UploadId=upload)
        except ObjectMissing:
            pass


def give_up_old(s3: Any, bucket: str, prefix: str, *, before: float, as_here: Callable[[datetime], float]) -> None:
    """Forget the uploads below `prefix` that were begun `before`; `as_here` gives that time for one of the bucket's."""
    with s3_errors(prefix):
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
            for upload in page.get("Uploads", ()):
                if as_here(upload["Initiated"]) < before:
                    s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
