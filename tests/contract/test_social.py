"""Likes, follows, collections, lists and info through the library of three versions."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.clients import Client
from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract
VERSIONS = ["0.36", "1.19", "2.4"]


@pytest.fixture(scope="session")
def family(hub_server: RunningHub, alice_token: str, bob_token: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Alice's ``family-base``, made into two public children and a private one; a dataset; Bob follows and likes."""
    home = tmp_path_factory.mktemp("family")
    Client(version="2.4", endpoint=hub_server.url, token=alice_token, home=home).python(
        """
def make(name, card, kind="model", private=False):
    api.create_repo(f"alice/{name}", repo_type=kind, private=private)
    api.upload_file(repo_id=f"alice/{name}", repo_type=kind, path_in_repo="README.md", path_or_fileobj=card.encode())

make("family-base", "---\\nlicense: mit\\n---\\n")
facts = "license: mit\\nlanguage: zh\\npipeline_tag: fill-mask\\nlibrary_name: keras\\nbase_model: alice/family-base"
for name in ("family-one", "family-two", "family-secret"):
    make(name, f"---\\n{facts}\\n---\\n", private=name == "family-secret")
make("family-data", "---\\nlicense: cc-by-4.0\\nlanguage: zh\\ntask_categories: [summarization]\\n---\\n", "dataset")
result = None
"""
    )
    Client(version="2.4", endpoint=hub_server.url, token=bob_token, home=home).python(
        """
from huggingface_hub.utils import build_hf_headers, get_session
for path in ("models/alice/family-one/like", "datasets/alice/family-data/like", "users/alice/follow"):
    get_session().post(f"{api.endpoint}/api/{path}", headers=build_hf_headers()).raise_for_status()
result = None
"""
    )
    return "alice/family-base"


def run(client: Client, script: str, **values: Any) -> Any:
    return client.python(script, **values)


