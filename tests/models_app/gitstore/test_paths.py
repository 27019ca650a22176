"""Which paths may be committed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.gitstore.errors import PathRefused
from models_app.gitstore.repository import AddFile, GitRepository
from models_app.gitstore.rules import check_path
from models_app.gitstore.trees import EMPTY_TREE, TreeEditor
from tests.models_app.gitstore.conftest import Commit


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "a/b/c",
        ".gitattributes",
        ".gitignore",
        "git",
        "a/.github/x",
        "…/模型.safetensors",
        "with space",
        "a:b?c%2F*",
        "folder/..\\..\\x",
        "...",
        "a" * 255,
        "/".join(["a"] * 128),
        "/".join(["x" * 255] * 16),
    ],
)
def test_good_paths(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a/..",
        ".",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "..\\x",
        ".git/config",
        "a/.GIT/config",
        ".Git",
        "a\0b",
        "a\nb",
        "a\x7fb",
        "a" * 256,
        "é" * 128,
        "/".join(["a"] * 129),
        "/".join(["a" * 100] * 41),
        "\ud800",
    ],
)
def test_bad_paths(path: str) -> None:
    with pytest.raises(PathRefused) as refusal:
        check_path(path)
    refusal.value.message.encode()  # it can be sent
    assert "\n" not in refusal.value.message


def test_a_bad_path_among_good_ones_changes_nothing(repo: GitRepository, commit: Commit, first: str) -> None:
    before = sorted(path for path in repo.path.rglob("*") if path.is_file())
    with pytest.raises(PathRefused):
        commit(AddFile("good", b"new"), AddFile("../bad", b"new"))
    assert repo.resolve("main") == first
    assert sorted(path for path in repo.path.rglob("*") if path.is_file()) == before


SEGMENTS = st.text(st.sampled_from("ab.\\ é\0\n/gGit"), max_size=6)


@given(st.lists(SEGMENTS, max_size=5).map("/".join))
def test_an_accepted_path_is_a_plain_relative_one(path: str) -> None:
    try:
        check_path(path)
    except PathRefused:
        return
    segments = path.split("/")
    assert not {"", ".", ".."} & set(segments)
    assert ".git" not in [segment.lower() for segment in segments]
    assert path.isprintable()


OID = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join), min_size=1, max_size=12))
def test_the_editor_behaves_like_a_folder(paths: list[str]) -> None:
    """Against a plain set of file names: what is refused is exactly what a file system could not hold."""
    editor, model = TreeEditor(lambda _: b"", None), set[str]()
    for path in paths:
        collides = any(path.startswith(f"{file}/") or file.startswith(f"{path}/") for file in model)
        if collides:
            with pytest.raises(PathRefused):
                editor.put(path, OID)
        else:
            editor.put(path, OID)
            model.add(path)
    rebuilt = TreeEditor(lambda _: b"", None)
    for path in sorted(model):
        rebuilt.put(path, OID)
    assert editor.build()[0] == rebuilt.build()[0]
    for path in model:
        editor.delete(path)
    assert editor.build()[0] == EMPTY_TREE
