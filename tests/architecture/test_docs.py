"""The documents name what is there: variables, commands, files and slices."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.contract.clients import CURRENT, VERSIONS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = {"HUB_TEST_DATABASE"}  # read by the tests only
READ = re.compile(r"""env\.(?:text|flag|integer|words|database)\(\s*"(\w+)\"""")


def each(document: Path) -> str:
    return document.name


def read_by_the_code() -> set[str]:
    files = [path for folder in ("hub", "community", "models_app") for path in (ROOT / folder).rglob("*.py")]
    return {name for path in files for name in READ.findall(path.read_text())} - ELSEWHERE


def test_every_setting_is_in_the_table_and_every_row_is_a_setting() -> None:
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}

    assert documented == read_by_the_code()


@pytest.mark.parametrize("document", DOCUMENTS, ids=each)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=each)
def test_commands_exist(document: Path) -> None:
    text = document.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())


@pytest.mark.parametrize("document", DOCUMENTS, ids=each)
def test_files_exist(document: Path) -> None:
    pattern = r"`((?:hub|community|models_app|docker|docs|tests|requirements)/[\w./-]*\.(?:py|md|txt|yaml|conf))`"

    assert [name for name in re.findall(pattern, document.read_text()) if not (ROOT / name).exists()] == []


def test_the_map_of_slices_is_whole() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    apps = [ROOT / "community", ROOT / "models_app"]
    slices = [
        path.parent
        for app in apps
        for path in app.glob("*/__init__.py")
        if path.parent.name not in {"migrations", "templatetags"}
    ]

    assert [str(path.relative_to(ROOT)) for path in slices if f"`{path.relative_to(ROOT)}`" not in text] == []


def test_the_table_of_clients_is_what_is_tested() -> None:
    rows = re.findall(r"^\| (`.+) \| ([\d., ]+) \| ", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
    pinned = dict(line.split("==") for line in (ROOT / "requirements/dev.txt").read_text().split() if "==" in line)
    versions = [version for client, cell in rows if "huggingface_hub" in client for version in cell.split(", ")]

    assert versions == list(VERSIONS)
    assert pinned["huggingface-hub"].startswith(f"{CURRENT}.")
    for client in ("transformers", "datasets"):
        assert pinned[client].startswith(f"{dict(rows)[f'`{client}`']}.")
