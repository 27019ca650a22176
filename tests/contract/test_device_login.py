"""``hf auth login`` as people run it: it shows a code, its member confirms it in the browser, and it has a token."""

import re
import subprocess
import time

import pytest

from tests.contract.clients import Client, python_of
from tests.contract.conftest import MakeClient
from tests.running_hub import RunningHub

pytestmark = pytest.mark.contract
SECONDS = 30
PASSWORD = "correct horse battery staple"


def start_login(client: Client) -> "subprocess.Popen[str]":
    env = {name: value for name, value in client.env.items() if name != "HF_TOKEN"}
    return subprocess.Popen(
        [str(python_of("2.4").parent / "hf"), "auth", "login"],
        env=env | {"PYTHONUNBUFFERED": "1"},
        cwd=client.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_code(login: "subprocess.Popen[str]") -> str:
    assert login.stdout is not None
    seen = ""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        seen += login.stdout.read(1)
        found = re.search(r"enter the code:? ([A-Z]{4}-[A-Z]{4})", seen)
        if found:
            return found[1]
    raise AssertionError(seen)


def browse(hub: RunningHub, name: str, code: str, decision: str) -> str:
    """What a person does in the browser; gives the text of the last page."""
    import httpx2

    with httpx2.Client(base_url=hub.url, follow_redirects=True, headers={"Referer": hub.url}) as browser:

        def send(path: str, **fields: str) -> str:
            token = browser.cookies["csrftoken"]
            response = browser.post(path, data={**fields, "csrfmiddlewaretoken": token})
            assert response.status_code == 200, response.text
            return response.text

        browser.get("/accounts/login/")
        send("/accounts/login/", login=name, password=PASSWORD)
        browser.get(f"/login/device?user_code={code}")
        assert code in send("/login/device", user_code=code)
        return send("/login/device/decide", **{"user_code": code, "kind": "write", decision: ""})


def test_login_by_code(hub_server: RunningHub, client: MakeClient) -> None:
    hub_server.manage("add_member", "dora", "--password", PASSWORD)
    machine = client(token="")
    login = start_login(machine)
    code = read_code(login)
    assert "signed in" in browse(hub_server, "dora", code, "approve")
    output, _ = login.communicate(timeout=SECONDS)
    assert login.returncode == 0, output

    fresh = Client(**{**vars(machine), "token": ""})
    env = {name: value for name, value in fresh.env.items() if name != "HF_TOKEN"}
    hf = str(python_of("2.4").parent / "hf")
    done = subprocess.run([hf, "auth", "whoami"], env=env, capture_output=True, text=True, check=True)
    assert "dora" in done.stdout
    # The client renews a token on its last day; here it is told that this day has come.
    stored = machine.home / "stored_tokens"
    assert "refresh_token" in stored.read_text()
    before = stored.read_text()
    stored.write_text(re.sub(r"expires_at = \d+", f"expires_at = {int(time.time()) + 60}", before))
    done = subprocess.run([hf, "auth", "whoami"], env=env, capture_output=True, text=True, check=True)
    assert "dora" in done.stdout
    token = re.search(r"hf_token = (\S+)", before)
    assert token is not None
    assert token[1] not in stored.read_text()


def test_login_denied(hub_server: RunningHub, client: MakeClient) -> None:
    hub_server.manage("add_member", "dan", "--password", PASSWORD)
    login = start_login(client(token=""))
    assert "sent away" in browse(hub_server, "dan", read_code(login), "deny")
    output, _ = login.communicate(timeout=SECONDS)
    assert login.returncode != 0
    assert "denied" in output
