"""Create, delete and change repos, and see what is known of one."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from community.members.models import User
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.uploads.services import catch_up
from tests.factories.members import OrganizationFactory
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, WEIGHTS_SHA256, MakeRepo
from tests.models_app.hub_state import hub_state

URL = "http://127.0.0.1:8000"
API = "/api/models/alice/tiny"


@pytest.mark.parametrize(
    ("body", "kind", "private", "url"),
    [
        ({"name": "tiny", "organization": None}, "model", False, f"{URL}/alice/tiny"),
        ({"name": "alice/tiny", "private": True}, "model", True, f"{URL}/alice/tiny"),
        ({"name": "tiny", "type": "dataset", "visibility": "private"}, "dataset", True, f"{URL}/datasets/alice/tiny"),
        (
            {"name": "tiny", "type": "space", "visibility": "public", "sdk": "gradio"},
            "space",
            False,
            f"{URL}/spaces/alice/tiny",
        ),
        ({"name": "tiny", "organization": "lab"}, "model", False, f"{URL}/lab/tiny"),
    ],
)
def test_create(alice: User, owner: Caller, body: dict[str, Any], kind: str, *, private: bool, url: str) -> None:
    OrganizationFactory(name="lab", admin=alice)
    response = owner.post("/api/repos/create", body)
    assert response.status_code == 200
    repo = Repo.objects.get()
    assert response.json() == {"url": url, "name": repo.full_id, "id": repo.full_id}
    assert (repo.kind, repo.private) == (kind, private)


def test_create_what_is_there(owner: Caller, repo: Repo) -> None:
    before = hub_state()
    response = owner.post("/api/repos/create", {"name": "Tiny"})
    assert (response.status_code, response.json()["url"]) == (409, f"{URL}/alice/tiny")
    assert hub_state() == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "../up"}, 403),
        ({"name": "a" * 97}, 400),
        ({"name": "nul\0"}, 400),
        ({"name": ""}, 400),
        ({"name": "x.git"}, 400),
        ({"name": "x" * 4096}, 400),
        ({"name": None}, 400),
        ({"name": ["x"]}, 400),
        ({}, 400),
        ([], 400),
        ("name", 400),
        (None, 400),
        ({"name": "x", "type": "bucket"}, 400),
        ({"name": "x", "type": ["model"]}, 400),
        ({"name": "x", "visibility": "secret"}, 400),
        ({"name": "x", "visibility": {}}, 400),
        ({"name": "x", "private": "yes"}, 400),
        ({"name": "x", "organization": "bob"}, 403),
        ({"name": "x", "organization": "nobody\0"}, 403),
        ({"name": "x", "organization": 7}, 400),
    ],
)
def test_create_badly(owner: Caller, bob: User, body: Any, status: int) -> None:
    before = hub_state()
    assert refusal(owner.post("/api/repos/create", body))[0] == status
    assert hub_state() == before


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b'{"name": "x"'])
def test_create_from_what_is_no_json(owner: Caller, raw: bytes) -> None:
    response = owner.call("POST", "/api/repos/create", raw=raw)
    assert refusal(response)[0] == 400
    assert not Repo.objects.exists()


def test_create_without_signing_in(nobody: Caller, alice: User) -> None:
    for body in ({"name": "x"}, {"name": "x", "organization": "alice"}):
        assert refusal(nobody.post("/api/repos/create", body))[0] == 401
    assert not Repo.objects.exists()


def test_a_body_has_a_limit(owner: Caller) -> None:
    response = owner.call("POST", "/api/repos/create", raw=b" " * (16 * 1024 * 1024 + 1))
    assert refusal(response)[0] == 413


def test_delete(owner: Caller, stranger: Caller, repo: Repo) -> None:
    body = {"name": "tiny", "organization": "alice", "type": "model"}
    assert refusal(stranger.call("DELETE", "/api/repos/delete", body))[0] == 403
    assert Repo.objects.exists()
    assert owner.call("DELETE", "/api/repos/delete", body).status_code == 200
    assert not Repo.objects.exists()
    assert refusal(owner.call("DELETE", "/api/repos/delete", body))[:2] == (404, "RepoNotFound")


def test_settings(owner: Caller, repo: Repo) -> None:
    def put(**body: Any) -> Any:
        return owner.call("PUT", f"{API}/settings", body).json()

    assert put(visibility="private") == {"private": True, "gated": False}
    assert Repo.objects.get().private
    assert put(private=False, gated="manual") == {"private": False, "gated": "manual"}
    assert put() == {"private": False, "gated": "manual"}
    assert put(gated="auto") == {"private": False, "gated": "auto"}
    assert put(gated=False) == {"private": False, "gated": False}


@pytest.mark.parametrize("body", [{"visibility": "hidden"}, {"gated": True}, {"gated": ["auto"]}, {"gated": ""}, []])
def test_settings_that_make_no_sense(owner: Caller, repo: Repo, body: Any) -> None:
    before = hub_state()
    assert refusal(owner.call("PUT", f"{API}/settings", body))[0] == 400
    assert hub_state() == before


def test_info(nobody: Caller, repo: Repo) -> None:
    answer = nobody.get("/api/models/Alice/TINY").json()
    assert {key: answer[key] for key in ("id", "modelId", "author", "sha", "private", "gated", "disabled")} == {
        "id": "alice/tiny",
        "modelId": "alice/tiny",
        "author": "alice",
        "sha": repo.head_sha,
        "private": False,
        "gated": False,
        "disabled": False,
    }
    assert (answer["pipeline_tag"], answer["library_name"], answer["downloads"]) == (
        "text-generation",
        "transformers",
        0,
    )
    assert answer["cardData"] == {"license": "mit", "language": "en", "pipeline_tag": "text-generation"}
    assert answer["config"]["model_type"] == "gpt2"
    assert answer["transformersInfo"] == {"auto_model": "AutoModelForCausalLM", "pipeline_tag": "text-generation"}
    assert set(answer["tags"]) == {"transformers", "text-generation", "gpt2", "en", "license:mit"}
    assert [sibling["rfilename"] for sibling in answer["siblings"]] == [
        ".gitattributes",
        "README.md",
        "config.json",
        "nested/what? 100%.txt",
        "weights.bin",
    ]
    assert all(answer[key].endswith("Z") for key in ("createdAt", "lastModified"))
    assert len(answer["_id"]) == 24


def test_info_with_blobs(nobody: Caller, repo: Repo) -> None:
    siblings = nobody.get(f"{API}?blobs=true").json()["siblings"]
    weights = next(sibling for sibling in siblings if sibling["rfilename"] == "weights.bin")
    assert weights["size"] == len(WEIGHTS)
    assert weights["lfs"] == {"sha256": WEIGHTS_SHA256, "size": len(WEIGHTS), "pointerSize": 130}
    assert all(set(sibling) >= {"rfilename", "size", "blobId"} for sibling in siblings)


def test_info_of_a_revision(nobody: Caller, owner: Caller, repo: Repo, git: GitRepository) -> None:
    first = git.history(repo.head_sha)[-1].sha
    owner.post(f"{API}/branch/feature%2Fodd", {"startingPoint": first})
    for revision in (first, first[:7], "feature%2Fodd", "refs%2Fheads%2Ffeature%2Fodd"):
        answer = nobody.get(f"{API}/revision/{revision}").json()
        assert (answer["sha"], [sibling["rfilename"] for sibling in answer["siblings"]]) == (first, [".gitattributes"])


@pytest.mark.parametrize(
    "revision", ["none", "0" * 40, "refs%2Fpr%2F1", "..%2F..", "%00", "a%20b", "x" * 4096, "%FF", "-"]
)
def test_missing_revisions(nobody: Caller, repo: Repo, revision: str) -> None:
    for address in (f"{API}/revision/{revision}", f"{API}/tree/{revision}", f"/alice/tiny/resolve/{revision}/a"):
        status, code, sentence = refusal(nobody.get(address))
        assert (status, code) == (404, "RevisionNotFound")
        assert sentence.startswith("Invalid rev id: ")


def test_expand(nobody: Caller, repo: Repo) -> None:
    assert nobody.get(f"{API}?expand=author&expand=likes&expand=gguf").json() == {
        "_id": f"{repo.pk:024x}",
        "id": "alice/tiny",
        "author": "alice",
        "likes": 0,
    }
    response = nobody.get(f"{API}?expand=stars")
    assert response.status_code == 400
    assert response.json()["error"].startswith('✖ Invalid option: expected one of "author"|"baseModels"|"cardData"')


def test_a_head_that_moved_unseen_is_read(nobody: Caller, repo: Repo) -> None:
    head = repo.head_sha
    Repo.objects.update(head_sha="", licence="", card_data={})
    answer = nobody.get(API).json()
    assert (answer["sha"], answer["cardData"]["license"]) == (head, "mit")
    assert Repo.objects.get().licence == "MIT"


def test_datasets_and_spaces_are_repos_too(owner: Caller, make_repo: MakeRepo) -> None:
    for kind in ("dataset", "space"):
        make_repo(kind=kind)
        assert owner.get(f"/api/{kind}s/alice/tiny").json()["id"] == "alice/tiny"
        assert owner.get(f"/{kind}s/alice/tiny/resolve/main/README.md").status_code == 200
    assert refusal(owner.get(API))[:2] == (404, "RepoNotFound")


@pytest.mark.parametrize(
    "address", ["/api/models/gpt2", "/gpt2/resolve/main/config.json", "/gpt2/resolve/" + "0" * 40 + "/a"]
)
def test_ids_without_namespace_are_missing_repos(nobody: Caller, owner: Caller, address: str) -> None:
    assert refusal(nobody.get(address))[:2] == (401, "RepoNotFound")
    assert refusal(owner.get(address))[:2] == (404, "RepoNotFound")


@pytest.mark.parametrize(
    ("revision", "told", "header"),
    [
        ("caf%C3%A9", "Invalid rev id: café", "Invalid rev id: café"),
        ("%E5%90%8D", "Invalid rev id: 名", None),
        ("a%0Ab", "Invalid rev id: a\nb", None),
        ("a" * 2000, f"Invalid rev id: {'a' * 2000}", None),
    ],
    ids=["latin", "chinese", "two-lines", "long"],
)
def test_errors_stay_english_and_only_what_fits_is_in_the_header(
    owner: Caller, repo: Repo, revision: str, told: str, header: str | None
) -> None:
    response = owner.get(f"{API}/revision/{revision}", Accept_Language="zh-hans")
    assert (response.json()["error"], response.get("X-Error-Message")) == (told, header)


def test_addresses_come_from_the_public_url(owner: Caller, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://hub.example"
    answer = owner.post("/api/repos/create", {"name": "tiny"}, Host="127.0.0.1").json()
    assert answer["url"] == "https://hub.example/alice/tiny"


@pytest.mark.parametrize("files", [1, 20])
def test_info_costs_the_same_whatever_the_size(
    make_repo: MakeRepo, django_assert_num_queries: DjangoAssertNumQueries, files: int
) -> None:
    make_repo(files={f"{number}.txt": b"x" for number in range(files)})
    with django_assert_num_queries(2):  # the repo, its tags
        assert Client().get(API).status_code == 200


def test_catch_up_costs_nothing_when_there_is_nothing(
    repo: Repo, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        catch_up(repo)
