"""The rows of a suite's tasks: JSON Lines of its own, or files of the hub's datasets that the worker put there."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import ArrowException
from pyarrow.parquet import ParquetFile

from models_app.evaluation.engine.errors import Internal
from models_app.evaluation.suites.definitions import Definition, hub_file

Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """`files` with their numbers of rows (None: as many as there are); of all rows the first `most`, of these `columns`
    (none: all).
    """

    files: tuple[tuple[Path, int | None], ...]
    columns: tuple[str, ...] = ()
    most: int | None = None

    def rows(self) -> list[Row]:
        """Raises `Internal` for files that are not what the suite says."""
        found: list[Row] = []
        for path, expected in self.files:
            rows = list(_read(path, self.columns))
            if expected not in (None, len(rows)):
                raise Internal(f"A file of the suite's data has {len(rows)} rows, but the suite says {expected}.")
            found += rows
        return found[: self.most]


def source_of(definition: Definition, data: Mapping[str, Any]) -> Source:
    """Where the rows of a task are whose ``data`` in ``suite.yaml`` is `data`."""
    if "path" in data:
        return Source(((definition.folder / data["path"], None),))
    files = tuple((definition.folder / hub_file(file), file["rows"]) for file in data["files"])
    return Source(files, tuple(data["columns"]), data["rows"])


def _read(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    read = _parquet if path.suffix == ".parquet" else _json_lines
    try:
        for row in read(path, columns):
            yield {name: row[name] for name in columns} if columns else row
    except (ArrowException, KeyError, TypeError, ValueError) as error:
        raise Internal(f"The rows of the suite's data cannot be read: {error}") from error


def _json_lines(path: Path, _columns: tuple[str, ...]) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _parquet(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    # Without threads: Arrow's pool does not survive the fork of the sandbox.
    with ParquetFile(path, pre_buffer=False) as file:
        yield from file.read(columns=list(columns), use_threads=False).to_pylist()
