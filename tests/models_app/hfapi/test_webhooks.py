"""Webhooks by the API, and what they are told of repos."""

from typing import Any

import pytest

from community.members.actors import Actor
from community.members.models import Membership, Role, User
from community.webhooks.models import Delivery, Webhook
from models_app.gitstore.objects import AddFile
from models_app.repos.models import Repo
from models_app.repos.services import (
    create_branch,
    create_repo,
    create_tag,
    delete_branch,
    delete_repo,
    delete_tag,
    move_repo,
    set_visibility,
)
from models_app.uploads.services import commit_changes, refresh_head
from tests.factories.members import OrganizationFactory
from tests.models_app.hfapi.caller import Caller, refusal
from tests.models_app.hfapi.conftest import MakeRepo, caller_for

BODY = {"url": "https://a.example/hook", "watched": [{"type": "user", "name": "alice"}], "domains": ["repo"]}
ADDRESS = "/api/settings/webhooks"


def make(caller: Caller, **change: Any) -> str:
    response = caller.post(ADDRESS, BODY | change)
    assert response.status_code == 200, response.content
    return str(response.json()["webhook"]["id"])


def told() -> list[dict[str, Any]]:
    """The payloads written since the last call, oldest first."""
    rows = list(Delivery.objects.order_by("created_at"))
    Delivery.objects.all().delete()
    return [row.payload for row in rows]


def change(actor: Actor, repo: Repo, path: str = "x.txt", branch: str = "main") -> str:
    return commit_changes(
        actor=actor, repo=repo, revision=branch, parent=None, summary="s", description="", changes=[AddFile(path, b"x")]
    )


def test_the_life_of_a_webhook(owner: Caller) -> None:
    made = owner.post(ADDRESS, BODY | {"secret": "s"}).json()["webhook"]
    assert made == BODY | {"id": made["id"], "job": None, "secret": "s", "disabled": False}
    one = f"{ADDRESS}/{made['id']}"
    assert owner.get(one).json()["webhook"] == made
    assert owner.get(ADDRESS).json() == [made]
    changed = owner.post(one, {"watched": [], "url": "https://b.example/"}).json()["webhook"]
    assert changed == made | {"url": "https://b.example/"}
    changed = owner.post(one, {"watched": [{"type": "model", "name": "a/b"}], "domains": ["discussion"]}).json()[
        "webhook"
    ]
    assert (changed["watched"], changed["domains"]) == ([{"type": "model", "name": "a/b"}], ["discussion"])
    assert owner.post(f"{one}/disable").json()["webhook"]["disabled"] is True
    assert owner.post(f"{one}/enable").json()["webhook"]["disabled"] is False
    assert owner.call("DELETE", one).status_code == 200
    assert owner.get(ADDRESS).json() == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_those_of_others_are_not_there(owner: Caller, stranger: Caller, nobody: Caller, method: str) -> None:
    webhook = make(owner)
    for address in (f"{ADDRESS}/{webhook}", f"{ADDRESS}/{'f' * 24}", f"{ADDRESS}/nonsense"):
        body = BODY if method == "POST" else None
        assert refusal(stranger.call(method, address, body))[0] == 404
        assert refusal(nobody.call(method, address, body))[0] == 401
    assert stranger.get(ADDRESS).json() == []
    assert Webhook.objects.get().url == BODY["url"]


def test_a_read_token_sees_no_secrets(owner: Caller, reader: Caller) -> None:
    webhook = make(owner, secret="s")
    assert refusal(reader.get(ADDRESS))[0] == 403
    assert refusal(reader.get(f"{ADDRESS}/{webhook}"))[0] == 403
    assert refusal(reader.post(ADDRESS, BODY))[0] == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://127.0.0.1/"}, {"url": 5}, {"url": ""}, {"watched": "all"}, {"watched": [5]},
        {"watched": [{"type": "planet", "name": "x"}]}, {"watched": [{"type": "user", "name": ""}]},
        {"watched": [{"type": "user", "name": "a\0"}]}, {"domains": "repo"}, {"domains": [5]}, {"secret": 5},
        {"jobSourceId": "x"},
    ],
)  # fmt: skip
def test_wrong_bodies_make_nothing(owner: Caller, wrong: dict[str, Any]) -> None:
    assert refusal(owner.post(ADDRESS, BODY | wrong))[0] == 400
    assert not Webhook.objects.exists()


