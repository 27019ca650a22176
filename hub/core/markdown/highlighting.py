"""Code coloured by CSS classes (``static/css/code.css``).

The text is a stranger's, and a lexer is a set of regular expressions: some take time that grows with the square or the
cube of a hostile text. So each language that people use here has a length up to which a second is enough for anything
(measured on seventy repeated patterns each; makefile, java, nix and perl were left out), and longer code stays plain.
"""

from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name, get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

# By Pygments' first alias of the language.
_LINEAR = {"bash", "c", "cpp", "diff", "docker", "json", "julia", "pycon", "python", "rust", "sql", "toml"}
_STEEP = {
    "cmake", "console", "css", "cuda", "go", "haskell", "html", "http", "ini", "javascript", "jsx", "kotlin", "latex",
    "lua", "markdown", "php", "powershell", "protobuf", "r", "ruby", "scala", "swift", "typescript", "xml", "yaml",
}  # fmt: skip
_LIMITS = dict.fromkeys(_LINEAR, 100_000) | dict.fromkeys(_STEEP, 4_000)  # characters
_BLOCKS: HtmlFormatter[str] = HtmlFormatter(cssclass="highlight", wrapcode=True)  # threads share it: it keeps no text
_lexer_called = lru_cache(maxsize=128)(find_lexer_class_by_name)  # which goes through all languages each time


def lexer_for_language(name: str, length: int) -> Lexer:
    """The lexer of a fence's language for code of `length` characters; a plain one if unknown or too long."""
    try:
        lexer: Lexer = _lexer_called(name.strip().lower())()
    except ClassNotFound:
        return TextLexer()
    return _bounded(lexer, length)


def lexer_for_file(path: str, length: int) -> Lexer:
    """The lexer that the file name of `path` stands for; a plain one if unknown or too long."""
    try:
        lexer: Lexer = get_lexer_for_filename(path.rsplit("/", 1)[-1], stripnl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False)
    return _bounded(lexer, length)


def share(lexer: Lexer, length: int) -> float:
    """How much of its language's bound a text of `length` takes up, from 0 to 1."""
    return length / _LIMITS[lexer.aliases[0]] if lexer.aliases[0] in _LIMITS else 0.0


def highlight_block(code: str, lexer: Lexer) -> str:
    """``<div class="highlight"><pre><code>…``, escaped by Pygments."""
    return str(highlight(code, lexer, _BLOCKS))


def _bounded(lexer: Lexer, length: int) -> Lexer:
    return lexer if length <= _LIMITS.get(lexer.aliases[0], 0) else TextLexer(stripnl=False)
