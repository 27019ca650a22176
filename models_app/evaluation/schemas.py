"""JSON Schemas of documents, and what a document has to do with one in a sentence. No Django, no torch."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match


def validator(path: Path) -> Draft202012Validator:
    """Of the schema in the file `path`."""
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def problem_at(schema: Draft202012Validator, document: Any, *, top: str) -> str:
    """``place: what is wrong`` of what fits `schema` least, where `top` is the whole document; empty if all fits."""
    problem = best_match(schema.iter_errors(document))
    if problem is None:
        return ""
    where = "/".join(str(part) for part in problem.absolute_path) or top
    return f"{where[:200]}: {problem.message[:300]}"
