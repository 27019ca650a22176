"""Names in texts, whatever the texts are."""

from hypothesis import example, given
from hypothesis import strategies as st

from hub.core.markdown.converting import mentions_in, to_html
from hub.core.markdown.mentions import MAX_MENTIONS, candidates

TEXTS = st.text(st.sampled_from("@ab.-_/>`*[]()\n \\<é中"), max_size=80)


def test_in_its_own_words_only() -> None:
    text = "Hi @Bob, see a@b.org, `@code`, [@link](x) and @nobody.\n\n> @quoted\n\n    @indented\n"
    assert mentions_in(text) == {"bob", "nobody"}
    html = to_html(text, frozenset({"bob", "code", "link", "quoted", "indented"}))
    assert [name for name in ("Bob", "code", "link", "quoted", "indented") if f'href="/{name}"' in html] == [
        "Bob", "quoted"
    ]  # fmt: skip


def test_a_crowd_is_cut() -> None:
    text = " ".join(f"@member{number}" for number in range(200))
    assert len(mentions_in(text)) == MAX_MENTIONS


@given(TEXTS)
@example(r"@a\_b")
@example("@a-_b_")
@example("&commat;a")
def test_no_text_breaks_it(text: str) -> None:
    assert mentions_in(text) <= candidates(text)
    to_html(text, frozenset(candidates(text)))
