"""Governance by keyboard alone: a vote up to the check of its receipt, proposing, sponsoring, reading a result."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, MakeVisit

pytestmark = pytest.mark.e2e


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element `selector` has the focus."""
    target = page.locator(selector).first
    expect(target).to_be_visible()
    for _ in range(150):
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


def test_proposing_by_keyboard_with_a_look_at_the_change(visit: MakeVisit, decisions: dict[str, int]) -> None:
    window = visit(name="iris")
    window.open("/governance")
    page = window.page
    tab_to(page, "main a[href='/governance/new']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="New proposal")).to_be_visible()
    tab_to(page, "a[href='/governance/new/ordinary/category.add']")
    page.keyboard.press("Enter")
    for name, text in (
        ("title", "A room for gardeners"),
        ("body", "Soil, seeds and *small* models."),
        ("param-slug", "gardeners"),
        ("param-name", "Gardeners"),
    ):
        tab_to(page, f"main [name={name}]")
        page.keyboard.type(text)
    tab_to(page, "main form button")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1, name="A room for gardeners")).to_be_visible()
    change = page.get_by_role("row", name="/forum/gardeners")
    expect(change.get_by_role("rowheader")).to_have_text("/forum/gardeners")
    expect(change.get_by_role("cell")).to_have_text(["–", "Gardeners"])
    tab_to(page, "form[action$='/submit'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Only you see this draft.")).to_have_count(0)
    expect(page.get_by_role("listitem").and_(page.locator("[aria-current=step]"))).not_to_contain_text("draft")
    assert window.complaints == []


def test_sponsoring_by_keyboard(visit: MakeVisit, decisions: dict[str, int]) -> None:
    window = visit(name="iris")
    window.open("/governance")
    page = window.page
    tab_to(page, f"main ul a[href='/governance/{decisions['discussed']}']")
    page.keyboard.press("Enter")
    option = page.get_by_role("region", name="Only Spanish")
    expect(option.get_by_role("listitem").filter(has_text="iris")).to_have_count(0)
    tab_to(page, "form[action$='/options/b/sponsor'] button")
    page.keyboard.press("Enter")
    expect(option.get_by_role("listitem").filter(has_text="iris")).to_have_count(1)
    tab_to(page, "form[action$='/options/b/unsponsor'] button")
    page.keyboard.press("Enter")
    expect(option.get_by_role("listitem").filter(has_text="iris")).to_have_count(0)
    assert window.complaints == []


def test_a_result_by_keyboard_and_as_a_screen_reader_has_it(visit: MakeVisit, decisions: dict[str, int]) -> None:
    number = decisions["done"]
    window = visit()
    window.open("/governance")
    page = window.page
    tab_to(page, f"main table a[href='/governance/{number}']")
    page.keyboard.press("Enter")
    tab_to(page, f"nav a[href='/governance/{number}/result']")
    page.keyboard.press("Enter")
    pairs = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="None of the above"))
    row = pairs.get_by_role("row").filter(has=page.get_by_role("rowheader", name="When we meet"))
    expect(row.get_by_role("cell")).to_have_text(["–", "10 (won)", "10 (won)"])
    tab_to(page, f"a[href='/governance/{number}/receipt']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check a receipt")).to_be_visible()
    assert window.complaints == []
