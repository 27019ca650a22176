"""What two versions of a suite differ in, as people read it. Pure: definitions in, lines out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SECTIONS = ("tasks", "prompts", "fills", "sources", "strategies")  # of suite.yaml: entries by name
SETTINGS = "settings"  # what stands beside them


@dataclass(frozen=True)
class Difference:
    """`before` and `after` are texts; None where there is nothing. An empty `key` means the whole of `name`."""

    section: str  # one of SECTIONS, or SETTINGS
    name: str
    key: str
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Task by task, prompt by prompt, in the order of `after`; what only `before` has comes last in its section."""
    found = [line for section in SECTIONS for line in _of_section(section, before, after)]
    settings = [
        {key: value for key, value in side.items() if key not in {"version", *SECTIONS}} for side in (before, after)
    ]
    return [*found, *_of_keys(SETTINGS, "", *settings)]


def _of_section(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = before.get(section, {}), after.get(section, {})
    for name in {**new, **old}:
        if name in old and name in new:
            yield from _of_keys(section, name, old[name], new[name])
        else:
            was, now = (_summary(side[name]) if name in side else None for side in (old, new))
            yield Difference(section, name, "", was, now)


def _of_keys(section: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = dict(_flat(before)), dict(_flat(after))
    for key in {**new, **old}:
        if old.get(key) != new.get(key):
            yield Difference(section, name, key, old.get(key), new.get(key))


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", ", ".join(map(str, inner)) if isinstance(inner, list) else str(inner)


def _summary(entry: Mapping[str, Any]) -> str:
    """A whole task, prompt or strategy in one line."""
    return str(entry.get("title") or entry.get("text") or ", ".join(f"{key}={value}" for key, value in entry.items()))
