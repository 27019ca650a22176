"""A real clamd, with a signature of our own instead of the downloaded ones."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from models_app.repos.models import Repo
from models_app.scanning.clamav import NoAnswer, find_virus
from models_app.scanning.models import ScannedFile
from tests.models_app.scanning.conftest import Commit
from tests.running_hub import free_port, start, stop

CLAMD = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
clamd_needed = pytest.mark.skipif(CLAMD is None, reason="needs clamd (apt install clamav-daemon)")
SIGN = b"leyuan test signature, harmless"
SIGNATURE = f"Leyuan.Test:0:*:{SIGN.hex()}\n"
CONFIGURATION = """\
LocalSocket {folder}/clamd.ctl
TCPSocket {port}
TCPAddr 127.0.0.1
DatabaseDirectory {folder}/signatures
OfficialDatabaseOnly no
StreamMaxLength 1M
Foreground yes
"""


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Its addresses: of the socket, and by TCP."""
    folder, port = tmp_path_factory.mktemp("clamd"), free_port()
    (folder / "signatures").mkdir()
    (folder / "signatures" / "leyuan.ndb").write_text(SIGNATURE)
    (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder, port=port))
    assert CLAMD is not None
    process = start([CLAMD, "--config-file", str(folder / "clamd.conf")], log=folder / "log")
    try:
        _wait(folder / "clamd.ctl", process, folder / "log")
        yield f"unix://{folder}/clamd.ctl", f"tcp://127.0.0.1:{port}"
    finally:
        stop(process)


def _wait(socket: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(NoAnswer):
            find_virus(f"unix://{socket}", [b"hello"])
            return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


@clamd_needed
@pytest.mark.slow
def test_clamd(clamd: tuple[str, str]) -> None:
    for address in clamd:
        assert find_virus(address, [b"some ", b"", b"text"]) == ""
        assert find_virus(address, []) == ""
        assert find_virus(address, [b"before ", SIGN, b" after"]) == "Leyuan.Test.UNOFFICIAL"
        assert find_virus(address, (bytes(100_000) for _ in range(1000))) is None


@clamd_needed
@pytest.mark.slow
def test_a_virus_makes_a_file_unsafe(
    clamd: tuple[str, str], repo: Repo, commit: Commit, scan: Callable[[], None], settings: Settings
) -> None:
    settings.CLAMD_ADDRESS = clamd[0]
    commit(repo, {"clean.txt": b"clean", "bad.txt": SIGN}, large={"big.dat": bytes(3_000_000)})
    scan()

    found = ScannedFile.objects.filter(repo=repo).exclude(path=".gitattributes").order_by("path")
    assert list(found.values_list("path", "scan__status", "scan__virus", "scan__virus_checked")) == [
        ("bad.txt", "unsafe", "Leyuan.Test.UNOFFICIAL", True),
        ("big.dat", "safe", "", False),
        ("clean.txt", "safe", "", True),
    ]


@pytest.mark.parametrize("address", ["unix:///nowhere/clamd.ctl", "tcp://127.0.0.1:1"])
def test_nobody_there(address: str) -> None:
    with pytest.raises(NoAnswer):
        find_virus(address, [b"text"])


@pytest.mark.parametrize(
    ("address", "ids"),
    [
        ("", []),
        ("unix:///run/clamav/clamd.ctl", []),
        ("tcp://clamd:3310", []),
        ("/run/clamav/clamd.ctl", ["scanning.E001"]),
        ("clamd:3310", ["scanning.E001"]),
        ("tcp://", ["scanning.E001"]),
    ],
)
def test_a_wrong_address_is_found_at_the_start(settings: Settings, address: str, ids: list[str]) -> None:
    settings.CLAMD_ADDRESS = address
    assert [found.id for found in run_checks() if str(found.id).startswith("scanning.")] == ids
