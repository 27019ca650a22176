"""Source text as HTML with line numbers, coloured by classes (``static/css/code.css``)."""

from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

_MAX_COLOURED = 128 * 1024  # characters; a lexer is a set of regular expressions, and the text is a stranger's


def highlight_source(text: str, path: str) -> SafeString:
    """`text` coloured as the language that the name `path` stands for; lines are anchored as ``L-1``, ``L-2`` …"""
    formatter: HtmlFormatter[str] = HtmlFormatter(
        linenos="inline", lineanchors="L", anchorlinenos=True, cssclass="highlight", wrapcode=True
    )
    # Pygments escapes what it is given: its output holds no markup of the text's author.
    return mark_safe(highlight(text, _lexer(path, len(text)), formatter))  # noqa: S308


def _lexer(path: str, length: int) -> TextLexer:
    if length > _MAX_COLOURED:
        return TextLexer()
    try:
        lexer: TextLexer = get_lexer_for_filename(path.rsplit("/", 1)[-1], stripnl=False)
    except ClassNotFound:
        return TextLexer()
    return lexer
