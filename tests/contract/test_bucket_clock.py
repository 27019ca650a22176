"""A bucket whose clock differs from the hub's, as S3 judges by it: what is signed for it is taken, now and later."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.bucket import CREDENTIALS, new_bucket
from tests.contract.clients import CURRENT, LFS, Client
from tests.contract.faulty_proxy import Exchange, Fault, FaultyProxy, running_proxy
from tests.contract.test_xet_faults import FETCH, TRY
from tests.running_hub import RunningHub, free_port

pytestmark = [pytest.mark.contract, pytest.mark.slow, pytest.mark.one_database]
WAYS = [pytest.param({}, id="xet"), pytest.param(LFS, id="lfs")]
_TOLERANCE = timedelta(minutes=15)  # of S3, for what is signed in headers, and for addresses from the future
_FORMAT = "%Y%m%dT%H%M%SZ"


class Clock:
    """Judges requests as S3 does, by a time that is `ahead` of this machine's."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.refused: list[str] = []

    def set(self, ahead: timedelta) -> None:
        """And wait until no process of the hub relies on what it heard before."""
        self.ahead, self.refused = ahead, []
        time.sleep(2.5)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def judge(self, exchange: Exchange) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(exchange.path).query).items()}
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        signed = datetime.strptime(query.get("X-Amz-Date") or headers["x-amz-date"], _FORMAT).replace(tzinfo=UTC)
        if "X-Amz-Expires" in query:
            code = "AccessDenied"
            good = signed - _TOLERANCE < self.now() < signed + timedelta(seconds=int(query["X-Amz-Expires"]))
        else:
            code = "RequestTimeTooSkewed"
            good = abs(self.now() - signed) < _TOLERANCE
        if not good:
            self.refused.append(code)
            exchange.status, exchange.answer = 403, f"<Error><Code>{code}</Code></Error>".encode()

    def tell(self, exchange: Exchange) -> None:
        others = {name: value for name, value in exchange.answer_headers.items() if name.lower() != "date"}
        exchange.answer_headers = others | {"Date": format_datetime(self.now(), usegmt=True)}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def proxy(s3_endpoint: str, clock: Clock) -> Iterator[FaultyProxy]:
    """The bucket, with a clock."""
    with running_proxy(int(s3_endpoint.rpartition(":")[2]), free_port()) as proxy:
        proxy.faults = [Fault(".", before=clock.judge, after=clock.tell, times=10**6)]
        yield proxy


@pytest.fixture(scope="module")
def hub(s3_endpoint: str, proxy: FaultyProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """It and its clients reach the bucket by `proxy`."""
    store = new_bucket(s3_endpoint).replace(s3_endpoint, f"http://localhost:{proxy.server.server_port}")
    settings = {"HUB_OBJECT_STORE": store, "HUB_LFS_PART_BYTES": str(5 * 1024**2)}
    with RunningHub(tmp_path_factory.mktemp("hub"), **settings, **CREDENTIALS) as hub:
        yield hub


@pytest.fixture(scope="module")
def token(hub: RunningHub) -> str:
    return hub.make_member("alice")


@pytest.fixture
def machine(hub: RunningHub, token: str, tmp_path: Path) -> Callable[..., Client]:
    def make(name: str, extra: dict[str, str]) -> Client:
        home = tmp_path / name
        home.mkdir()
        return Client(CURRENT, hub.url, token, home, extra)

    return make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(random.Random(str(tmp_path)).randbytes(12_000_000))  # noqa: S311 (the same bytes each time)
    return path


@pytest.mark.parametrize("extra", WAYS)
@pytest.mark.parametrize("minutes", [-180, -13, 13, 180])
def test_another_time(
    hub: RunningHub, clock: Clock, machine: Callable[..., Client], file: Path, minutes: int, extra: dict[str, str]
) -> None:
    """With 13 minutes S3 still takes what the hub asks itself, but by the hub's clock no address of ten minutes."""
    clock.set(timedelta(minutes=minutes))
    repo_id = f"alice/clock-{minutes + 1000}-{len(extra)}"
    uploaded = machine("home", extra).python(TRY, path=str(file), repo_id=repo_id)
    assert not uploaded.startswith("FAILED"), uploaded
    fetched = machine("other", extra).python(FETCH, repo_id=repo_id)
    assert not fetched.startswith("FAILED"), fetched
    assert Path(fetched).read_bytes() == file.read_bytes()
    assert "AccessDenied" not in clock.refused  # no address that a client was given
    assert "The object store's clock is" in hub.log()


@pytest.mark.parametrize("extra", WAYS)
def test_a_clock_that_leaps(
    clock: Clock, proxy: FaultyProxy, machine: Callable[..., Client], file: Path, extra: dict[str, str]
) -> None:
    """Between an address and its use. A Xet client asks again and gets one that is taken; another tells of it."""
    clock.set(timedelta())
    repo_id = f"alice/leap-{len(extra)}"
    assert not machine("home", extra).python(TRY, path=str(file), repo_id=repo_id).startswith("FAILED")
    leap = Fault(r"GET .*X-Amz-Expires", before=lambda _: clock.set(timedelta(hours=3)))
    proxy.faults.insert(0, leap)
    client = machine("other", extra)
    fetched = client.python(FETCH, repo_id=repo_id)
    assert (leap.met, clock.refused[0]) == (1, "AccessDenied")
    if extra:
        assert "403" in fetched
        fetched = client.python(FETCH, repo_id=repo_id)
    assert Path(fetched).read_bytes() == file.read_bytes()
