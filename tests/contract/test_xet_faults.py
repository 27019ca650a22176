"""What goes wrong between a stock client and the store: nothing wrong is kept or served, and the way on is told."""

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.clients import CURRENT, Client
from tests.contract.faulty_proxy import Exchange, Fault, FaultyProxy, running_proxy
from tests.contract.git_client import GitClient
from tests.running_hub import RunningHub, free_port

pytestmark = [pytest.mark.contract, pytest.mark.slow]

XORB = r"POST /cas/[^/]+/v1/xorbs/"
SHARD = r"POST /cas/[^/]+/v\d/shards"
BYTES = r"GET /cas/[^/]+/xorbs/"
TOKEN = r"GET /api/.*/xet-(read|write)-token/"
TRY = """
try:
    api.create_repo(repo_id, exist_ok=True)
    result = str(api.upload_file(path_or_fileobj=path, path_in_repo="weights.bin", repo_id=repo_id))
except Exception as error:
    result = "FAILED " + " ".join(str(e) for e in (error, error.__cause__, error.__context__))
"""
FETCH = """
try:
    result = api.hf_hub_download(repo_id, "weights.bin")
except Exception as error:
    result = "FAILED " + str(error)
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub that everybody reaches through a proxy."""
    hub = RunningHub(tmp_path_factory.mktemp("hub"))
    hub.env["HUB_PUBLIC_URL"] = f"http://127.0.0.1:{free_port()}"
    with hub:
        yield hub


@pytest.fixture(scope="module")
def token(hub: RunningHub) -> str:
    return hub.make_member("alice")


@pytest.fixture
def proxy(hub: RunningHub) -> Iterator[FaultyProxy]:
    ports = (int(url.rpartition(":")[2]) for url in (hub.url, hub.env["HUB_PUBLIC_URL"]))
    with running_proxy(*ports) as proxy:
        yield proxy


@pytest.fixture
def machine(hub: RunningHub, token: str, tmp_path: Path) -> Callable[..., Client]:
    """``machine("old")``: one of Alice's, with caches of its own."""

    def make(name: str = "home", **extra: str) -> Client:
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        return Client(CURRENT, hub.env["HUB_PUBLIC_URL"], token, home, extra)

    return make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(random.Random(str(tmp_path)).randbytes(3_000_000))  # noqa: S311 (the same bytes each time)
    return path


def flip_body(exchange: Exchange) -> None:
    at = 100  # of a shard the first range of its first file; most of what follows is not used
    exchange.body = exchange.body[:at] + bytes([exchange.body[at] ^ 1]) + exchange.body[at + 1 :]


