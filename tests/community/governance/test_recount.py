"""The program that anybody can count again with, run by a Python that sees nothing of the hub."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from community.governance.counting.bundle import recount_program
from community.governance.counting.count import sha256_of
from community.governance.counting.recounting import receipt_tag
from community.governance.counting.terms import METHODS
from tests.factories.votes import RECEIPT, counted


def publish(folder: Path, method: str) -> dict[str, Any]:
    """What the hub publishes of a vote of five, in files."""
    result, sheet, names = counted(method)
    for name, text in (("result.json", json.dumps(result)), ("ballots.txt", sheet), ("voters.txt", names)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "recount.py").write_text(recount_program(), encoding="utf-8")
    return result


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "recount.py", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


FILES = ("result.json", "ballots.txt", "voters.txt", "voters.txt")


@pytest.mark.parametrize("method", METHODS)
def test_it_comes_to_the_same(tmp_path: Path, method: str) -> None:
    result = publish(tmp_path, method)
    code, said = run(tmp_path, *FILES)
    assert code == 0, said
    assert json.loads(said.removeprefix("Correct: ")) == result["outcome"]


def test_it_finds_what_was_changed(tmp_path: Path) -> None:
    publish(tmp_path, "yesno")
    sheet = (tmp_path / "ballots.txt").read_text(encoding="utf-8")
    (tmp_path / "ballots.txt").write_text(sheet.replace('"no"', '"yes"'), encoding="utf-8")
    code, said = run(tmp_path, *FILES)
    assert code == 1
    assert "The ballots do not have the published hash." in said
    assert "The count differs" in said


def test_it_finds_a_ballot_without_a_voter(tmp_path: Path) -> None:
    result = publish(tmp_path, "yesno")
    voters = "voter-0\nvoter-1\nvoter-2\nstranger\n"
    (tmp_path / "strangers.txt").write_text(voters, encoding="utf-8")
    (tmp_path / "result.json").write_text(json.dumps({**result, "voters_sha256": sha256_of(voters)}), encoding="utf-8")
    code, said = run(tmp_path, "result.json", "ballots.txt", "strangers.txt", "voters.txt")
    assert (code, said.splitlines()) == (
        1,
        ["There are not as many ballots as voters.", "Somebody voted who is not on the roll."],
    )


def test_it_finds_the_line_of_a_receipt(tmp_path: Path) -> None:
    publish(tmp_path, "yesno")
    said = run(tmp_path, "result.json", "ballots.txt", "--receipt", RECEIPT, "--username", "voter-3")
    assert said == (0, f'{receipt_tag(RECEIPT, 7, "voter-3")}\t"no"\n')
    code, _said = run(tmp_path, "result.json", "ballots.txt", "--receipt", RECEIPT, "--username", "voter-9")
    assert code == 1
