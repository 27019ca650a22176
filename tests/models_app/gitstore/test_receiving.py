"""A push in quarantine: it lands on our word only, and whoever is killed, nothing else has changed."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models_app.gitstore import receiving
from models_app.gitstore.fetching import advertise, fetch
from models_app.gitstore.receiving import Update, receive
from models_app.gitstore.repository import AddFile, GitRepository
from tests.models_app.gitstore.conftest import Commit, assert_sound, files
from tests.models_app.gitstore.sender import Sender

MAIN = "refs/heads/main"


@pytest.fixture
def sender(repo: GitRepository, first: str, tmp_path: Path) -> Sender:
    return Sender(repo.path, tmp_path / "sender")


def gits_of(repo: GitRepository) -> list[int]:
    """The processes that git runs on `repo` now."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and entry.name != str(os.getpid()):
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                folder = (entry / "cwd").readlink()
            except OSError:
                continue
            if os.fsencode(repo.path) in command or folder == repo.path:
                found.append(int(entry.name))
    return found


def assert_untouched(repo: GitRepository, head: str) -> None:
    assert {ref.ref: ref.target for ref in repo.refs("refs/")} == {MAIN: head}
    assert gits_of(repo) == []
    assert_sound(repo)


def said(report: object) -> bytes:
    return report.read()  # type: ignore[attr-defined]


def test_accepted(repo: GitRepository, first: str, sender: Sender) -> None:
    second = sender.commit({"new.txt": b"new"})
    with tempfile.TemporaryFile() as report:
        with receive(repo.path, [sender.body((MAIN, first, second))], report, protocol="") as push:
            assert push.updates == [Update(MAIN, first, second)]
            assert [file.path for file in push.git.new_files([second])] == ["new.txt"]
            assert repo.resolve("main") == first
            push.accept()
            assert repo.resolve("main") == second
        assert b"unpack ok" in said(report)
    assert files(repo, second)["new.txt"] == b"new"
    assert_untouched(repo, second)


@pytest.mark.parametrize("answered", [True, False])
def test_refused(repo: GitRepository, first: str, sender: Sender, answered: bool) -> None:  # noqa: FBT001
    second = sender.commit({"new.txt": b"new"})
    with tempfile.TemporaryFile() as report:
        with receive(repo.path, [sender.body((MAIN, first, second))], report, protocol="") as push:
            if answered:
                push.refuse("So nicht: “ü”.")
        answer = said(report)
    assert ("So nicht: “ü”.".encode() in answer) == answered
    assert b"ng refs/heads/main pre-receive hook declined" in answer
    assert_untouched(repo, first)
    with pytest.raises(KeyError):
        repo.read(second)


def test_stale(repo: GitRepository, first: str, sender: Sender, commit: Commit) -> None:
    """The branch moved between the look of the pusher and ours."""
    body = sender.body((MAIN, first, sender.commit({"new.txt": b"new"})))
    third = commit(AddFile("other.txt", b"x"))
    with tempfile.TemporaryFile() as report:
        with receive(repo.path, [body], report, protocol="") as push:
            push.accept()
        assert b"ng refs/heads/main" in said(report)
    assert_untouched(repo, third)


def test_the_sender_goes_away(repo: GitRepository, first: str, sender: Sender) -> None:
    body = sender.body((MAIN, first, sender.commit({"new.bin": os.urandom(300_000)})))

    def cut() -> Iterator[bytes]:
        yield body[:200_000]
        raise ConnectionResetError

    with (
        tempfile.TemporaryFile() as report,
        pytest.raises(ConnectionResetError),
        receive(repo.path, cut(), report, protocol=""),
    ):
        pytest.fail("half a push")
    assert_untouched(repo, first)
    assert list((repo.path / "objects").glob("tmp_objdir*")) == []


@pytest.mark.parametrize("when", ["while it receives", "while it waits for us"])
def test_git_is_killed(repo: GitRepository, first: str, sender: Sender, when: str) -> None:
    second = sender.commit({"new.bin": os.urandom(300_000)})
    body = sender.body((MAIN, first, second))

    def pieces() -> Iterator[bytes]:
        yield body[:200_000]
        if when == "while it receives":
            kill_all(repo)
        yield body[200_000:]

    with tempfile.TemporaryFile() as report:
        with receive(repo.path, pieces(), report, protocol="") as push:
            if when == "while it receives":
                assert push.updates == []
            else:
                kill_all(repo)
                push.accept()
        assert b"unpack ok" not in said(report)
    assert_untouched(repo, first)
    with tempfile.TemporaryFile() as report:  # and nobody is in the way of the next try
        with receive(repo.path, [body], report, protocol="") as push:
            push.accept()
        assert b"unpack ok" in said(report)
    assert_untouched(repo, second)