def test_what_a_repo_tells(owner: Caller, alice: User) -> None:
    make(owner)
    actor = Actor(user=alice)
    repo = create_repo(actor=actor, kind="model", namespace="alice", name="tiny", private=False)
    (created,) = told()
    assert created["event"] == {"action": "create", "scope": "repo"}
    assert created["repo"] == {
        "type": "model",
        "name": "alice/tiny",
        "id": f"{repo.pk:024x}",
        "private": False,
        "url": {"web": "http://127.0.0.1:8000/alice/tiny", "api": "http://127.0.0.1:8000/api/models/alice/tiny"},
        "headSha": repo.head_sha,
        "owner": {"id": f"{repo.namespace_id:024x}"},
    }

    sha = change(actor, repo)
    (content,) = told()
    assert content["event"] == {"action": "update", "scope": "repo.content"}
    assert content["updatedRefs"] == [{"ref": "refs/heads/main", "oldSha": repo.head_sha, "newSha": sha}]
    assert content["repo"]["headSha"] == sha
    assert change(actor, repo) == sha
    refresh_head(Repo.objects.get())
    assert told() == []  # nothing moved

    create_branch(actor=actor, repo=repo, name="dev", start="main")
    second = change(actor, repo, "y.txt", "dev")
    delete_branch(actor=actor, repo=repo, name="dev")
    create_tag(actor=actor, repo=repo, name="v1", target="main", message="m")
    delete_tag(actor=actor, repo=repo, name="v1")
    assert [payload["updatedRefs"] for payload in told()] == [
        [{"ref": "refs/heads/dev", "oldSha": None, "newSha": sha}],
        [{"ref": "refs/heads/dev", "oldSha": sha, "newSha": second}],
        [{"ref": "refs/heads/dev", "oldSha": second, "newSha": None}],
        [{"ref": "refs/tags/v1", "oldSha": None, "newSha": sha}],
        [{"ref": "refs/tags/v1", "oldSha": sha, "newSha": None}],
    ]

    OrganizationFactory(name="lab", admin=alice)
    moved_repo = move_repo(actor=actor, repo=repo, namespace="lab", name="small")
    (moved,) = told()
    assert moved["event"] == {"action": "move", "scope": "repo"}
    assert moved["repo"]["name"] == "alice/tiny"
    assert moved["movedTo"] == {"name": "lab/small", "owner": {"id": f"{moved_repo.namespace_id:024x}"}}
    repo = move_repo(actor=actor, repo=moved_repo, namespace="alice", name="tiny")
    assert told()[0]["movedTo"]["name"] == "alice/tiny"

    set_visibility(actor=actor, repo=repo, private=True)
    delete_repo(actor=actor, repo=repo)
    config, deleted = told()
    assert (config["event"], config["repo"]["private"]) == ({"action": "update", "scope": "repo.config"}, True)
    assert deleted["event"] == {"action": "delete", "scope": "repo"}


@pytest.mark.parametrize(
    ("kind", "name", "follows"),
    [
        ("model", "ALICE/Tiny", True), ("user", "Alice", True), ("org", "alice", True),
        ("dataset", "alice/tiny", False),
        ("model", "alice/tin", False), ("user", "bob", False),
    ],
)  # fmt: skip
def test_what_may_be_followed(owner: Caller, repo: Repo, alice: User, kind: str, name: str, follows: bool) -> None:  # noqa: FBT001
    make(owner, watched=[{"type": kind, "name": name}])
    change(Actor(user=alice), repo)
    assert bool(told()) == follows


