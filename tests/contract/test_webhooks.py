"""The webhook methods of the real client, and deliveries that a real worker makes."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.contract.conftest import MakeClient
from tests.receiver import Receiver, plain, receiver
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract
SECONDS = 20


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def wait_for(other: Receiver, number: int) -> list[dict[str, object]]:
    deadline = time.monotonic() + SECONDS
    while len(other.requests) < number:
        assert time.monotonic() < deadline, other.requests
        time.sleep(0.05)
    return [json.loads(got.body) for got in other.requests]


@pytest.mark.parametrize("version", ["2.4", "1.19", "0.36"])
def test_the_methods_of_the_library(client: MakeClient, version: str) -> None:
    result = client(version).python(
        """
made = api.create_webhook(url="https://a.example/hook", watched=[{"type": "user", "name": "alice"}],
                          domains=["repo"], secret="s")
listed = [hook.id for hook in api.list_webhooks()]
changed = api.update_webhook(made.id, url="https://b.example/", domains=["repo", "discussion"])
off = api.disable_webhook(made.id).disabled
on = api.enable_webhook(made.id).disabled
got = api.get_webhook(made.id)
api.delete_webhook(made.id)
result = [
    made.url, made.secret, made.disabled, [[item.type, item.name] for item in made.watched], made.id in listed,
    changed.url, sorted(changed.domains), [item.name for item in changed.watched], off, on, got.url,
    made.id in [hook.id for hook in api.list_webhooks()],
]
"""
    )
    assert result == [
        "https://a.example/hook", "s", False, [["user", "alice"]], True,
        "https://b.example/", ["discussion", "repo"], ["alice"], True, False, "https://b.example/",
        False,
    ]  # fmt: skip


def test_deliveries_reach_the_receiver(
    hub_server: RunningHub, client: MakeClient, repo_id: str, other: Receiver
) -> None:
    """The worker serves the queue; the first try fails, and the same delivery comes again once it is due."""
    alice = client()
    with hub_server.worker("outbound"):
        alice.python(
            """
api.create_webhook(url=url, watched=[{"type": "model", "name": repo_id}], domains=["repo"], secret="s")
api.create_repo(repo_id)
api.upload_file(repo_id=repo_id, path_or_fileobj=b"text", path_in_repo="a.txt")
result = None
""",
            url=f"{other.url}/hook",
            repo_id=repo_id,
        )
        payloads = wait_for(other, 2)
    scopes = sorted((payload["event"]["action"], payload["event"]["scope"]) for payload in payloads)
    assert scopes == [("create", "repo"), ("update", "repo.content")]
    assert all(got.headers["X-Webhook-Secret"] == "s" for got in other.requests)


def test_the_client_understands_what_is_sent(
    hub_server: RunningHub, client: MakeClient, repo_id: str, other: Receiver
) -> None:
    """huggingface_hub has a model of the payload; it must take ours."""
    other.answer = plain(204)
    alice = client()
    with hub_server.worker("outbound"):
        alice.python(
            "api.create_repo(repo_id); api.create_webhook(url=url, watched=[{'type': 'user', 'name': 'alice'}]);"
            " api.create_branch(repo_id, branch='dev'); result = None",
            url=f"{other.url}/hook",
            repo_id=repo_id,
        )
        (payload,) = wait_for(other, 1)[:1]
    parsed = alice.python(
        """
try:
    import pydantic
except ImportError:
    result = None
else:
    parsed = WebhookPayload.model_validate(payload)
    result = [parsed.event.scope, parsed.repo.name, parsed.updatedRefs[0].ref, parsed.webhook.version]
""",
        payload=payload,
    )
    assert parsed in ([payload["event"]["scope"], repo_id, "refs/heads/dev", 3], None)
