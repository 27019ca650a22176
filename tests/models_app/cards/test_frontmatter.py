"""Front matter as the Hub reads it, and hostile YAML that ends in a sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_app.cards.frontmatter import MAX_CHARACTERS, FrontMatterError, load, split


@pytest.mark.parametrize(
    ("text", "source", "body"),
    [
        ("---\nlicense: mit\n---\n# A", "\nlicense: mit", "# A"),
        ("\n \n---\r\nlicense: mit\r\n---\r\n# A", "\r\nlicense: mit\r", "# A"),
        ("\ufeff---\na: 1\n---", "\na: 1", ""),
        ("---\n---\n# A", "", "# A"),
        ("# A\n---\na: 1\n---\n", None, "# A\n---\na: 1\n---\n"),
        ("---\nnever closed", None, "---\nnever closed"),
        ("---- \na: 1\n---\n", None, "---- \na: 1\n---\n"),
        ("", None, ""),
    ],
)
def test_split(text: str, source: str | None, body: str):
    assert split(text) == (source, body)


def test_scalars_are_read_as_yaml_1_2():
    source = (
        "a: no\nb: 1:30\nc: 2026-01-01\nd: 010\ne: 0x1F\nf: 1e3\ng: .inf\nh: ~\ni:\nj: 'true'\nk: TRUE\nl: -1.5\n1: x\n"
    )

    assert load(source) == {
        "a": "no", "b": "1:30", "c": "2026-01-01", "d": 10, "e": 31, "f": 1000.0, "g": None, "h": None, "i": None,
        "j": "true", "k": True, "l": -1.5, "1": "x",
    }  # fmt: skip


def test_aliases_are_written_out():
    assert load("a: &a {x: [1]}\nb: *a\n<<: c") == {"a": {"x": [1]}, "b": {"x": [1]}, "<<": "c"}


def test_what_no_database_takes_is_replaced():
    assert load('a: "\\0"\nb: "\\ud800"\nc: ' + "9" * 5000) == {"a": "�", "b": "�", "c": "9" * 5000}


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (BOMB, "The front matter is too large or too deeply nested."),
        ("x" * (MAX_CHARACTERS + 1), "The front matter is larger than 256 KiB."),
        ("[" * 2_000, "The front matter is too deeply nested."),
        ("- " * 2_000, "The front matter is too deeply nested."),
        ("a: " + "[" * 40 + "]" * 40, "The front matter is too large or too deeply nested."),
        ("- a", "The front matter must be a mapping of keys to values."),
        ("text", "The front matter must be a mapping of keys to values."),
        ("a: \x01", "The front matter holds characters that YAML does not allow."),
        ("\na: 1\na: 2", "The front matter is not valid YAML: line 3: duplicated key “a”."),
        ("\na: [1,\nb: 2", "The front matter is not valid YAML: line 3: expected ',' or ']', but got '<stream end>'."),
        ("a: &a [*a]", "The front matter is not valid YAML: line 1: found unconstructable recursive node."),
        ("a: !!int x", "The front matter holds a value that does not fit its tag."),
        ("a: !!seq x", "The front matter is not valid YAML: line 1: unknown tag tag:yaml.org,2002:seq."),
        ("? [a]\n: b", "The front matter is not valid YAML: line 1: a key must be plain text."),
        (
            "a: !!python/object/apply:os.system [x]",
            "The front matter is not valid YAML: line 1: unknown tag tag:yaml.org,2002:python/object/apply:os.system.",
        ),
    ],
)
def test_hostile_front_matter_ends_in_a_sentence(source: str, sentence: str):
    with pytest.raises(FrontMatterError) as caught:
        load(source)
    assert str(caught.value) == sentence


YAML_LIKE = st.lists(
    st.sampled_from([*"-:[]{}&*!|>'\"%@`#,?~ \n\ta1", "&a ", "*a", "!!int ", "!!seq ", "!!map ", "!!str ", "- ", ": "])
).map("".join)


@settings(max_examples=200, deadline=None)
@given(YAML_LIKE | st.text())
def test_any_text_is_data_or_a_sentence(source: str):
    try:
        data = load(source)
    except FrontMatterError:
        return
    assert isinstance(data, dict)
