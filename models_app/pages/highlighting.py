"""Source files as HTML with line numbers, coloured by classes (``static/css/code.css``)."""

from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter

from hub.core.markdown.highlighting import lexer_for_file


def highlight_source(text: str, path: str) -> SafeString:
    """`text` coloured as the language that the name `path` stands for; lines are anchored as ``L-1``, ``L-2`` …"""
    formatter: HtmlFormatter[str] = HtmlFormatter(
        linenos="inline", lineanchors="L", anchorlinenos=True, cssclass="highlight", wrapcode=True
    )
    # Pygments escapes what it is given: its output holds no markup of the text's author.
    return mark_safe(highlight(text, lexer_for_file(path, len(text)), formatter))  # noqa: S308
