"""A gated model, from the question to the file."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, MakeVisit
from tests.running_hub import RunningHub

pytestmark = pytest.mark.e2e


def test_asking_and_deciding(visit: MakeVisit, garden: dict[str, str], hub_server: RunningHub) -> None:
    hub_server.manage("add_member", "fern", "--password", PASSWORD)
    fern, iris = visit(name="fern"), visit(name="iris")
    fern.open("/iris/gated")
    fern.page.get_by_label("Affiliation").fill("The garden")
    fern.page.get_by_label("Purpose").select_option("Teaching")
    fern.page.get_by_label("I am an adult").check()
    fern.page.get_by_label("I agree to the conditions").check()
    fern.press("Ask for access")
    expect(fern.page.get_by_text("Your request is waiting for the owners")).to_be_visible()
    assert fern.open("/iris/gated/blob/main/config.json") == 403

    iris.open("/iris/gated/settings/access")
    expect(iris.page.get_by_text("The garden")).to_be_visible()
    iris.press("Accept fern")
    expect(iris.page.get_by_text("The request of fern: accepted.")).to_be_visible()
    assert fern.open("/iris/gated/blob/main/config.json") == 200

    iris.page.get_by_role("link", name="Accepted").click()
    reason = iris.page.locator("article", has_text="fern").get_by_label("Reason, which the member sees")
    reason.fill("The term is over")
    reason.press("Enter")
    expect(iris.page.get_by_text("The request of fern: rejected.")).to_be_visible()
    fern.open("/iris/gated")
    expect(fern.page.get_by_text("They say: The term is over")).to_be_visible()
    assert fern.complaints == iris.complaints == []


def test_moving(visit: MakeVisit, garden: dict[str, str]) -> None:
    iris = visit(name="iris")
    iris.open("/new")
    iris.page.get_by_label("Name").fill("seedling")
    iris.page.get_by_label("Licence").fill("MIT")
    iris.press("Create")
    iris.open("/iris/seedling/settings")
    iris.page.get_by_label("Name", exact=True).fill("sapling")
    iris.press("Move")
    expect(iris.page.get_by_text("It is called iris/sapling now.")).to_be_visible()
    assert iris.open("/iris/seedling/blob/main/README.md?source") == 200
    assert iris.page.url.endswith("/iris/sapling/blob/main/README.md?source")
    iris.open("/iris/sapling/duplicate")
    iris.page.get_by_label("Name", exact=True).fill("graft")
    iris.press("Duplicate")
    assert iris.page.url.endswith("/iris/graft")
    assert iris.complaints == []
