"""People talk and propose in a browser that runs no scripts."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import MakeVisit

pytestmark = pytest.mark.e2e


def test_a_question_and_a_proposal_without_scripts(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit(name="juno", scripts=False)
    window.open("/iris/tiny/discussions/new")
    window.page.fill("[name=title]", "Without scripts")
    window.page.fill("[name=text]", "It works.")
    window.press("Begin")
    window.page.fill("[name=text]", "More to say")
    window.press("Comment")
    window.press("Close this discussion")
    expect(window.page.get_by_text("closed this")).to_be_visible()
    window.press("Open again")
    window.open("/iris/tiny/upload/main")
    file = {"name": "more.txt", "mimeType": "text/plain", "buffer": b"more"}
    window.page.set_input_files("input[type=file]", files=[file])  # type: ignore[list-item]
    window.press("Open a pull request")
    expect(window.page.get_by_text("It can be merged")).to_be_visible()
    owner = visit(name="iris", scripts=False)
    owner.page.goto(window.page.url)
    owner.press("Merge")
    expect(owner.page.get_by_text("Merged into main.", exact=True)).to_be_visible()
