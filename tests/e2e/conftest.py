"""A real browser in front of a real hub, with two members and two models."""

import json
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.contract.clients import CURRENT, Client
from tests.running_hub import RunningHub

PASSWORD = "correct horse battery staple"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium refuses its sandbox to root
]
PHONE, DESKTOP = 360, 1280

CARD = """---
license: apache-2.0
language: [en, zh]
pipeline_tag: text-generation
tags: [poetry]
---
# Tiny

It writes *calm* paragraphs.

```python
print("hello")
```

| loss | value |
|---|---|
| train | 3.57 |
"""


@dataclass
class Visit:
    """One person's browser window. `complaints` are errors that the browser's console has shown."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to `path`; gives the status. The browser's own note about a page's status is no complaint."""
        response = self.page.goto(self.url + path)
        assert response is not None
        own = f"{self.url}{path}"
        self.complaints = [text for text in self.complaints if not (own in text and "Failed to load resource" in text)]
        return response.status

    def press(self, button: str) -> None:
        """Press a button that leads to another page, and wait until that page is there."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button).click()

    def sign_in(self, name: str) -> None:
        self.open("/accounts/login/")
        self.page.fill("[name=login]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)


MakeVisit = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # A module's own: a running Playwright keeps an event loop in this thread, which Django's ORM refuses.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, hub_server: RunningHub) -> Iterator[MakeVisit]:
    """``visit(width=360, scheme="dark", language="zh-hans", name="iris")``: a fresh window, signed in as `name`."""
    contexts: list[BrowserContext] = []

    def make(
        *, width: int = DESKTOP, scheme: str = "light", language: str = "en", name: str = "", scripts: bool = True
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]  # one of the literals
            permissions=["clipboard-read", "clipboard-write"],
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "django_language", "value": language, "url": hub_server.url}])
        made = Visit(context.new_page(), hub_server.url)

        def listen(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                made.complaints.append(f"{message.text} ({message.location['url']})")

        made.page.on("console", listen)
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        if name:
            made.sign_in(name)
        return made

    yield make
    for context in contexts:
        context.close()


def checkpoint(folder: Path) -> Path:
    """A folder like one that `save_pretrained` leaves, small."""
    folder.mkdir(parents=True)
    header = json.dumps({"weight": {"dtype": "F32", "shape": [100, 10], "data_offsets": [0, 4000]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4000))
    (folder / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}')
    (folder / "README.md").write_text(CARD)
    (folder / "train.py").write_text("def train(steps: int = 1000) -> None:\n    '''Nothing.'''\n")
    return folder


GATED = '''
card = b"""---
license: apache-2.0
extra_gated_prompt: You may use it for **research** only.
extra_gated_fields: {Affiliation: text, Purpose: {type: select, options: [Research, Teaching]}, I am an adult: checkbox}
---
# Gated
"""
api.create_repo("iris/gated")
api.create_commit("iris/gated", [
    CommitOperationAdd("README.md", card),
    CommitOperationAdd("config.json", b"{}"),
], commit_message="Upload")
api.update_repo_settings("iris/gated", gated="manual")
api.grant_access("iris/gated", "juno")
api.cancel_access_request("iris/gated", "juno")
result = None
'''

RISKY = """
import time
api.create_repo("iris/risky")
api.create_commit("iris/risky", [
    CommitOperationAdd("model.pkl", b"cos\\nsystem\\n(S'true'\\ntR."),
    CommitOperationAdd("own/layers.pkl", b"\\x80\\x02cmy_model.layers\\nBlock\\n)\\x81."),
    CommitOperationAdd("broken.safetensors", b"no header"),
    CommitOperationAdd("notes.txt", b"# how it was made\\ntoken = hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIj\\n"),
], commit_message="Upload")
while not api.model_info("iris/risky", securityStatus=True).security_repo_status["scansDone"]:
    time.sleep(0.2)
result = None
"""


TALK = """
api.create_discussion(
    "iris/tiny", title="Which poems was it trained on?", description="I like *how calm* it is.\\n\\n- one\\n- two"
)
for number, path in enumerate(("train.py", "notes.txt")):
    api.create_commit(
        "iris/tiny",
        [CommitOperationAdd(path, f"def train():\\n    return {number}\\n".encode())],
        commit_message=f"Say more in {path}",
        commit_description="A clearer word.",
        create_pr=True,
    )
