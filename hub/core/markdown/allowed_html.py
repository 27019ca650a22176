"""The HTML and MathML that a text of a stranger may hold."""

from pygments.token import STANDARD_TYPES

ALIGNED_TAGS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "th", "td", "img"}
TEXT_TAGS = {
    "a", "abbr", "audio", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "dfn", "dl", "dt", "em", "figcaption", "figure", "hr", "i", "ins", "input", "kbd", "li", "mark",
    "ol", "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "source", "span", "strike",
    "strong", "sub", "summary", "sup", "tbody", "tfoot", "thead", "tt", "u", "ul", "var", "video",
}  # fmt: skip
MATH_TAGS = {
    "math", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
    "mprescripts", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd",
    "mtext", "mtr", "munder", "munderover",
}  # fmt: skip
TAGS = ALIGNED_TAGS | TEXT_TAGS | MATH_TAGS

LENGTHS = {"width", "height", "depth", "lspace", "voffset", "linethickness", "minsize", "maxsize"}
MATH_ATTRIBUTES = LENGTHS | {
    "accent", "accentunder", "columnalign", "columnlines", "display", "displaystyle", "fence", "form", "linebreak",
    "mathcolor", "mathvariant", "notation", "rowlines", "scriptlevel", "stretchy",
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = dict.fromkeys(MATH_TAGS, MATH_ATTRIBUTES) | {
    "*": {"id", "lang", "dir", "title"},
    "a": {"href"},
    "audio": {"src", "controls"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "input": {"checked"},
    "ol": {"start"},
    "source": {"src"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "video": {"src", "controls", "width", "height", "poster", "muted", "loop"},
}
# No class of the hub's own design is among them: a text cannot dress up as the page around it.
CLASSES: dict[str, set[str]] = {
    "span": {name for name in STANDARD_TYPES.values() if name} | {"math", "inline"},
    "div": {"highlight", "math", "block", "markdown-alert"}
    | {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")},
    "p": {"markdown-alert-title"},
    "ul": {"contains-task-list"},
    "li": {"task-list-item", "footnote-item"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
    "a": {"footnote-backref"},
}
