"""Names in a text, written ``@name``: which there are, and links to those that exist."""

import html
import re
from collections.abc import Iterator

from markdown_it.token import Token

# Not inside a word, an address or a path; a full stop at the end belongs to the sentence.
_MENTION = re.compile(r"(?<![\w@/.\-])@(\w(?:[\w\-.]*\w)?)", re.ASCII)
_PERHAPS = re.compile(r"@(\w(?:[\w\-.]*\w)?)", re.ASCII)  # what stands before may turn out to be Markdown
_LONGEST = 100  # no member's name is longer
MAX_MENTIONS = 50  # of one text; what comes after is plain text


def candidates(text: str) -> set[str]:
    """What might be a mention in the source of a text, in lower case: more than `mentioned` finds, never less."""
    found: set[str] = set()
    for source in (text, html.unescape(text.replace("\\", ""))):
        for match in _PERHAPS.finditer(source):
            name = match[1].lower()
            found.add(name)
            # An underscore may turn out to begin emphasis, or what follows it an address: then the name ends there.
            for at in range(min(len(name), _LONGEST)):
                if name[at] == "_":
                    found |= {name[:at].rstrip("-."), name[: at + 1]}
    return found


def mentioned(tokens: list[Token]) -> set[str]:
    """The names, in lower case, that a parsed text mentions in its own words: not in code, links or quotations."""
    found: dict[str, None] = {}
    quoted = 0
    for token in tokens:
        quoted += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "inline" and not quoted:
            for child in _plain(token.children or []):
                found |= dict.fromkeys(match[1].lower() for match in _MENTION.finditer(child.content))
    return set(list(found)[:MAX_MENTIONS])


def link(tokens: list[Token], names: frozenset[str]) -> None:
    """Make links to ``/name`` of the mentions among `names` (lower case)."""
    left = MAX_MENTIONS
    for token in tokens:
        if token.type != "inline" or left <= 0:
            continue
        plain = {id(child) for child in _plain(token.children or [])}
        children: list[Token] = []
        for child in token.children or []:
            children += _linked(child, names) if id(child) in plain else [child]
        left -= len(children) - len(token.children or [])
        token.children = children


def _plain(children: list[Token]) -> Iterator[Token]:
    """The pieces of text that are in no link."""
    depth = 0
    for child in children:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type == "text" and not depth:
            yield child


def _linked(text: Token, names: frozenset[str]) -> list[Token]:
    pieces: list[Token] = []
    position = 0
    for match in _MENTION.finditer(text.content):
        if match[1].lower() not in names:
            continue
        pieces += [
            _text(text.content[position : match.start()]),
            Token("link_open", "a", 1, attrs={"href": f"/{match[1]}"}),
            _text(match[0]),
            Token("link_close", "a", -1),
        ]
        position = match.end()
    return [*pieces, _text(text.content[position:])] if pieces else [text]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