api.create_pull_request("iris/tiny", title="More to come", description="Soon.")
result = True
"""
ANSWER = """
api.comment_discussion("iris/tiny", 1, comment="Songs of the **Tang**, see [the card](README.md): `train.py`.")
api.rename_discussion("iris/tiny", 1, new_title="Which poems was it trained on, and how long?")
api.upload_file(repo_id="iris/tiny", path_in_repo="notes.txt", path_or_fileobj=b"Other notes.\\n")
api.change_discussion_status("iris/tiny", 1, new_status="closed", comment="Told.")
api.change_discussion_status("iris/tiny", 1, new_status="open")
result = True
"""


ATTENTION = """
import struct
from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.attention.rules import EXAMPLE, key_of
from models_app.repos.models import Repo
repo = Repo.objects.get(namespace__name="iris", name="tiny")
tokens = EXAMPLE.replace(" ", "| ").split("|")
size = len(tokens)
weights = [1 / (row + 1) if column <= row else 0 for row in range(size) for column in range(size)]
part = {"name": "decoder", "rows": tokens, "columns": tokens, "causal": True, "heads": 4, "layers": 3}
request = AttentionRequest.objects.create(
    repo=repo, commit_sha=repo.head_sha, text=EXAMPLE, key=key_of(EXAMPLE, ""), state="done",
    found={"family": "causal", "read": size, "read_target": None, "parts": [part]},
)
for layer in range(3):
    content = 4 * struct.pack(f"<{size * size}e", *weights)
    AttentionLayer.objects.create(request=request, part="decoder", layer=layer, weights=content)
"""


@pytest.fixture(scope="session")
def garden(hub_server: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Members iris and juno; ``iris/tiny`` for all, ``iris/secret`` for iris, ``iris/empty`` without files, and
    ``iris/risky``, whose files a scanner has found to be bad; ``iris/gated``, for whose files juno waits.

    About ``iris/tiny`` there are a discussion (1) and juno's pull requests: one that can be merged (2), one that
    cannot (3), and a draft (4). The attention to its example is computed.

    Gives the write token of each member.
    """
    tokens = {
        name: hub_server.manage("add_member", name, "--password", PASSWORD, "--token", "write").split()[-1]
        for name in ("iris", "juno")
    }
    home = tmp_path_factory.mktemp("iris")
    iris = Client(version=CURRENT, endpoint=hub_server.url, token=tokens["iris"], home=home)
    iris.python(
        """
for name, private in (("tiny", False), ("secret", True)):
    api.create_repo(f"iris/{name}", private=private)
    api.upload_folder(repo_id=f"iris/{name}", folder_path=folder, commit_message="Upload the checkpoint")
api.create_repo("iris/empty")
api.create_tag("iris/tiny", tag="v1.0")
result = True
""",
        folder=str(checkpoint(home / "checkpoint")),
    )
    iris.python(GATED)
    with hub_server.worker("default"):
        iris.python(RISKY)
    Client(version=CURRENT, endpoint=hub_server.url, token=tokens["juno"], home=home).python(TALK)
    iris.python(ANSWER)
    hub_server.manage("shell", "-c", ATTENTION)
    return tokens


DECISIONS = """
from datetime import timedelta
from django.utils import timezone
from community.governance import electorate
from community.governance.proposing import propose
from community.governance.sponsoring import stand
from community.governance.casting import cast
from community.members.actors import Actor
from community.members.models import User
from tests.community.governance.conftest import make_members, next_year, opened, pass_time, rival, seconded

ROLE = {"verb": "role.grant", "params": {"role": "moderator", "until": next_year().isoformat()}, "seats": 2}
electorate.register(lambda _since: User.objects.values("pk"))
iris = User.objects.get(username="iris")
User.objects.filter(pk=iris.pk).update(date_joined=timezone.now() - timedelta(days=100))
members = make_members(16)
discussed = seconded(members, title="Samples in more languages", body="Ask for *prompts* in French.")
rival(members[4:], discussed, "Only Spanish")
asked = opened(members, title="A room for poets", body="Let us have one.")
ranked = opened(members, "Every month", "Never", title="When the suite changes")
done = opened(members, "Every week", title="When we meet")
for number, actor in enumerate(members):
    cast(actor=actor, proposal=done, choice=[["a"], ["b"]] if number < 10 else [["b"], ["none"], ["a"]])
pass_time(done)
elected = seconded(members, kind="election", title="Who moderates", action=ROLE)
for actor in members[:4]:
    stand(actor=actor, proposal=elected, body="I read everything.")
pass_time(pass_time(elected))
for number, actor in enumerate(members):
    cast(actor=actor, proposal=elected, choice=[["abcd"[number % 3]], ["d"]])
pass_time(elected)
draft = propose(actor=Actor(user=iris), kind="ordinary", title="A draft of mine", body="Nearly.",
                action={"verb": "none", "params": {}})
print("numbers", *(one.pk for one in (discussed, asked, ranked, done, elected, draft)))
"""


@pytest.fixture(scope="session")
def decisions(hub_server: RunningHub, garden: dict[str, str]) -> dict[str, int]:
    """Numbers of proposals that iris may vote on: one ``discussed``, a yes/no vote ``asked`` and one of three options
    ``ranked`` that are open, ``done`` and ``elected`` that are counted, and iris's ``draft``.
    """
    said = hub_server.manage("shell", "-c", DECISIONS).split()
    names = ("discussed", "asked", "ranked", "done", "elected", "draft")
    return dict(zip(names, map(int, said[said.index("numbers") + 1 :]), strict=True))
