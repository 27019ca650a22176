"""A store that speaks S3, for tests: moto's server, in a process of its own."""

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3

from tests.running_hub import free_port, start, stop, wait_for_port

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "hub", "AWS_SECRET_ACCESS_KEY": "no secret", "AWS_EC2_METADATA_DISABLED": "true"}
_numbers = itertools.count()


@contextlib.contextmanager
def running_s3(folder: Path) -> Iterator[str]:
    """The address of an empty S3 server, on the host ``localhost``: another name than a test hub's 127.0.0.1."""
    port, log = free_port(), folder / "moto.log"
    process = start(
        [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        env=os.environ | CREDENTIALS,
        log=log,
    )
    try:
        wait_for_port(port, process, log)
        yield f"http://localhost:{port}"
    finally:
        stop(process)


def new_bucket(endpoint: str, *, options: str = "") -> str:
    """HUB_OBJECT_STORE for a bucket that nobody else uses. The credentials must be in the environment."""
    name = f"bucket-{next(_numbers)}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=name)
    client.close()
    return f"s3://{name}/hub?endpoint_url={endpoint}{options}"
