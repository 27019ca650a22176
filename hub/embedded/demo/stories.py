"""Little stories in English and Chinese, drawn from a grammar of our own (stories.toml): text for demo checkpoints.

A story is a start, a wish, a hindrance, help and an end; the words of one story hang together, so that a model of
less than a million parameters can learn to tell them.
"""

import random
import tomllib
from collections.abc import Iterator
from pathlib import Path

GRAMMAR = Path(__file__).with_suffix(".toml")


def stories(language: str, *, count: int, seed: int) -> Iterator[str]:
    """`count` stories in ``en`` or ``zh``, one paragraph each. The same seed tells the same stories."""
    grammar = tomllib.loads(GRAMMAR.read_text(encoding="utf-8"))[language]
    draw = random.Random(f"{language} {seed}")  # noqa: S311 (stories, not secrets)
    for _ in range(count):
        words = {name: draw.choice(choices) for name, choices in grammar["words"].items()}
        yield grammar["space"].join(draw.choice(choices).format(**words) for choices in grammar["sentences"])
