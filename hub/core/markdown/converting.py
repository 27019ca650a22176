"""Markdown as the Hub's users write it (GitHub's dialect, footnotes, ``$formulas$``) to HTML that is not yet safe."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.gfm import gfm_plugin
from pygments.lexers.special import TextLexer

from hub.core.markdown import mentions
from hub.core.markdown.highlighting import highlight_block, lexer_for_language, share

MAX_FORMULA = 1_000  # characters
MAX_COLOURING = 4.0  # blocks of code at their language's bound (about a second each), per document
_ALIGN = "text-align:"

# Elements that HTML parsers reopen in every following paragraph while they stay unclosed. Equal ones at most three
# times, but each with attributes of its own every time: 100 KB of them would grow to gigabytes.
_FORMATTING = re.compile(
    r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/])[^>]*(?:>|\Z)", re.IGNORECASE
)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).use(gfm_plugin)
    parser.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,  # “from $5 to $9” is no formula
        allow_blank_lines=False,
        double_inline=True,
        renderer=_formula,
    )
    parser.core.ruler.push("adapt_tokens", _adapt)
    parser.add_render_rule("fence", _fence)
    return parser


def to_html(text: str, names: frozenset[str] = frozenset()) -> str:
    """HTML of `text` in time about linear in its length; sanitise it before it goes anywhere.

    ``@name`` becomes a link where `names` (in lower case) holds it.
    """
    return str(_parser().render(text, {"names": names}))


def mentions_in(text: str) -> set[str]:
    """The names, in lower case, that `text` mentions in its own words, whether or not they exist."""
    return mentions.mentioned(_parser().parse(text, {"names": frozenset()}))


def _adapt(state: StateCore) -> None:
    """Give headings ids, tables attributes that need no inline CSS, and raw HTML bare formatting elements."""
    slugs: Counter[str] = Counter()
    for position, token in enumerate(state.tokens):
        if token.type == "heading_open":
            token.attrSet("id", _slug(state.tokens[position + 1], slugs))
        elif token.type in {"th_open", "td_open"}:
            style = str(token.attrs.pop("style", ""))
            if style.startswith(_ALIGN):
                token.attrSet("align", style.removeprefix(_ALIGN))
        for raw in [token, *(token.children or [])]:
            if raw.type in {"html_block", "html_inline"}:
                raw.content = _FORMATTING.sub(r"<\1>", raw.content)
    if state.env["names"]:
        mentions.link(state.tokens, state.env["names"])


def _fence(_renderer: object, tokens: Sequence[Token], index: int, _options: object, env: dict[str, Any]) -> str:
    code, name = tokens[index].content, tokens[index].info.split(maxsplit=1)[:1]
    lexer = lexer_for_language(name[0] if name else "", len(code))
    env["colouring"] = env.get("colouring", 0.0) + share(lexer, len(code))
    if env["colouring"] > MAX_COLOURING:
        lexer = TextLexer()
    return highlight_block(code, lexer)


def _slug(inline: Token, taken: Counter[str]) -> str:
    """The heading's id as GitHub forms it: ``how-to-use``, and ``how-to-use-1`` for the second one."""
    title = "".join(child.content for child in inline.children or [] if child.type in {"text", "code_inline"})
    slug = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")[:80] or "section"
    taken[slug] += 1
    return slug if taken[slug] == 1 else f"{slug}-{taken[slug] - 1}"


def _formula(source: str, options: dict[str, Any]) -> str:
    """MathML of a TeX formula, or its source where the converter does not understand it."""
    if len(source) <= MAX_FORMULA:
        try:
            return str(convert(source.strip(), display="block" if options["display_mode"] else "inline"))
        except Exception:  # noqa: BLE001, S110 (the converter raises whatever its stack of tokens happens to end in)
            pass
    return f"<code>{escape(source)}</code>"
