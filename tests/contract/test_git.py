"""git and git-lfs as people use them."""

import hashlib
import json
import secrets
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.contract.clients import CURRENT, Client
from tests.contract.conftest import MakeClient
from tests.contract.git_client import GitClient
from tests.models_app.pages.conftest import safetensors
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract

MakeGit = Callable[..., GitClient]
CARD = "---\nlicense: mit\n---\n# Tiny\n"
BIG = 10 * 1024 * 1024


@pytest.fixture
def make_git(hub_server: RunningHub, alice_token: str, tmp_path: Path) -> MakeGit:
    """``make_git(token)``: a machine with that token ("" for none), by default one of Alice that may write."""

    def make(token: str = alice_token, **more: str) -> GitClient:
        return GitClient(hub_server.url, tmp_path / f"git-{secrets.token_hex(4)}", token, **more)

    return make


@pytest.fixture
def alice_git(make_git: MakeGit) -> GitClient:
    return make_git()


@pytest.fixture
def repo(client: MakeClient, repo_id: str) -> str:
    """A new repo of Alice."""
    client().hf("repos", "create", repo_id)
    return repo_id


@pytest.fixture
def clone(alice_git: GitClient, repo: str) -> Path:
    return alice_git.clone(repo)


def ask(hub: RunningHub, path: str, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(hub.url + path, headers=headers), timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("protocol", ["0", "1", "2"])
@pytest.mark.parametrize("ending", ["", ".git"])
def test_anybody_clones_a_public_repo(
    make_git: MakeGit, client: MakeClient, repo: str, folder: Path, protocol: str, ending: str
) -> None:
    client().hf("upload", repo, folder)
    nobody = make_git("")
    nobody.git("config", "--global", "protocol.version", protocol)
    copy = nobody.clone(repo + ending)
    for path in folder.rglob("*"):
        if path.is_file():
            assert (copy / path.relative_to(folder)).read_bytes() == path.read_bytes()  # also what went by Xet
    assert nobody.git("log", "--format=%s", folder=copy).splitlines()[-1] == "initial commit"


def test_datasets_and_shallow_and_partial_clones(alice_git: GitClient, client: MakeClient, repo_id: str) -> None:
    client().hf("repos", "create", repo_id, "--repo-type", "dataset")
    whole = alice_git.clone(f"datasets/{repo_id}")
    for number in range(3):
        alice_git.commit(whole, {"data.txt": f"{number}" * 10_000, f"{number}.txt": "x"})
    alice_git.git("push", "origin", "main", folder=whole)
    shallow = alice_git.clone(f"datasets/{repo_id}", "--depth", "1")
    assert alice_git.git("rev-list", "--count", "HEAD", folder=shallow) == "1"
    alice_git.git("fetch", "--unshallow", folder=shallow)
    assert alice_git.git("rev-list", "--count", "HEAD", folder=shallow) == "4"
    partial = alice_git.clone(f"datasets/{repo_id}", "--filter=blob:none", "--no-checkout")
    missing = alice_git.git("rev-list", "--objects", "--all", "--missing=print", folder=partial)
    assert "?" in missing
    assert alice_git.git("show", "HEAD~1:data.txt", folder=partial) == "1" * 10_000


def test_a_push_is_a_commit_of_the_hub(
    hub_server: RunningHub, alice_git: GitClient, alice_token: str, repo: str, clone: Path
) -> None:
    """The row follows, and the new head is queued for evaluation."""
    hub_server.manage("sync_suites")
    config = '{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}'
    files = {"README.md": CARD, "config.json": config, "model.safetensors": safetensors(weight=(2, 3))}
    sha = alice_git.commit(clone, files)
    alice_git.git("push", "origin", "main", folder=clone)
    info = ask(hub_server, f"/api/models/{repo}")
    assert info["sha"] == sha
    assert info["cardData"]["license"] == "mit"
    assert "text-generation" in info["tags"]
    assert info["safetensors"]["total"] == 6
    runs = ask(hub_server, f"/api/evaluation/runs?repo={repo}", alice_token)["runs"]
    assert [run["commit"] for run in runs] == [sha]


def test_force_push_tags_and_branches(hub_server: RunningHub, alice_git: GitClient, repo: str, clone: Path) -> None:
    first = alice_git.references(repo)["refs/heads/main"]
    alice_git.commit(clone, {"a.txt": "1"})
    alice_git.git("push", "origin", "main", folder=clone)
    alice_git.git("reset", "--quiet", "--hard", first, folder=clone)
    other = alice_git.commit(clone, {"b.txt": "2"})
    assert "non-fast-forward" in alice_git.refused("push", "origin", "main", folder=clone)
    alice_git.git("push", "--force", "origin", "main", folder=clone)
    assert ask(hub_server, f"/api/models/{repo}")["sha"] == other
    alice_git.git("tag", "--annotate", "v1", "--message", "First", folder=clone)
    alice_git.git("push", "--atomic", "origin", "v1", "HEAD:refs/heads/dev/x", folder=clone)
    tag = alice_git.git("rev-parse", "v1", folder=clone)
    assert alice_git.references(repo) == {
        "HEAD": other,
        "refs/heads/main": other,
        "refs/heads/dev/x": other,
        "refs/tags/v1": tag,
        "refs/tags/v1^{}": other,
    }
    alice_git.git("push", "origin", ":v1", ":dev/x", folder=clone)
    assert alice_git.references(repo).keys() == {"HEAD", "refs/heads/main"}


def test_large_files_both_ways(
    hub_server: RunningHub, make_git: MakeGit, client: MakeClient, alice_git: GitClient, repo: str, clone: Path
) -> None:
    weights = secrets.token_bytes(3_000_000)
    alice_git.commit(clone, {"README.md": CARD, "model.safetensors": weights, "small.bin": b"\0"})
    alice_git.git("push", "origin", "main", folder=clone)
    siblings = ask(hub_server, f"/api/models/{repo}?blobs=true")["siblings"]
    (file,) = [one for one in siblings if one["rfilename"] == "model.safetensors"]
    assert (file["size"], file["lfs"]["sha256"]) == (len(weights), hashlib.sha256(weights).hexdigest())
    assert (make_git("").clone(repo) / "model.safetensors").read_bytes() == weights
    client().hf("download", repo, "--local-dir", clone.parent / "by-hf")
    assert (clone.parent / "by-hf" / "model.safetensors").read_bytes() == weights


REFUSED: dict[str, tuple[Callable[[GitClient, Path], object], str]] = {
    "a large file": (
        lambda git, clone: git.commit(clone, {"a/big.dat": secrets.token_bytes(BIG + 1)}),
        "remote: “a/big.dat” has 10485761 bytes: files of more than 10485760 go to large-file storage.",
    ),
    "a large file of yesterday": (
        lambda git, clone: (
            (git.commit(clone, {"big.dat": bytes(BIG + 1)}), git.git("rm", "big.dat", folder=clone))
            and git.commit(clone, {"x": "x"})
        ),
        "remote: “big.dat” has 10485761 bytes",
    ),
    "a card without a known licence": (
        lambda git, clone: git.commit(clone, {"README.md": "---\nlicense: nonsense\n---\n"}),
        'remote: README.md: "license": “nonsense” is not a known licence',
    ),
    "a pointer to nothing": (
        lambda git, clone: git.commit(
            clone,
            {"x.txt": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1' * 64}\nsize 12\n"},
        ),
        f"remote: “x.txt” points to a large object (sha256 {'1' * 64}) that was not uploaded to this repository",
    ),
    "a control character": (
        lambda git, clone: git.commit(clone, {"a/b\x01c": "x"}),
        "remote: 'a/b\\x01c' holds a control character.",
    ),
    "a symbolic link": (
        lambda git, clone: ((clone / "link").symlink_to("/etc/passwd"), git.commit(clone, {"x": "x"})),
        "remote: 'link' is a symbolic link, which few clients can follow: commit the file itself.",
    ),
    "a submodule": (
        lambda git, clone: (
            git.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub", folder=clone),
            git.git("commit", "--message", "sub", folder=clone),
        ),
        "remote: 'sub' is a submodule, whose files would not be here: commit the files themselves.",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_a_push_is_refused_for(
    hub_server: RunningHub,
    alice_git: GitClient,
    repo: str,
    clone: Path,
    change: Callable[[GitClient, Path], object],
    sentence: str,
) -> None:
    before = alice_git.references(repo), ask(hub_server, f"/api/models/{repo}")
    change(alice_git, clone)
    wanted = ("main", "main:other", "main:refs/tags/t")
    # Without git-lfs, which would not let some of these go.
    assert sentence in alice_git.refused("push", "--no-verify", "origin", *wanted, folder=clone)
    assert (alice_git.references(repo), ask(hub_server, f"/api/models/{repo}")) == before


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("main:refs/pr/1", "remote: “refs/pr/1” cannot be pushed"),  # nobody has opened it
        (":refs/pr/1", "remote: “refs/pr/1” cannot be pushed: push to a branch, a tag or an open pull request."),
        ("main:refs/hidden", "remote: “refs/hidden” cannot be pushed"),
        (":main", "remote: The default branch “main” cannot be deleted: pages and downloads start from it."),
        ("main^{tree}:refs/tags/tree", "remote: A branch or tag must lead to a commit."),
    ],
)
def test_references_that_stay(alice_git: GitClient, repo: str, clone: Path, spec: str, sentence: str) -> None:
    before = alice_git.references(repo)
    assert sentence in alice_git.refused("push", "origin", spec, "main:fine", folder=clone)
    assert alice_git.references(repo) == before


def read_token(hub: RunningHub) -> str:
    code = (
        "from community.members import services; from community.members.models import *; "
        f"print(services.create_access_token(user=User.objects.get(username='alice'), name='{secrets.token_hex(4)}', "
        "kind=TokenKind.READ)[1])"
    )
    return hub.manage("shell", "--no-imports", "-c", code).split()[-1]


def test_a_member_s_own_password(hub_server: RunningHub, make_git: MakeGit) -> None:
    """Who signs in without a second step needs no token."""
    said = hub_server.manage("add_member", "gitta", "--password", "correct-horse", "--token", "write")
    Client(CURRENT, hub_server.url, said.split()[-1], make_git("").home).hf("repos", "create", "gitta/tiny")
    gitta = make_git("correct-horse", name="gitta")
    clone = gitta.clone("gitta/tiny")
    sha = gitta.commit(clone, {"model.safetensors": secrets.token_bytes(100_000)})
    gitta.git("push", "origin", "main", folder=clone)
    assert gitta.references("gitta/tiny")["refs/heads/main"] == sha
    assert "Authentication failed" in gitta.refused(
        "push", make_git("wrong", name="gitta").url("gitta/tiny"), folder=clone
    )


def test_a_repo_that_is_not_there(alice_git: GitClient, clone: Path) -> None:
    said = alice_git.refused("push", alice_git.url("alice/nothing-here"), "main", folder=clone)
    assert "remote: Repository not found." in said
    assert f"remote: To push to a new repository, make it first: {alice_git.endpoint}/new" in said


def test_who_may_push(
    hub_server: RunningHub, make_git: MakeGit, bob_token: str, alice_git: GitClient, repo: str, clone: Path
) -> None:
    before = alice_git.references(repo)
    alice_git.commit(clone, {"a.txt": "1"})
    forbidden = f"remote: You have no right to write to {repo}"
    propose = f"{forbidden}: open a pull request instead"
    for git, sentence in (
        (make_git(read_token(hub_server)), forbidden),
        (make_git(bob_token, name="bob"), propose),
        (make_git("hf_wrong"), "Authentication failed"),
        (make_git(""), "terminal prompts disabled"),  # git would ask its user now
    ):
        assert sentence in git.refused("push", git.url(repo), "main", folder=clone)
    assert alice_git.references(repo) == before


def test_a_private_repo_is_not_there_for_others(
    make_git: MakeGit, bob_token: str, alice_git: GitClient, client: MakeClient, repo_id: str
) -> None:
    client().hf("repos", "create", repo_id, "--private")
    missing = "alice/never-there"
    bob, nobody = make_git(bob_token, name="bob"), make_git("")
    for repo in (repo_id, missing):
        assert "remote: Repository not found." in bob.refused("clone", bob.url(repo))
        assert "terminal prompts disabled" in nobody.refused("clone", nobody.url(repo))
    assert (alice_git.clone(repo_id) / ".gitattributes").exists()
    assert (make_git(name="whoever").clone(repo_id) / ".gitattributes").exists()  # the token says who it is


def test_two_who_push_to_one_branch_at_once(
    hub_server: RunningHub, make_git: MakeGit, alice_git: GitClient, repo: str, clone: Path
) -> None:
    """One lands, the other is told to fetch first; nobody's work is lost silently."""
    machines = [make_git() for _ in range(4)]
    clones = [machine.clone(repo) for machine in machines]
    shas = [git.commit(copy, {"name.txt": git.home.name}) for git, copy in zip(machines, clones, strict=True)]
    with ThreadPoolExecutor() as pool:
        pushed = pool.map(lambda git, copy: git.run("push", "origin", "main", folder=copy), machines, clones)
    head = alice_git.references(repo)["refs/heads/main"]
    assert [sha for sha, done in zip(shas, pushed, strict=True) if done.returncode == 0] == [head]
    assert ask(hub_server, f"/api/models/{repo}")["sha"] == head


def test_push_and_commits_of_the_api_at_once(
    hub_server: RunningHub, client: MakeClient, alice_git: GitClient, repo: str, clone: Path
) -> None:
    """Every commit that anybody was told of is in the history at the end, and the row is where git is."""
    api = client()
    upload = 'api.upload_file(repo_id=repo_id, path_or_fileobj=str(n).encode(), path_in_repo=f"api-{n}.txt")'
    script = f"result = [{upload}.oid for n in range(8)]"
    shas: list[str] = []
    with ThreadPoolExecutor() as pool:
        committed = pool.submit(api.python, script, repo_id=repo)
        for number in range(5):
            alice_git.commit(clone, {f"git-{number}.txt": "x"})
            while alice_git.run("push", "origin", "main", folder=clone).returncode != 0:
                alice_git.git("pull", "--rebase", "--quiet", "origin", "main", folder=clone)
            shas.append(alice_git.git("rev-parse", "HEAD", folder=clone))
        shas += committed.result()
    alice_git.git("pull", "--rebase", "--quiet", "origin", "main", folder=clone)
    assert len(shas) == 13
    assert set(shas) <= set(alice_git.git("rev-list", "HEAD", folder=clone).splitlines())
    assert ask(hub_server, f"/api/models/{repo}")["sha"] == alice_git.references(repo)["refs/heads/main"]


def test_a_member_proposes_with_git(
    hub_server: RunningHub, make_git: MakeGit, client: MakeClient, bob_token: str, alice_git: GitClient, repo: str
) -> None:
    """A pull request's author pushes to it, large files too, and to nothing else; merged it is in the branch."""
    opened = client(token=bob_token).python(
        "pull = api.create_pull_request(repo_id, title='Better weights'); result = [pull.num, pull.git_reference]",
        repo_id=repo,
    )
    number, reference = opened
    bob = make_git(bob_token, name="bob")
    copy = bob.clone(repo)
    weights = secrets.token_bytes(200_000)
    sha = bob.commit(copy, {"README.md": CARD, "weights.bin": weights})
    bob.git("push", "origin", f"HEAD:{reference}", folder=copy)
    before = alice_git.references(repo)
    assert before[reference] == sha != before["refs/heads/main"]
    assert "open a pull request instead" in bob.refused("push", "origin", "HEAD:main", folder=copy)
    assert alice_git.references(repo) == before
    client().python("api.merge_pull_request(repo_id, number); result = None", repo_id=repo, number=number)
    assert (alice_git.clone(repo) / "weights.bin").read_bytes() == weights
    bob.commit(copy, {"late.txt": "x"})
    over = f"remote: Pull request {number} is closed or merged"
    assert over in bob.refused("push", "origin", f"HEAD:{reference}", folder=copy)
    assert ask(hub_server, f"/api/models/{repo}")["sha"] == sha


def test_old_names_and_gates(
    hub_server: RunningHub, make_git: MakeGit, client: MakeClient, bob_token: str, alice_git: GitClient, repo: str
) -> None:
    client().python("api.move_repo(repo_id, repo_id + '-moved'); result = None", repo_id=repo)
    copy = alice_git.clone(repo)
    alice_git.commit(copy, {"a.txt": "1"})
    alice_git.git("push", "origin", "main", folder=copy)
    moved = f"{repo}-moved"
    client().python("api.update_repo_settings(repo_id, gated='manual'); result = None", repo_id=moved)
    bob, nobody = make_git(bob_token, name="bob"), make_git("")
    assert f"remote: Access to model {moved} is restricted" in bob.refused("clone", bob.url(moved))
    assert "terminal prompts disabled" in nobody.refused("clone", nobody.url(moved))
    assert (alice_git.clone(moved) / "a.txt").read_text() == "1"
