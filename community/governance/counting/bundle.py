"""`recount.py`, put together: the very files that the hub counts with, in one that needs nothing but Python."""

import re
from functools import cache
from pathlib import Path

_MODULES = ("terms", "choices", "pairs", "ranked", "single", "stars", "transfers", "count", "recounting")
_OWN_IMPORT = re.compile(r"^from community\.governance\.counting\.\w+ import .*\n", re.MULTILINE)
_HEAD = "#!/usr/bin/env python3\n"
_TAIL = '\n\nif __name__ == "__main__":\n    raise SystemExit(main())\n'


@cache
def recount_program() -> str:
    """The text of `recount.py`. A module's imports of the others fall away: they stand above it."""
    texts = [(Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in _MODULES]
    return _HEAD + "\n\n".join(_OWN_IMPORT.sub("", text) for text in texts) + _TAIL
