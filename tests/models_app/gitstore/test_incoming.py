"""What a push brings, before anybody trusts it."""

import time
from pathlib import Path

import pytest

from hub.core.errors import Invalid
from models_app.gitstore import incoming
from models_app.gitstore.errors import PathRefused
from models_app.gitstore.objects import AddFile, Pointer
from models_app.gitstore.pointers import pointer_text
from models_app.gitstore.repository import GitRepository
from tests.models_app.gitstore.conftest import Commit
from tests.models_app.gitstore.sender import Sender


@pytest.fixture
def sender(repo: GitRepository, first: str, tmp_path: Path) -> Sender:
    return Sender(repo.path, tmp_path / "sender")


def found(repo: GitRepository, sender: Sender, *tips: str) -> dict[str, int]:
    """{path: size} of what `tips` bring; nothing of it is in `repo`."""
    view = GitRepository(repo.path, more_objects=sender.folder / ".git" / "objects")
    return {file.path: file.size for file in view.new_files(tips)}


def test_only_what_is_new_in_any_commit(repo: GitRepository, sender: Sender) -> None:
    one = sender.commit({"a/one.txt": b"changed", "gone.txt": b"gone"})
    sender.git("rm", "--quiet", "gone.txt")
    two = sender.commit({"copy of one.txt": b"changed", "deep/er/new.txt": b"12345"})
    assert found(repo, sender, two) == {"a/one.txt": 7, "deep/er/new.txt": 5, "gone.txt": 4}
    assert found(repo, sender, one) == {"a/one.txt": 7, "gone.txt": 4}
    assert found(repo, sender, one, two) == found(repo, sender, two)


def test_what_a_branch_has_is_not_new(repo: GitRepository, commit: Commit, sender: Sender) -> None:
    head = commit(AddFile("here.txt", b"here"))
    assert list(repo.new_files([head])) == []
    repo.create_branch("side", head)
    assert list(repo.new_files([head])) == []


def test_a_history_of_its_own(repo: GitRepository, sender: Sender) -> None:
    sender.git("checkout", "--quiet", "--orphan", "other")
    tip = sender.commit({"x.txt": b"x"})
    assert found(repo, sender, tip) == {"README.md": 7, "a/b/two.txt": 1, "a/one.txt": 1, "x.txt": 1}


def test_pointers_and_tags(repo: GitRepository, sender: Sender) -> None:
    pointer = Pointer("1" * 64, 2**40)
    sender.commit({"model.bin": pointer_text(pointer)})
    sender.git("tag", "--annotate", "v1", "--message", "First")
    tag = sender.git("rev-parse", "v1").decode().strip()
    view = GitRepository(repo.path, more_objects=sender.folder / ".git" / "objects")
    (file,) = view.new_files([tag])
    assert (file.path, file.size, file.lfs) == ("model.bin", 2**40, pointer)


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "a\\..", "\t", "a\nb", "x" * 256])
def test_paths_that_the_api_would_refuse_too(repo: GitRepository, sender: Sender, name: str) -> None:
    blob = sender.git("hash-object", "-w", "--stdin", content=b"x").decode().strip()
    tip = sender.commit_of(sender.tree([("100644", "blob", blob, name)]))
    if name == "a\\..":
        assert found(repo, sender, tip) == {name: 1}  # odd, but nobody misreads it
        return
    with pytest.raises(PathRefused):
        found(repo, sender, tip)


def test_a_name_that_is_no_unicode(repo: GitRepository, sender: Sender) -> None:
    blob = sender.git("hash-object", "-w", "--stdin", content=b"x").decode().strip()
    tree = sender.git("mktree", "-z", content=b"100644 blob %b\t\xff\0" % blob.encode()).decode().strip()
    with pytest.raises(PathRefused, match="is not valid Unicode"):
        found(repo, sender, sender.commit_of(tree))


@pytest.mark.parametrize(
    ("mode", "kind", "sentence"),
    [("120000", "blob", "'x' is a symbolic link"), ("160000", "commit", "'x' is a submodule")],
    ids=["link", "submodule"],
)
def test_neither_links_nor_submodules(repo: GitRepository, sender: Sender, mode: str, kind: str, sentence: str) -> None:
    blob = sender.git("hash-object", "-w", "--stdin", content=b"/etc/passwd").decode().strip()
    oid = blob if kind == "blob" else "1" * 40
    with pytest.raises(PathRefused, match=sentence):
        found(repo, sender, sender.commit_of(sender.tree([(mode, kind, oid, "x")])))


def nested(sender: Sender, tree: str, levels: int, names: list[str]) -> str:
    """A tree of `levels` levels above `tree`, in which each folder holds the next one under each of `names`."""
    for _ in range(levels):
        tree = sender.tree([("040000", "tree", tree, name) for name in names])
    return tree


def test_a_few_objects_that_unfold_without_end(repo: GitRepository, sender: Sender) -> None:
    """Ten names for the same folder, thirty times over: 10³⁰ files."""
    blob = sender.git("hash-object", "-w", "--stdin", content=b"x").decode().strip()
    leaf = sender.tree([("100644", "blob", blob, "x")])
    bomb = nested(sender, leaf, 30, [f"{number}" for number in range(10)])
    tip = sender.commit_of(bomb)
    begin = time.monotonic()
    with pytest.raises(Invalid, match=f"A commit has {10**30} files: at most 200000 are possible"):
        found(repo, sender, tip)
    assert time.monotonic() - begin < 2


def test_folders_too_deep_or_too_long_also_by_sharing(repo: GitRepository, sender: Sender) -> None:
    blob = sender.git("hash-object", "-w", "--stdin", content=b"x").decode().strip()
    leaf = sender.tree([("100644", "blob", blob, "x")])
    half = nested(sender, leaf, 70, ["d"])
    assert list(found(repo, sender, sender.commit_of(half)).values()) == [1]
    whole = nested(sender, half, 70, ["d"])
    shared = sender.tree(sorted([("040000", "tree", half, "a"), ("040000", "tree", whole, "b")]))
    for tree in (whole, shared):
        with pytest.raises(PathRefused, match="more than 127 folders"):
            found(repo, sender, sender.commit_of(tree))
    long = nested(sender, leaf, 20, ["n" * 250])
    with pytest.raises(PathRefused):
        found(repo, sender, sender.commit_of(long))


def test_exactly_as_many_files_as_possible(
    repo: GitRepository, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MAX_FILES", 5)
    tip = sender.commit({"4.txt": b"4", "5.txt": b"5"})
    assert found(repo, sender, tip) == {"4.txt": 1, "5.txt": 1}
    with pytest.raises(Invalid):
        found(repo, sender, sender.commit({"6.txt": b"6"}))


def test_a_tip_that_is_no_commit(repo: GitRepository, sender: Sender) -> None:
    blob = sender.git("hash-object", "-w", "--stdin", content=b"x").decode().strip()
    for tip in (blob, "1" * 40):
        with pytest.raises(Invalid, match="must lead to a commit"):
            found(repo, sender, tip)
