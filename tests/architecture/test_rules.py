"""The rules of docs/architecture.md that a machine can hold."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".txt", ".in", ".toml", ".yaml", ".yml", ".html", ".css", ".js", ".svg", ".conf", ".po", ""}
# Of this or any machine: homes, work folders, package indexes. Written apart so that this file does not break its rule.
MACHINE = re.compile(
    "|".join(["/ro" + "ot/", "/ho" + "me/[a-z]", "/wo" + "rk/", r"files\.python" + "hosted", r"https?://py" + r"pi\."])
)


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_imports_go_one_way() -> None:
    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("module", ["hub.wsgi", "hub.celery"])
def test_web_and_workers_never_load_torch(module: str) -> None:
    code = (
        f"import sys, {module}, django; django.setup(); from django.urls import get_resolver; "
        "get_resolver().url_patterns; from hub.celery import app; app.loader.import_default_modules(); "
        "print([name for name in ('torch', 'transformers', 'lm_eval', 'datasets') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.django_db
def test_migrations_match_the_models() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_the_api_document_is_unambiguous(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "api.yaml"))


def test_no_file_names_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in _tracked()
        if path.suffix in TEXT
        for line in path.read_text(encoding="utf-8", errors="ignore").splitlines()
        if MACHINE.search(line)
    ]
    assert found == []


def test_requirements_are_plain_pins() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        for line in path.read_text().splitlines():
            assert re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.!]+( ; .+)?", line), f"{path.name}: {line}"
    assert "torch==2.13.0" in (ROOT / "requirements" / "worker.txt").read_text().splitlines()


def test_smaller_sets_are_part_of_larger_ones() -> None:
    web, worker, dev = (
        set((ROOT / "requirements" / f"{name}.txt").read_text().splitlines()) for name in ("web", "worker", "dev")
    )
    assert web <= worker <= dev
    assert not any(line.startswith(("torch", "transformers")) for line in web)


def test_every_command_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = set(get_commands())
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")]:
        text = document.read_text(encoding="utf-8")
        for name in re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text):
            assert name in targets, f"{document.name}: make {name}"
        for name in re.findall(r"manage\.py ([a-z_]+)", text):
            assert name in commands, f"{document.name}: manage.py {name}"


def test_tests_that_share_a_hub_name_their_members_apart() -> None:
    """Which tests meet on one hub is the scheduler's choice, so that a name used twice fails now and then."""
    named = re.compile(r'hub_server\.(?:make_member\(|manage\(\s*"add_member", )"([a-z0-9-]+)"')
    files = [path for path in _tracked() if path.suffix == ".py" and "tests" in path.parts]
    names = Counter(name for path in files for name in named.findall(path.read_text()))
    assert len(names) > 5
    assert [name for name, times in names.items() if times > 1] == []
