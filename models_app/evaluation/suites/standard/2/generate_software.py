# ruff: noqa: INP001 - a folder that is named for its version cannot be a package
"""Write the data that version 2 has and version 1 has not: ``python generate_software.py``. The same bytes every time.

The pairs are texts of this hub's own pages and their translations (``locale/zh_Hans``) as they were when the version
was made: sentences of 5 to 20 words without placeholders and names, no two of which share nearly half of their words.
The other files of ``data`` and ``tasks`` are version 1's, whose ``generate.py`` writes them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
SPLITS = {"train": 160, "validation": 32, "test": 88}


def software(source: str, target: str) -> Iterator[dict[str, str]]:
    """Texts of a program in `source` and `target`, in the order of their file, which was drawn by chance.

    ``task`` is what T5's configs call such a task.
    """
    splits = [split for split, rows in SPLITS.items() for _ in range(rows)]
    lines = (FOLDER / "pairs" / "software-en-zh.tsv").read_text(encoding="utf-8").splitlines()
    for split, line in zip(splits, lines, strict=True):
        texts = dict(zip(("en", "zh"), line.split("\t"), strict=True))
        task = f"translation_{source}_to_{target}"
        yield {"split": split, "task": task, "source": texts[source], "target": texts[target]}


def write_all(folder: Path = FOLDER / "data") -> None:
    """Write both data files below `folder` as JSON Lines."""
    folder.mkdir(exist_ok=True)
    for source, target in (("en", "zh"), ("zh", "en")):
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in software(source, target)]
        (folder / f"software_{source}_{target}.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write_all()
