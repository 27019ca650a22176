"""A vote by keyboard alone, from the home page of governance to the receipt and its check."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, MakeVisit

pytestmark = pytest.mark.e2e


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element `selector` has the focus."""
    target = page.locator(selector).first
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never leads to {selector} on {page.url}.")


def test_an_answer_by_keyboard(visit: MakeVisit, decisions: dict[str, int]) -> None:
    number = decisions["asked"]
    window = visit(name="iris")
    window.open("/governance")
    page = window.page
    tab_to(page, f"main a[href^='/governance/{number}']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="A room for poets")).to_be_visible()
    tab_to(page, f"a[href='/governance/{number}/vote']")
    page.keyboard.press("Enter")

    tab_to(page, "[data-ballot] input[type=radio]")
    page.keyboard.press("Space")
    tab_to(page, "[data-ballot] button")
    page.keyboard.press("Enter")

    receipt = page.locator("#receipt")
    expect(receipt).to_have_text(re.compile(r"^[0-9a-f]{32}$"))
    code = receipt.inner_text()
    window.open(f"/governance/{number}/receipt")
    tab_to(page, "main input[name=username]")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("iris")
    tab_to(page, "main input[name=code]")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your ballot is in the box.")).to_be_visible()
    assert window.complaints == []


def test_places_by_keyboard_on_a_phone(visit: MakeVisit, decisions: dict[str, int]) -> None:
    window = visit(name="iris", width=PHONE)
    window.open(f"/governance/{decisions['ranked']}/vote")
    page = window.page
    for option, place in enumerate(("2", "1")):
        page.locator("[data-ballot] select").nth(option).focus()
        page.keyboard.press(place)
    expect(page.locator("[data-order]")).to_have_text(
        "Your order: 1. Every month; 2. When the suite changes. No place: Never, None of the above."
    )
    tab_to(page, "[data-ballot] button")
    page.keyboard.press("Enter")
    expect(page.locator("#receipt")).to_be_visible()

    window.open(f"/governance/{decisions['ranked']}/vote")
    expect(page.get_by_text("You have voted.")).to_be_visible()
    assert window.complaints == []
    window.press("Cast the vote")
    expect(page.get_by_text("Give at least one option a place.")).to_be_visible()
