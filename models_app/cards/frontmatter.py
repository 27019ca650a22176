"""The YAML between two ``---`` lines at the top of a card, read as the Hub reads it (YAML 1.2 core schema).

YAML 1.1, PyYAML's own reading, would turn the language ``no`` into false and ``1:30`` into ninety.
"""

import re
from typing import Any, NoReturn

import yaml
from django.utils.translation import gettext as _

from hub.core.jsondata import TooComplex, storable

MAX_CHARACTERS = 256 * 1024  # results of hundreds of benchmarks; two seconds of parsing at worst
MAX_DIGITS = 400

_OPEN = re.compile(r"\ufeff?[ \t\r\n]*---[ \t]*(?=\r|\n)")
_CLOSE = re.compile(r"[\r\n]---[ \t]*(?:\r\n|\r|\n|\Z)")


class FrontMatterError(ValueError):
    """What is wrong, as a sentence for the author."""


def split(text: str) -> tuple[str | None, str]:
    """(YAML or None, body). Blank lines may come before the first ``---``; without a second one there is no YAML."""
    opening = _OPEN.match(text)
    closing = _CLOSE.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        return None, text
    return text[opening.end() : closing.start()], text[closing.end() :]


def load(source: str) -> dict[str, Any]:
    """The mapping that `source` holds, as JSON data; raises `FrontMatterError`.

    Safe for anything: no tags, no merges, each key once, and aliases only as far as the written-out data stays small.
    """
    if len(source) > MAX_CHARACTERS:
        raise FrontMatterError(_("The front matter is larger than %d KiB.") % (MAX_CHARACTERS // 1024))
    try:
        data = storable(yaml.load(source, _Loader))  # noqa: S506 (a loader with fewer types than the safe one)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FrontMatterError(_describe(error)) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise FrontMatterError(_("The front matter must be a mapping of keys to values."))
    return data


def texts(data: dict[str, Any], key: str) -> list[str]:
    """The non-empty texts under `key`, which may hold one or a list of them; anything else is left out."""
    value = data.get(key)
    values = value if isinstance(value, list) else [value]
    return [item.strip() for item in values if isinstance(item, str) and item.strip()]


def _describe(error: Exception) -> str:
    if isinstance(error, TooComplex):
        return _("The front matter is too large or too deeply nested.")
    if isinstance(error, RecursionError):
        return _("The front matter is too deeply nested.")
    if isinstance(error, ValueError):
        return _("The front matter holds a value that does not fit its tag.")
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return _("The front matter holds characters that YAML does not allow.")
    # The mark counts from the line of the opening ---, which YAML does not see.
    where = {"line": error.problem_mark.line + 1, "problem": (error.problem or error.context or "").strip()}
    return _("The front matter is not valid YAML: line %(line)d: %(problem)s.") % where


class _Loader(yaml.BaseLoader):
    """Text, null, true/false, integers, floats, lists and mappings; any other tag is an error.

    In Python on purpose: libyaml's composer overruns the C stack on deep nesting, which ends the process.
    """


def _text(loader: _Loader, node: Any) -> str:
    return str(loader.construct_scalar(node))


def _boolean(loader: _Loader, node: Any) -> bool:
    return _text(loader, node).lower() == "true"


def _integer(loader: _Loader, node: Any) -> int | str:
    text = _text(loader, node)
    if len(text) > MAX_DIGITS:
        return text
    base = {"0o": 8, "0x": 16}.get(text[:2].lower(), 10)
    return int(text[2:] if base != 10 else text, base)  # noqa: PLR2004 (decimal)


def _float(loader: _Loader, node: Any) -> float:
    text = _text(loader, node).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _mapping(loader: _Loader, node: yaml.Node) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    if not isinstance(node, yaml.MappingNode):
        return _unknown(loader, node)
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
        key = key_node.value
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"duplicated key “{key[:80]}”", key_node.start_mark)
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _sequence(loader: _Loader, node: yaml.Node) -> list[Any]:
    if not isinstance(node, yaml.SequenceNode):
        return _unknown(loader, node)
    return [loader.construct_object(item, deep=True) for item in node.value]


def _unknown(_loader: _Loader, node: yaml.Node) -> NoReturn:
    raise yaml.constructor.ConstructorError(None, None, f"unknown tag {node.tag[:80]}", node.start_mark)


_CORE = "tag:yaml.org,2002:"
_SCALARS: tuple[tuple[str, str, str], ...] = (
    ("null", r"(?:~|null|Null|NULL|)", "~nN\0"),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", "tTfF"),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)", "-+0123456789"),
    (
        "float",
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))",
        "-+.0123456789",
    ),
)
for _name, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_CORE + _name, re.compile(_pattern + r"\Z"), ["" if c == "\0" else c for c in _first])
_Loader.add_constructor(_CORE + "null", lambda _loader, _node: None)
_Loader.add_constructor(_CORE + "bool", _boolean)
_Loader.add_constructor(_CORE + "int", _integer)
_Loader.add_constructor(_CORE + "float", _float)
_Loader.add_constructor(_CORE + "str", _text)
_Loader.add_constructor(_CORE + "map", _mapping)
_Loader.add_constructor(_CORE + "seq", _sequence)
_Loader.add_constructor(None, _unknown)
