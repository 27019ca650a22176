"""Every text has a Chinese one, and the compiled catalogue that machines without gettext use is the written one."""

import ast
import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES")
SOURCES = ("hub", "community", "models_app", "templates", "locale")
# As `make messages` calls it.
EXTRACT = ["makemessages", "-l", "zh_Hans", "--no-obsolete", "--no-location", "--no-wrap"]
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|</?code>")


def read_po(path: Path, *, plurals: bool = False) -> dict[str, str]:
    """{text: translation} of a .po file; a plural text under its singular form, or its plural one if `plurals`."""
    texts: dict[str, str] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            match = re.match(r"(msgid_plural|msgid|msgctxt|msgstr(?:\[0\])?) ", line)
            if match:
                name = match[1].removesuffix("[0]")
            if name and not line.startswith("#"):
                fields[name] = fields.get(name, "") + ast.literal_eval(line[line.index('"') :])
        if fields.get("msgid"):
            text = fields["msgid"]
            texts[fields.get("msgid_plural", text) if plurals else text] = fields["msgstr"]
    return texts


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return read_po(ROOT / CATALOGUE / "django.po")


def test_nothing_is_untranslated(chinese: dict[str, str]):
    assert len(chinese) > 400
    assert [text for text, translation in chinese.items() if not translation] == []
    assert "#, fuzzy" not in (ROOT / CATALOGUE / "django.po").read_text(encoding="utf-8")


def test_placeholders_are_the_same():
    """Chinese has one form for any number: the plural one, which names the number."""
    wrong = {
        text: translation
        for text, translation in read_po(ROOT / CATALOGUE / "django.po", plurals=True).items()
        if sorted(_PLACEHOLDER.findall(text)) != sorted(_PLACEHOLDER.findall(translation))
    }
    assert wrong == {}


def test_the_compiled_catalogue_is_the_written_one(chinese: dict[str, str]):
    with (ROOT / CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    # A plural text is under (text, number of the form); Chinese has one form.
    texts = {key if isinstance(key, str) else key[0]: text for key, text in compiled._catalog.items() if key}
    assert texts == chinese


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed")
def test_every_text_of_the_sources_is_in_the_catalogue(chinese: dict[str, str], tmp_path: Path):
    """In a copy, because the command writes into the tree that it reads."""
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "standard*"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    subprocess.run([sys.executable, "manage.py", *EXTRACT], cwd=tmp_path, check=True, capture_output=True)
    assert set(read_po(tmp_path / CATALOGUE / "django.po")) == set(chinese)
