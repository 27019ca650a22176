"""A hub whose objects are in a bucket on another host: clients fetch from there and send large parts there."""

import hashlib
import http.client
import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bucket import CREDENTIALS, new_bucket
from tests.contract.clients import CURRENT, Client
from tests.running_hub import RunningHub

pytestmark = [pytest.mark.contract, pytest.mark.slow]
WEIGHTS = random.Random(5).randbytes(12_000_000)  # noqa: S311 (the same bytes each time)
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture(scope="module")
def s3_hub(s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    store = {"HUB_OBJECT_STORE": new_bucket(s3_endpoint), "HUB_LFS_PART_BYTES": str(5 * 1024**2)}
    with RunningHub(tmp_path_factory.mktemp("s3-hub"), **store, **CREDENTIALS) as hub:
        yield hub


@pytest.fixture(scope="module")
def token(s3_hub: RunningHub) -> str:
    return s3_hub.make_member("alice")


def head_of_resolve(hub: RunningHub, method: str, path: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=30)
    connection.request(method, path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, dict(response.headers)


@pytest.mark.parametrize("version", [CURRENT, "1.19"])
@pytest.mark.parametrize("disable_xet", ["1", "0"])
def test_upload_and_download(s3_hub: RunningHub, token: str, tmp_path: Path, version: str, disable_xet: str) -> None:
    name = f"alice/{'lfs' if disable_xet == '1' else 'xet'}-{version}"
    file = tmp_path / "weights.bin"
    file.write_bytes(WEIGHTS + name.encode())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    machines = []
    for number in range(2):
        home = tmp_path / f"home-{number}"
        home.mkdir()
        machines.append(Client(version, s3_hub.url, token, home, {"HF_HUB_DISABLE_XET": disable_xet}))
    machines[0].python("api.create_repo(repo_id); result = None", repo_id=name)
    machines[0].hf("upload", name, file)
    path = machines[1].python("result = api.hf_hub_download(repo_id, 'weights.bin')", repo_id=name)
    assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256
    lines = [line for line in s3_hub.log().splitlines() if name in line]
    resolved = [re.search(r'"GET \S+/resolve/\S+ HTTP/1.1" (\d+)', line) for line in lines]
    assert not [line for line in lines if '"PUT ' in line]  # parts went to the bucket
    if disable_xet == "1":
        assert [match[1] for match in resolved if match] == ["302"]
        status, headers = head_of_resolve(s3_hub, "GET", f"/{name}/resolve/main/weights.bin")
        assert status == 302
        assert headers["Location"].startswith("http://localhost:")
        assert headers["X-Linked-Etag"] == headers["ETag"] == f'"{sha256}"'
        assert headers["X-Linked-Size"] == str(len(file.read_bytes()))
        assert len(headers["X-Repo-Commit"]) == 40
        status, headers = head_of_resolve(s3_hub, "HEAD", f"/{name}/resolve/main/weights.bin")
        assert (status, headers["Content-Length"]) == (200, str(len(file.read_bytes())))


def test_the_bucket_does_not_open_private_files(s3_hub: RunningHub, token: str, tmp_path: Path) -> None:
    client = Client(CURRENT, s3_hub.url, token, tmp_path, {"HF_HUB_DISABLE_XET": "1"})
    file = tmp_path / "weights.bin"
    file.write_bytes(WEIGHTS)
    client.python("api.create_repo('alice/secret', private=True); result = None")
    client.hf("upload", "alice/secret", file)
    status, headers = head_of_resolve(s3_hub, "GET", "/alice/secret/resolve/main/weights.bin")
    assert (status, "Location" in headers) == (401, False)
