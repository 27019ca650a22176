"""Names of commits: look up, list, create, delete."""

import re
import time

import pygit2
from pygit2.enums import ObjectType

from hub.core.errors import Conflict, Invalid
from models_app.gitstore.errors import ReferenceExists, RevisionNotFound
from models_app.gitstore.libgit2 import disk_full_is_a_refusal
from models_app.gitstore.locks import writing
from models_app.gitstore.loose import ObjectWriter
from models_app.gitstore.objects import Author, Ref
from models_app.gitstore.rules import shown

_MAX_NAME = 1000  # characters
_MAX_PART = 250  # bytes
_SHA = re.compile(r"[0-9a-fA-F]{4,40}")


def is_reference_name(reference: str) -> bool:
    """Whether git and the file system take this full name, and no command line its last part for an option."""
    try:
        valid = bool(pygit2.reference_is_valid_name(reference))
        # A reference is a file, and for a moment another one with ".lock" at its end.
        short = len(reference) <= _MAX_NAME and max(len(part.encode()) for part in reference.split("/")) <= _MAX_PART
    except UnicodeEncodeError:
        return False
    # libgit2 reads a C string: it would not see what comes after a NUL.
    return valid and short and "\0" not in reference and not re.match(r"refs/\w+/-", reference)


def target_of(repository: pygit2.Repository, reference: str) -> str | None:
    """The sha of the commit that the full name `reference` leads to, through tags; None if there is none."""
    if not is_reference_name(reference):
        return None
    try:
        return str(repository.lookup_reference(reference).peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def resolve(repository: pygit2.Repository, revision: str) -> str:
    names = [revision] if revision.startswith("refs/") else [f"refs/heads/{revision}", f"refs/tags/{revision}"]
    for name in names:
        if sha := target_of(repository, name):
            return sha
    if _SHA.fullmatch(revision):
        try:
            found = repository.get(repository.expand_id(revision))
        except (KeyError, ValueError):  # absent or ambiguous
            found = None
        if found is not None and found.type in {ObjectType.COMMIT, ObjectType.TAG}:
            return str(found.peel(pygit2.Commit).id)
    raise RevisionNotFound(revision)


def listed(repository: pygit2.Repository, prefix: str) -> list[Ref]:
    names = sorted(name for name in repository.listall_references() if name.startswith(prefix))
    targets = ((name, target_of(repository, name)) for name in names)
    return [Ref(name.removeprefix(prefix), name, target) for name, target in targets if target]


def create(repository: pygit2.Repository, reference: str, target: str) -> None:
    """Point the new `reference` at the object `target`."""
    if not is_reference_name(reference):
        raise Invalid(f"{shown(reference)} is not a possible name of a branch or tag.")
    with disk_full_is_a_refusal(), writing(repository, reference):
        try:
            repository.references.create(reference, target)
        except pygit2.AlreadyExistsError:
            raise ReferenceExists(reference) from None
        except (OSError, pygit2.GitError) as error:
            if _collides(repository, reference):
                raise Conflict(f"{reference} cannot stand beside a reference that is a part of its name.") from error
            raise


def put(repository: pygit2.Repository, reference: str, target: str) -> None:
    """Point `reference` at the commit `target`, whether it is there or not."""
    with disk_full_is_a_refusal(), writing(repository, reference):
        repository.references.create(reference, target, force=True)


def create_tag(repository: pygit2.Repository, name: str, target: str, *, message: str, author: Author | None) -> None:
    if message and author:
        with disk_full_is_a_refusal():
            target = _annotation(repository, name, target, message=message, author=author)
    create(repository, f"refs/tags/{name}", target)


def _annotation(repository: pygit2.Repository, name: str, target: str, *, message: str, author: Author) -> str:
    """Write a tag object (no reference yet: `create` decides that under the lock)."""
    text = f"object {target}\ntype commit\ntag {name}\ntagger {signature(author)}\n\n{message}\n"
    writer = ObjectWriter(repository)
    oid = writer.write("tag", text.encode(errors="replace"))
    writer.sync()
    return oid


def delete(repository: pygit2.Repository, reference: str) -> str:
    if not is_reference_name(reference):
        raise RevisionNotFound(reference.split("/", 2)[2])
    with disk_full_is_a_refusal(), writing(repository, reference):
        target = target_of(repository, reference)
        if target is None:
            raise RevisionNotFound(reference.split("/", 2)[2])
        repository.references.delete(reference)
        return target


def signature(author: Author) -> str:
    """`author` and the present time as git writes them: without the characters that delimit the fields."""
    name, email = (re.sub(r"[<>\x00-\x1f]", "", text).strip() for text in (author.name, author.email))
    return f"{name or 'unknown'} <{email or 'unknown'}> {int(time.time())} +0000"


def _collides(repository: pygit2.Repository, reference: str) -> bool:
    return any(
        name.startswith(f"{reference}/") or reference.startswith(f"{name}/") for name in repository.listall_references()
    )


def adopt(repository: pygit2.Repository, prefix: str) -> None:
    """Put what lies below `prefix` (``refs/import/heads/main``) in its place (``refs/heads/main``), over what is there.

    Annotated tags stay annotated. Raises `Invalid` for names that the hub does not take; then nothing has moved.
    """
    places = {
        name: f"refs/{name.removeprefix(prefix)}" for name in repository.listall_references() if name.startswith(prefix)
    }
    for place in places.values():
        if not is_reference_name(place):
            raise Invalid(f"{shown(place)} is not a possible name of a branch or tag.")
    with disk_full_is_a_refusal(), writing(repository, *places, *places.values()):
        for name, place in places.items():
            repository.references.create(place, repository.lookup_reference(name).target, force=True)
        for name in places:
            repository.references.delete(name)