def test_private_repos_tell_only_those_who_may_read_them(
    owner: Caller, stranger: Caller, make_repo: MakeRepo, alice: User
) -> None:
    make(stranger)
    actor = Actor(user=alice)
    repo = make_repo("secret", private=True)
    change(actor, repo)
    set_visibility(actor=actor, repo=repo, private=True)
    delete_repo(actor=actor, repo=repo)
    assert told() == []
    make(owner)
    delete_repo(actor=actor, repo=make_repo("other", private=True))
    assert {row.webhook.owner.username for row in Delivery.objects.select_related("webhook__owner")} == {"alice"}


def test_a_member_who_left_is_told_no_more(bob: User, alice: User) -> None:
    from community.webhooks.events import may_see

    lab = OrganizationFactory(name="lab", admin=alice)
    membership = Membership.objects.create(organization=lab, user=bob, role=Role.READ)
    make(caller_for(bob), watched=[{"type": "org", "name": "lab"}])
    repo = create_repo(actor=Actor(user=alice), kind="model", namespace="lab", name="tiny", private=True)
    row = Delivery.objects.select_related("webhook__owner").get()
    assert may_see(row.webhook, row.subject)
    deleted = f"deleted:{repo.namespace_id}"
    assert may_see(row.webhook, deleted)
    membership.delete()
    assert not may_see(row.webhook, row.subject)
    assert not may_see(row.webhook, deleted)
    assert may_see(row.webhook, "deleted:0")


def test_what_discussions_tell(owner: Caller, stranger: Caller, repo: Repo, bob: User) -> None:
    make(owner, domains=["discussion"])
    make(owner)  # of repos only
    api = "/api/models/alice/tiny/discussions"
    number = stranger.post(api, {"title": "A question", "description": "Why?", "pullRequest": False}).json()["num"]
    comment = stranger.post(f"{api}/{number}/comment", {"comment": "Because."}).json()["newMessage"]["id"]
    stranger.post(f"{api}/{number}/comment/{comment}/edit", {"content": "Because of that."})
    stranger.post(f"{api}/{number}/comment/{comment}/hide")
    stranger.post(f"{api}/{number}/status", {"status": "closed"})
    opened, added, edited, hidden, closed = told()
    assert [payload["event"] for payload in (opened, added, edited, hidden, closed)] == [
        {"action": "create", "scope": "discussion"},
        {"action": "create", "scope": "discussion.comment"},
        {"action": "update", "scope": "discussion.comment"},
        {"action": "update", "scope": "discussion.comment"},
        {"action": "update", "scope": "discussion"},
    ]
    url = f"http://127.0.0.1:8000/alice/tiny/discussions/{number}"
    assert opened["discussion"] == {
        "id": opened["discussion"]["id"],
        "num": number,
        "title": "A question",
        "status": "open",
        "isPullRequest": False,
        "author": {"id": f"{bob.pk:024x}"},
        "url": {"web": url, "api": f"http://127.0.0.1:8000{api}/{number}"},
    }
    assert [payload["comment"]["content"] for payload in (opened, added, edited, hidden)] == [
        "Why?", "Because.", "Because of that.", None,
    ]  # fmt: skip
    assert (hidden["comment"]["hidden"], closed["discussion"]["status"]) == (True, "closed")
    assert "comment" not in closed


def test_what_pull_requests_tell(owner: Caller, stranger: Caller, repo: Repo) -> None:
    make(owner, domains=["discussion"])
    stranger.post("/api/models/alice/tiny/discussions", {"title": "A change", "pullRequest": True})
    payload = told()[0]
    assert (payload["discussion"]["isPullRequest"], payload["discussion"]["status"]) == (True, "draft")


def test_discussions_of_private_repos_tell_no_stranger(owner: Caller, stranger: Caller, make_repo: MakeRepo) -> None:
    make_repo("secret", private=True)
    make(stranger, domains=["discussion"])
    owner.post("/api/models/alice/secret/discussions", {"title": "Among us", "description": "x", "pullRequest": False})
    assert told() == []