@pytest.mark.parametrize("version", VERSIONS)
def test_likes_and_people(client: MakeClient, bob_token: str, family: str, version: str) -> None:
    result = run(
        client(version, token=bob_token),
        """
likes = api.list_liked_repos("bob")
alice, bob = api.get_user_overview("alice"), api.get_user_overview("bob")
result = {
    "likes": [likes.models, likes.datasets, likes.total],
    "likers": [user.username for user in api.list_repo_likers("alice/family-one")],
    "followers": [user.username for user in api.list_user_followers("alice")],
    "following": [user.username for user in api.list_user_following("bob")],
    "alice": [alice.is_following, alice.num_followers],
    "bob": [bob.num_likes, bob.num_following],
    "info": api.model_info("alice/family-one").likes,
}
""",
    )
    assert result == {
        "likes": [["alice/family-one"], ["alice/family-data"], 2],
        "likers": ["bob"],
        "followers": ["bob"],
        "following": ["alice"],
        "alice": [True, 1],
        "bob": [2, 1],
        "info": 1,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_unlike(client: MakeClient, repo_id: str, version: str) -> None:
    result = run(
        client(version),
        """
from huggingface_hub.utils import build_hf_headers, get_session
api.create_repo(repo_id)
get_session().post(f"{api.endpoint}/api/models/{repo_id}/like", headers=build_hf_headers()).raise_for_status()
before = api.model_info(repo_id).likes
api.unlike(repo_id)
api.unlike(repo_id)
result = [before, api.model_info(repo_id).likes, [user.username for user in api.list_repo_likers(repo_id)]]
""",
        repo_id=repo_id,
    )
    assert result == [1, 0, []]


LISTS = """
def ids(rows):
    return sorted(row.id.partition("/")[2] for row in rows)

def models(**query):
    return ids(api.list_models(author="alice", search="family", **query))

result = {
    "task": models(pipeline_tag="fill-mask") if NEW else models(task="fill-mask"),
    "library": models(filter="keras"),
    "language": models(filter=["zh", "license:mit"]),
    "children": models(filter="base_model:alice/family-base"),
    "finetunes": models(filter="base_model:finetune:alice/family-base"),
    "none": models(filter="license:apache-2.0"),
    "gated": [models(gated=True), models(gated=False)],
    "most liked": [m.id for m in api.list_models(author="alice", search="family", sort="likes", limit=1)],
    "trending": [m.id for m in api.list_models(author="alice", search="family", sort="trending_score", limit=1)],
    "full": [sorted(s.rfilename for s in m.siblings) for m in api.list_models(search="family-one", full=True)],
    "card": [m.card_data.license for m in api.list_models(search="family-one", cardData=True)],
    "pages": len(list(api.list_models(author="alice", search="family"))),
    "datasets": ids(api.list_datasets(author="alice", language="zh", task_categories="summarization")),
    "expand": [(m.likes, m.private) for m in api.list_models(search="family-one", expand=["likes"])],
}
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_lists(client: MakeClient, bob_token: str, family: str, version: str) -> None:
    assert run(client(version, token=bob_token), LISTS, NEW=version != "0.36") == {
        "task": ["family-one", "family-two"],
        "library": ["family-one", "family-two"],
        "language": ["family-one", "family-two"],
        "children": ["family-one", "family-two"],
        "finetunes": ["family-one", "family-two"],
        "none": [],
        "gated": [[], ["family-base", "family-one", "family-two"]],
        "most liked": ["alice/family-one"],
        "trending": ["alice/family-one"],
        "full": [[".gitattributes", "README.md"]],
        "card": ["mit"],
        "pages": 3,
        "datasets": ["family-data"],
        "expand": [[1, None]],
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_lineage_and_unknown_fields(client: MakeClient, family: str, version: str) -> None:
    result = run(
        client(version, token=""),
        """
def refusal(call):
    try:
        call()
    except Exception as error:
        return [type(error).__name__, "Invalid option: expected one of" in str(error)]

base = api.model_info(family, expand=["childrenModelCount", "evalResults"])
child = api.model_info("alice/family-one", expand=["baseModels", "trendingScore", "downloadsAllTime"])
count = getattr(base, "children_model_count", None) or getattr(base, "childrenModelCount", None)
result = {
    "children": count,
    "bases": getattr(child, "base_models", None) or getattr(child, "baseModels", None),
    "score": child.trending_score,
    "downloads": child.downloads_all_time,
    "unknown": refusal(lambda: api.model_info(family, expand=["stars"])),
}
""",
        family=family,
    )
    assert result == {
        "children": 2,
        "bases": ["alice/family-base"],
        "score": 10,
        "downloads": 0,
        "unknown": ["BadRequestError", True],
    }


COLLECTIONS = """
def names(collection):
    return [(item.item_id, item.item_type, item.position, item.note) for item in collection.items]

def refusal(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__, error.response.status_code

first = api.create_collection(title, namespace="alice", description="Ours")
again = api.create_collection(title, namespace="alice", exists_ok=True)
slug = first.slug
for name in ("one", "two", "secret"):
    api.add_collection_item(slug, f"alice/family-{name}", "model", note=name)
api.add_collection_item(slug, "alice/family-data", "dataset")
api.add_collection_item(slug, "alice/family-one", "model", exists_ok=True)
full = api.get_collection(slug)
last = full.items[-1].item_object_id
api.update_collection_item(slug, last, note="data", position=0)
api.delete_collection_item(slug, full.items[0].item_object_id)
api.delete_collection_item(slug, full.items[0].item_object_id, missing_ok=True)
changed = api.update_collection_metadata(slug, title=title + " renamed", theme="pink", position=3)
listed = [c for c in api.list_collections(owner="alice", item="models/alice/family-two") if c.slug == changed.slug]
result = {
    "made": [first.title, first.owner, first.description, first.private, first.upvotes, again.slug == slug],
    "full": names(full),
    "after": names(api.get_collection(slug)),
    "changed": [changed.title, changed.theme, changed.position, changed.url.endswith(f"/collections/{changed.slug}")],
    "listed": [names(c) for c in listed],
    "strange": names(HfApi(token=bob).get_collection(slug)),
    "refused": [
        refusal(lambda: api.add_collection_item(slug, "alice/family-two", "model")),
        refusal(lambda: api.add_collection_item(slug, "alice/none", "model")),
        refusal(lambda: api.add_collection_item(slug, "2307.09288", "paper")),
        refusal(lambda: HfApi(token=bob).add_collection_item(slug, "alice/family-one", "model")),
        refusal(lambda: api.create_collection(title + " renamed", namespace="alice")),
    ],
}
api.update_collection_metadata(slug, private=True)
result["hidden"] = refusal(lambda: HfApi(token=bob).get_collection(slug))
api.delete_collection(slug)
api.delete_collection(slug, missing_ok=True)
result["gone"] = refusal(lambda: api.get_collection(slug))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_collections(client: MakeClient, bob_token: str, family: str, version: str) -> None:
    title = f"Family {version}"
    after = [
        ["alice/family-data", "dataset", 0, "data"],
        ["alice/family-two", "model", 1, "two"],
        ["alice/family-secret", "model", 2, "secret"],
    ]
    seen = [after[0], after[1]]
    error = "HfHubHTTPError"
    assert run(client(version), COLLECTIONS, title=title, bob=bob_token) == {
        "made": [title, "alice", "Ours", False, 0, True],
        "full": [
            ["alice/family-one", "model", 0, "one"],
            ["alice/family-two", "model", 1, "two"],
            ["alice/family-secret", "model", 2, "secret"],
            ["alice/family-data", "dataset", 3, None],
        ],
        "after": after,
        "changed": [f"{title} renamed", "pink", 3, True],
        "listed": [after],
        "strange": seen,
        "refused": [[error, 409], ["RepositoryNotFoundError", 404], [error, 404], [error, 403], [error, 409]],
        "hidden": [error, 404],
        "gone": [error, 404],
    }


@pytest.mark.slow
def test_a_client_that_asks_too_often_reads_how_long_to_wait(tmp_path: Path) -> None:
    """On a hub of its own, which allows five requests."""
    hub = RunningHub(tmp_path)
    hub.env["HUB_RATE_LIMIT_API"] = "5"
    with hub:
        (tmp_path / "home").mkdir()
        client = Client(version="2.4", endpoint=hub.url, token=hub.make_member("dora"), home=tmp_path / "home")
        message = client.python(
            """
for _ in range(6):
    try:
        api.model_info("dora/none")
    except RepositoryNotFoundError:
        continue
    except HfHubHTTPError as error:
        result = str(error)
        break
"""
        )
    assert "you have reached your 'api' rate limit." in message
    assert "(0/5 requests remaining in current 300s window)" in message
