"""What a newcomer does: sign up, make a token, upload with the stock client, see the page, download again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.contract.clients import CURRENT, Client
from tests.e2e.conftest import PASSWORD, MakeVisit, checkpoint
from tests.running_hub import RunningHub

pytestmark = pytest.mark.e2e


def test_from_sign_up_to_download(visit: MakeVisit, hub_server: RunningHub, tmp_path: Path) -> None:
    window = visit()
    page = window.page
    window.open("/accounts/signup/")
    page.fill("[name=username]", "newcomer")
    page.fill("[name=email]", "newcomer@example.org")
    page.fill("[name=password1]", PASSWORD)
    page.press("[name=password1]", "Enter")
    page.get_by_label("Account of newcomer").wait_for()

    window.open("/settings/tokens/new")
    page.fill("[name=name]", "laptop")
    page.check("[name=kind][value=write]")
    page.locator("main form button.button--primary").click()
    token = page.locator("[data-copy^=hf_]").first.get_attribute("data-copy")
    assert token is not None

    client = Client(version=CURRENT, endpoint=hub_server.url, token=token, home=tmp_path)
    client.hf("upload", "newcomer/first", checkpoint(tmp_path / "folder"))

    window.open("/newcomer/first")
    expect(page.get_by_role("heading", name="Tiny")).to_be_visible()
    expect(page.get_by_text("Apache License 2.0")).to_be_visible()
    page.get_by_role("link", name="Files").click()
    with page.expect_download() as download:
        page.get_by_label("Download model.safetensors").click()
    assert download.value.path().read_bytes() == (tmp_path / "folder" / "model.safetensors").read_bytes()
    assert window.complaints == []


def test_a_new_model_filled_in_the_browser(visit: MakeVisit, garden: dict[str, str], tmp_path: Path) -> None:
    window = visit(name="juno")
    page = window.page
    window.open("/new")
    page.fill("[name=name]", "by-hand")
    page.fill("[name=licence]", "MIT")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/juno/by-hand")
    expect(page.get_by_text("hf upload juno/by-hand").first).to_be_visible()

    window.open("/juno/by-hand/upload/main")
    folder = checkpoint(tmp_path / "folder")
    page.set_input_files("[name=file]", [folder / "model.safetensors", folder / "train.py"])
    expect(page.get_by_text("train.py")).to_be_visible()
    page.get_by_role("button", name="Upload and commit").click()
    page.wait_for_url("**/juno/by-hand/tree/main")
    expect(page.get_by_role("link", name="model.safetensors", exact=True)).to_be_visible()
    assert window.complaints == []


def test_a_refused_upload_says_why(visit: MakeVisit, garden: dict[str, str], tmp_path: Path) -> None:
    window = visit(name="iris")
    window.open("/iris/tiny/upload/main")
    card = tmp_path / "README.md"
    card.write_text("---\nlicense: apache-3\n---\n")
    window.page.set_input_files("[name=file]", card)
    window.page.get_by_role("button", name="Upload and commit").click()
    window.page.locator("[data-status].field__error").wait_for()
    assert "apache-3" in window.page.locator("[data-status]").inner_text()
    window.open("/iris/tiny")
    expect(window.page.get_by_text("Apache License 2.0")).to_be_visible()


def test_a_private_model_is_invisible_for_others(visit: MakeVisit, garden: dict[str, str]) -> None:
    for other in (visit(), visit(name="juno")):
        assert other.open("/iris/secret") == 404
        hidden = other.page.locator("main").inner_text()
        assert other.open("/iris/nothing") == 404
        assert other.page.locator("main").inner_text() == hidden
        for path in ("/", "/models", "/iris"):
            other.open(path)
            assert other.page.get_by_text("secret").count() == 0, path
    assert visit(name="iris").open("/iris/secret") == 200
