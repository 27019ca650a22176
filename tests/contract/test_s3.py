"""A hub whose objects are in a bucket on another host: clients fetch from there and send large parts there."""

import hashlib
import http.client
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.bucket import CREDENTIALS, new_bucket
from tests.contract.clients import CURRENT, Client
from tests.contract.recording_proxy import RecordingProxy, recording_proxy
from tests.running_hub import RunningHub

pytestmark = [pytest.mark.contract, pytest.mark.slow]
WEIGHTS = random.Random(5).randbytes(12_000_000)  # noqa: S311 (the same bytes each time)
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture(scope="module")
def proxy(s3_endpoint: str) -> Iterator[RecordingProxy]:
    with recording_proxy(s3_endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def s3_hub(s3_endpoint: str, proxy: RecordingProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """Its clients reach the bucket by `proxy`."""
    store = new_bucket(s3_endpoint, options=f"&public_url={proxy.url}")
    settings = {"HUB_OBJECT_STORE": store, "HUB_LFS_PART_BYTES": str(5 * 1024**2)}
    with RunningHub(tmp_path_factory.mktemp("s3-hub"), **settings, **CREDENTIALS) as hub:
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


OTHERS = [("0.36", "0"), ("0.36", "1"), ("1.33", "0"), ("1.33", "1"), ("2.0", "0"), ("2.0", "1")]


@pytest.mark.parametrize(
    ("version", "disable_xet"),
    [
        (CURRENT, "0"),
        (CURRENT, "1"),
        ("1.19", "0"),
        ("1.19", "1"),
        *(pytest.param(*way, marks=pytest.mark.slow) for way in OTHERS),
    ],
)
def test_upload_and_download(
    s3_hub: RunningHub, proxy: RecordingProxy, token: str, tmp_path: Path, version: str, disable_xet: str
) -> None:
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
    proxy.requests.clear()
    machines[0].hf("upload", name, file)
    if disable_xet == "1":
        assert [request.method for request in proxy.requests] == ["PUT"] * 3  # the parts
    proxy.requests.clear()
    path = machines[1].python("result = api.hf_hub_download(repo_id, 'weights.bin')", repo_id=name)
    assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256
    assert {request.method for request in proxy.requests} == {"GET"}
    assert not re.search(r'"(PUT|GET) \S*/(xorbs|parts)/', s3_hub.log())  # no such bytes went through the hub
    if disable_xet == "1":
        (request,) = proxy.requests
        assert request.path.endswith(f"/lfs/{sha256}")
    else:
        assert {request.signed for request in proxy.requests} == {("host", "range")}
        assert ranges_asked(proxy) <= ranges_told(s3_hub, token, name)  # S3 would answer 403 to any other


def ranges_asked(proxy: RecordingProxy) -> set[tuple[str, str]]:
    return {(request.path.rpartition("/")[2], request.range) for request in proxy.requests}


def ranges_told(hub: RunningHub, token: str, name: str) -> set[tuple[str, str]]:
    """What the reconstruction of the repo's only file tells of xorbs: each with a range."""
    bearer = {"Authorization": f"Bearer {token}"}
    access = ask(hub, f"/api/models/{name}/xet-read-token/main", bearer)
    tree = ask(hub, f"/api/models/{name}/tree/main", bearer)
    (xet_hash,) = [entry["xetHash"] for entry in tree if "xetHash" in entry]
    below = access["casUrl"].removeprefix(hub.url)
    found = ask(hub, f"{below}/v2/reconstructions/{xet_hash}", {"Authorization": f"Bearer {access['accessToken']}"})
    return {
        (xorb, f"bytes={span['bytes']['start']}-{span['bytes']['end']}")
        for xorb, links in found["xorbs"].items()
        for link in links
        for span in link["ranges"]
    }


def ask(hub: RunningHub, path: str, headers: dict[str, str]) -> Any:
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def test_what_resolve_answers(s3_hub: RunningHub, token: str, tmp_path: Path) -> None:
    client = Client(CURRENT, s3_hub.url, token, tmp_path, {"HF_HUB_DISABLE_XET": "1"})
    file = tmp_path / "weights.bin"
    file.write_bytes(WEIGHTS)
    client.python("api.create_repo('alice/public'); result = None")
    client.hf("upload", "alice/public", file)
    status, headers = head_of_resolve(s3_hub, "GET", "/alice/public/resolve/main/weights.bin")
    assert status == 302
    assert headers["Location"].startswith("http://localhost:")
    assert headers["X-Linked-Etag"] == headers["ETag"] == f'"{SHA256}"'
    assert headers["X-Linked-Size"] == str(len(WEIGHTS))
    assert len(headers["X-Repo-Commit"]) == 40
    status, headers = head_of_resolve(s3_hub, "HEAD", "/alice/public/resolve/main/weights.bin")
    assert (status, headers["Content-Length"]) == (200, str(len(WEIGHTS)))


def test_the_bucket_does_not_open_private_files(s3_hub: RunningHub, token: str, tmp_path: Path) -> None:
    client = Client(CURRENT, s3_hub.url, token, tmp_path, {"HF_HUB_DISABLE_XET": "1"})
    file = tmp_path / "weights.bin"
    file.write_bytes(WEIGHTS)
    client.python("api.create_repo('alice/secret', private=True); result = None")
    client.hf("upload", "alice/secret", file)
    status, headers = head_of_resolve(s3_hub, "GET", "/alice/secret/resolve/main/weights.bin")
    assert (status, "Location" in headers) == (401, False)
