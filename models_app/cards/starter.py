"""A card to begin with, for a repo that has none."""

_BODY = """
# {name}

What this is, in two sentences, and who made it.

## Use

What it can be used for, and what it should not be used for.

## Training

Which data it was trained on, for how long, and with which settings.

## Limits

Where it is known to be wrong, biased or weak.
"""


def starter_card(name: str, *, licence: str = "", pipeline_tag: str = "", library_name: str = "") -> str:
    """A README.md for the repo called `name`, with what is known filled in and the rest left to its author."""
    metadata = {
        "license": licence,
        "language": "",
        "pipeline_tag": pipeline_tag,
        "library_name": library_name,
    }
    # Facets are plain words that YAML reads back as they are (`cards.frontmatter`); an empty value is null.
    lines = [f"{key}: {value}".rstrip() for key, value in metadata.items()]
    return "\n".join(["---", *lines, "---", _BODY.format(name=name)])
