"""Copy what references lead to into another repository."""

from collections.abc import Sequence
from pathlib import Path

import pygit2
from pygit2.enums import SortMode

from models_app.gitstore.libgit2 import disk_full_is_a_refusal
from models_app.gitstore.loose import sync_file_system
from models_app.gitstore.references import listed


def copy_references(source: pygit2.Repository, target: pygit2.Repository, prefixes: Sequence[str]) -> None:
    """Copy the references below `prefixes` and, as one pack, the objects that they lead to, into the empty `target`.

    Nothing else comes along (libgit2's own local fetch would bring the objects of every reference), and nothing is
    shared: either repository may be deleted.
    """
    references = [source.lookup_reference(ref.ref) for prefix in prefixes for ref in listed(source, prefix)]
    builder = pygit2.PackBuilder(source)
    builder.set_threads(1)
    for reference in references:
        builder.add_recur(source[reference.target].id)  # an annotated tag is an object of its own
    walker = source.walk(None, SortMode.NONE)
    for reference in references:
        walker.push(reference.peel(pygit2.Commit).id)
    for commit in walker:
        builder.add_recur(commit.id)  # the commit with its tree, without its parents
    objects = Path(target.path) / "objects"
    with disk_full_is_a_refusal():
        if len(builder):
            builder.write(str(objects / "pack"))
            sync_file_system(objects)
        for reference in references:
            target.references.create(reference.name, reference.target)
