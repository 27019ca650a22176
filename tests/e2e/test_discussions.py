"""People talk and propose in a browser that runs no scripts."""

import pytest

from tests.e2e.conftest import MakeVisit

pytestmark = pytest.mark.e2e


def test_a_question_and_a_proposal_without_scripts(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit(name="juno", scripts=False)
    window.open("/iris/tiny/discussions/new")
    window.page.fill("[name=title]", "Without scripts")
    window.page.fill("[name=text]", "It works.")
    window.page.get_by_role("button", name="Begin").click()
    window.page.fill("[name=text]", "More to say")
    window.page.get_by_role("button", name="Comment").click()
    window.page.get_by_role("button", name="Close this discussion").click()
    assert window.page.get_by_text("closed this").is_visible()
    window.page.get_by_role("button", name="Open again").click()
    window.open("/iris/tiny/upload/main")
    file = {"name": "more.txt", "mimeType": "text/plain", "buffer": b"more"}
    window.page.set_input_files("input[type=file]", files=[file])  # type: ignore[list-item]
    window.page.get_by_role("button", name="Open a pull request").click()
    assert window.page.get_by_text("It can be merged").is_visible()
    owner = visit(name="iris", scripts=False)
    owner.page.goto(window.page.url)
    owner.page.get_by_role("button", name="Merge").click()
    assert owner.page.get_by_text("Merged into main.", exact=True).is_visible()