def kill_all(repo: GitRepository) -> None:
    deadline = time.monotonic() + 10
    while not (processes := gits_of(repo)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for process in processes:
        os.kill(process, signal.SIGKILL)


def test_a_body_that_goes_on_after_its_pack(repo: GitRepository, first: str, sender: Sender) -> None:
    body = sender.body((MAIN, first, sender.commit({"new.txt": b"new"})))
    pieces = [body, *[bytes(100_000)] * 10]
    with tempfile.TemporaryFile() as report, receive(repo.path, pieces, report, protocol="") as push:
        push.refuse("no")
    assert_untouched(repo, first)


@pytest.mark.parametrize("body", [b"", b"0000", b"hello", b"0010hello", bytes(200_000), b"PACK" * 10])
def test_no_push_at_all(repo: GitRepository, first: str, body: bytes) -> None:
    with tempfile.TemporaryFile() as report, receive(repo.path, [body], report, protocol="") as push:
        assert push.updates == []
    assert_untouched(repo, first)


def test_broken_objects_are_refused_by_git(repo: GitRepository, first: str, sender: Sender) -> None:
    body = bytearray(sender.body((MAIN, first, sender.commit({"new.bin": os.urandom(50_000)}))))
    body[-30_000] ^= 1
    with tempfile.TemporaryFile() as report:
        with receive(repo.path, [bytes(body)], report, protocol="") as push:
            assert push.updates == []
        assert b"unpack ok" not in said(report)
    assert_untouched(repo, first)


def test_more_references_than_anybody_has(
    repo: GitRepository, first: str, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "_MAX_QUESTION", 300)
    many = [(f"refs/tags/{number}", None, first) for number in range(2000)]
    with tempfile.TemporaryFile() as report:
        with receive(repo.path, [sender.body(*many)], report, protocol="") as push:
            assert (push.complete, push.updates) == (False, [])
            push.refuse("too many")
        assert b"too many" in said(report)
    assert_untouched(repo, first)


def test_the_machine_s_configuration_means_nothing(
    repo: GitRepository, first: str, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "hooks").mkdir(parents=True)
    hook = home / "hooks" / "post-receive"
    hook.write_text(f"#!/bin/sh\ntouch {home}/ran\n")
    hook.chmod(0o755)
    (repo.path / "hooks").mkdir(exist_ok=True)
    (repo.path / "hooks" / "update").write_text(hook.read_text())
    (repo.path / "hooks" / "update").chmod(0o755)
    (home / ".gitconfig").write_text(f"[core]\n\thooksPath = {home}/hooks\n[receive]\n\tdenyCreates = true\n")
    second = sender.commit({"new.txt": b"new"})
    body = sender.body((MAIN, first, second))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_TRACE", str(home / "trace"))
    assert second.encode() not in advertise(repo.path, "upload-pack", protocol="")
    with tempfile.TemporaryFile() as report, receive(repo.path, [body], report, protocol="") as push:
        push.accept()
    assert repo.resolve("main") == second
    assert sorted(path.name for path in home.iterdir()) == [".gitconfig", "hooks"]


def test_who_fetches_may_go_any_time(repo: GitRepository, commit: Commit) -> None:
    head = commit(AddFile("big", os.urandom(5_000_000)))
    request = f"0032want {head}\n00000009done\n".encode()
    output = fetch(repo.path, [request], protocol="")
    assert next(iter(output)) == b"0008NAK\n"
    assert gits_of(repo) != []
    output.close()
    assert gits_of(repo) == []
    unread = fetch(repo.path, [request], protocol="")
    unread.close()
    assert gits_of(repo) == []
    whole = b"".join(fetch(repo.path, [request], protocol=""))
    index = ["git", "index-pack", "--stdin", "--strict"]
    folder = repo.path.parent / "copy"
    subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)
    subprocess.run(index, cwd=folder, input=whole.removeprefix(b"0008NAK\n"), check=True, capture_output=True)


def test_without_its_hook_nothing_is_taken_in(
    repo: GitRepository, first: str, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation that lost the executable bit must not let everything through."""
    hook = tmp_path / "pre-receive"
    hook.write_text("#!/bin/sh\n")
    monkeypatch.setattr(receiving, "_HOOK", hook)
    body = sender.body((MAIN, first, sender.commit({"new.txt": b"new"})))
    with (
        tempfile.TemporaryFile() as report,
        pytest.raises(PermissionError),
        receive(repo.path, [body], report, protocol=""),
    ):
        pytest.fail("unchecked")
    assert_untouched(repo, first)
