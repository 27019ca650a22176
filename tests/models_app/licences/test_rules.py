"""One name per licence, whatever spelling a card uses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_app.licences.data import HUB_LICENCES
from models_app.licences.errors import UnknownLicence
from models_app.licences.rules import MAX_LENGTH, Licence, hub_licences, near_matches, normalize


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mit", "MIT"),
        (" MIT ", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("gpl-3.0", "GPL-3.0-only"),
        ("GPL-3.0", "GPL-3.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("lgpl-lr", "LGPLLR"),
        ("odbl", "ODbL-1.0"),
        ("openrail", "openrail"),
        ("OpenRAIL++", "openrail++"),
        ("llama3.1", "llama3.1"),
        ("other", "other"),
        ("apache-2.0 or mit", "Apache-2.0 OR MIT"),
        ("(mit and (isc or mit))", "MIT AND (ISC OR MIT)"),
        ("gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ],
)
def test_the_kept_form(text: str, kept: str):
    assert normalize(text).id == kept


def test_a_licence_has_names_and_an_address():
    assert normalize("gpl-3.0") == Licence(
        id="GPL-3.0-only",
        spdx="GPL-3.0-only",
        name="GNU General Public License v3.0",
        url="https://spdx.org/licenses/GPL-3.0-only.html",
        hub_id="gpl-3.0",
    )
    assert normalize("gemma") == Licence(
        "gemma", None, "Gemma Terms of Use", "https://ai.google.dev/gemma/terms", "gemma"
    )
    assert normalize("isc or mit").url == ""


def test_the_table_is_sound():
    """Ids are unique, every SPDX id in it is a real and current one, and normalising twice changes nothing."""
    assert len({row.id for row in HUB_LICENCES}) == len(HUB_LICENCES) >= 75
    for row, licence in zip(HUB_LICENCES, hub_licences(), strict=True):
        assert row.id == row.id.lower()
        assert normalize(row.id) == normalize(licence.id) == licence
        if row.spdx:
            assert normalize(f"{row.spdx} OR 0BSD").id == f"{row.spdx} OR 0BSD"


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("apach-2.0", ["Apache-2.0", "Apache-1.0", "Apache-1.1"]),
        ("llama-3.1", ["llama3.1", "llama3.3", "llama3.2"]),
        ("gpl-3", ["GPL-3.0-only", "LGPL-3.0-only", "AGPL-3.0-only"]),
    ],
)
def test_an_unknown_licence_lists_near_matches(text: str, near: list[str]):
    with pytest.raises(UnknownLicence) as caught:
        normalize(text)

    assert caught.value.near == near
    assert caught.value.message == f"“{text}” is not a known licence: did you mean {', '.join(near)}?"
    assert (caught.value.status, caught.value.code) == (400, "unknown_licence")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "my own terms, ask me",
        "Classpath-exception-2.0",
        "MIT WITH Apache-2.0",
        "mit or",
        "(",
        "\x00",
        "x" * 100_000,
        "MIT OR " * 20 + "MIT",
    ],
)
def test_what_is_no_licence(text: str):
    with pytest.raises(UnknownLicence) as caught:
        normalize(text)
    assert len(caught.value.message) < 300
    assert caught.value.message.isprintable()


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=120)
    | st.lists(st.sampled_from(["mit", "AND", "or", "WITH", "(", ")", "+", "gpl-3.0"])).map(" ".join)
)
def test_any_text_is_a_licence_or_a_clear_error(text: str):
    try:
        kept = normalize(text).id
    except UnknownLicence:
        return
    assert len(kept) <= MAX_LENGTH
    assert normalize(kept).id == kept


def test_near_matches_of_a_long_text_are_cheap():
    assert near_matches("apache" * 100_000) == []