def cut_body(exchange: Exchange) -> None:
    exchange.body = exchange.body[: len(exchange.body) // 2]


def lose_answer(exchange: Exchange) -> None:
    exchange.cut_answer = True


def stored(hub: RunningHub) -> set[str]:
    return {path.name for path in (hub.data_dir / "objects").glob("xorbs/*/*/*")}


@pytest.mark.parametrize("damage", [flip_body, cut_body])
@pytest.mark.parametrize("what", [XORB, SHARD])
def test_what_arrives_damaged_is_not_kept(
    hub: RunningHub,
    proxy: FaultyProxy,
    machine: Callable[..., Client],
    file: Path,
    what: str,
    damage: Callable[[Exchange], None],
) -> None:
    """The client hears why, and sends it again when it is told to."""
    before = stored(hub)
    repo_id = f"alice/{damage.__name__.replace('_', '-')}-{'xorb' if what == XORB else 'shard'}"
    proxy.faults = [Fault(what, before=damage, times=9)]
    refused = machine().python(TRY, path=str(file), repo_id=repo_id)
    assert refused.startswith("FAILED"), refused
    assert "400" in refused
    assert (stored(hub) == before) is (what == XORB)
    proxy.faults = []
    assert not machine().python(TRY, path=str(file), repo_id=repo_id).startswith("FAILED")
    fetched = machine("other").python(FETCH, repo_id=repo_id)
    assert Path(fetched).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("what", [XORB, SHARD, TOKEN])
def test_lost_answers_are_asked_for_again(
    proxy: FaultyProxy, machine: Callable[..., Client], file: Path, what: str
) -> None:
    repo_id = f"alice/lost-{['xorb', 'shard', 'token'][[XORB, SHARD, TOKEN].index(what)]}"
    proxy.faults = [Fault(what, after=lose_answer)]
    assert not machine().python(TRY, path=str(file), repo_id=repo_id).startswith("FAILED")
    assert proxy.faults[0].met == 1
    assert Path(machine("other").python(FETCH, repo_id=repo_id)).read_bytes() == file.read_bytes()


def refuse(exchange: Exchange) -> None:
    exchange.status, exchange.answer = 403, b'{"error": "over"}'


@pytest.mark.parametrize(
    "fault",
    [
        Fault(BYTES, after=lose_answer, times=2),
        Fault(BYTES, before=refuse),
        Fault(r"GET /cas/[^/]+/v2/reconstructions/", after=lose_answer),
    ],
    ids=["connection lost", "address over", "reconstruction lost"],
)
def test_a_download_goes_on(proxy: FaultyProxy, machine: Callable[..., Client], file: Path, fault: Fault) -> None:
    repo_id = f"alice/goes-on-{time.monotonic_ns()}"
    assert not machine().python(TRY, path=str(file), repo_id=repo_id).startswith("FAILED")
    proxy.faults = [fault]
    assert Path(machine("other").python(FETCH, repo_id=repo_id)).read_bytes() == file.read_bytes()
    assert fault.met == fault.times


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_wrong(proxy: FaultyProxy, machine: Callable[..., Client], file: Path, hours: int) -> None:
    """As a machine sees it whose clock is ahead or behind: each token is over when it comes, or lives for hours."""

    def skew(exchange: Exchange) -> None:
        answer = json.loads(exchange.answer)
        answer["exp"] += hours * 3600
        exchange.answer = json.dumps(answer).encode()
        exchange.answer_headers["X-Xet-Token-Expiration"] = str(answer["exp"])

    proxy.faults = [Fault(TOKEN, after=skew, times=100)]
    repo_id = f"alice/clock-{'ahead' if hours < 0 else 'behind'}"
    assert not machine().python(TRY, path=str(file), repo_id=repo_id).startswith("FAILED")
    assert Path(machine("other").python(FETCH, repo_id=repo_id)).read_bytes() == file.read_bytes()


def end_links(exchange: Exchange) -> None:
    """As if the machine slept, or its clock leapt, before it used them."""
    answer = json.loads(exchange.answer)
    for item in answer["objects"]:
        for action in item.get("actions", {}).values():
            action["expires_in"] = -1
    exchange.answer = json.dumps(answer).encode()


def refuse_link(exchange: Exchange) -> None:
    exchange.status, exchange.answer = 401, b'{"message": "over"}'


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (r"POST .*/objects/batch", {"after": end_links}),
        (r"(PUT|GET) .*/info/lfs/objects/[0-9a-f]{64}\?", {"before": refuse_link}),
    ],
    ids=["clock", "link over"],
)
def test_links_that_are_over_are_asked_for_again(
    hub: RunningHub,
    proxy: FaultyProxy,
    machine: Callable[..., Client],
    token: str,
    file: Path,
    pattern: str,
    fault: Any,
) -> None:
    """git-lfs, both ways."""
    repo_id = f"alice/links-{time.monotonic_ns()}"
    machine().hf("repos", "create", repo_id)
    git = GitClient(hub.env["HUB_PUBLIC_URL"], file.parent / "git", token)
    clone = git.clone(repo_id)
    git.commit(clone, {"weights.bin": file.read_bytes()})
    proxy.faults = [Fault(pattern, **fault)]
    git.git("push", "origin", "main", folder=clone)
    assert proxy.faults[0].met == 1
    proxy.faults = [Fault(pattern, **fault)]
    assert (git.clone(repo_id) / "weights.bin").read_bytes() == file.read_bytes()
    assert proxy.faults[0].met == 1


def test_a_store_that_is_emptied_under_a_warm_cache(
    hub: RunningHub, proxy: FaultyProxy, machine: Callable[..., Client], file: Path
) -> None:
    """The client believes to have sent everything; the new address of the store makes it send everything again."""
    assert not machine("warm").python(TRY, path=str(file), repo_id="alice/before").startswith("FAILED")
    shutil.rmtree(hub.data_dir / "objects")
    lost = machine("other").python(FETCH, repo_id="alice/before")
    assert lost.startswith("FAILED")
    assert not machine("warm").python(TRY, path=str(file), repo_id="alice/after").startswith("FAILED")
    for repo_id in ("alice/after", "alice/before"):  # the same chunks: what was lost is there again
        assert Path(machine("other").python(FETCH, repo_id=repo_id)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("disable_xet", ["0", "1"])
@pytest.mark.parametrize("damage", ["flipped", "cut off"])
def test_what_was_damaged_on_the_disk_is_never_served(
    hub: RunningHub, proxy: FaultyProxy, machine: Callable[..., Client], file: Path, damage: str, disable_xet: str
) -> None:
    repo_id = f"alice/damaged-{damage[:3]}-{disable_xet}"
    before = stored(hub)
    assert not machine().python(TRY, path=str(file), repo_id=repo_id).startswith("FAILED")
    (name,) = stored(hub) - before
    path = hub.data_dir / "objects" / "xorbs" / name[:2] / name[2:4] / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content if damage == "flipped" else content[: len(content) // 2])
    fetched = machine("other", HF_HUB_DISABLE_XET=disable_xet).python(FETCH, repo_id=repo_id)
    assert fetched.startswith("FAILED"), Path(fetched).read_bytes() == file.read_bytes()
