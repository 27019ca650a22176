"""The attention view under a pointer and a keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import MakeVisit

pytestmark = pytest.mark.e2e
PAGE = "/iris/tiny/attention"


def test_a_head_is_chosen_by_the_keyboard_and_the_address_keeps_it(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit()
    window.open(PAGE)
    page = window.page

    page.get_by_role("link", name="Layer 0, head 0").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="Layer 1, head 1")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Layer 1, head 1")).to_be_visible()
    assert re.search(r"layer=1&head=1&row=\d+#head$", page.url)
    page.reload()
    expect(page.get_by_role("heading", name="Layer 1, head 1")).to_be_visible()
    assert window.complaints == []


def test_weights_are_read_by_keyboard_and_pointer(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit()
    window.open(PAGE)
    head, reading = window.page.locator(".attention__head"), window.page.locator("#attention-reading")

    head.focus()
    expect(reading).to_have_text("“·warm.” looks at “She”: 0.1111")
    window.page.keyboard.press("ArrowUp")
    window.page.keyboard.press("ArrowRight")
    expect(reading).to_have_text("“·still” looks at “·poured”: 0.1250")

    cell, edge = int(head.get_attribute("data-cell") or 0), int(head.get_attribute("data-left") or 0)
    head.hover(position={"x": edge + 3.5 * cell, "y": edge + 1.5 * cell})
    expect(reading).to_have_text("“·poured” may not see “·tea”")


def test_without_scripts_heads_and_rows_are_links(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit(scripts=False)
    window.open(PAGE)
    window.page.get_by_label("Layer", exact=True).fill("2")
    window.press("Show")
    expect(window.page.get_by_role("heading", name="Layer 2, head 0")).to_be_visible()
    window.page.get_by_role("link", name="What “·tea” looks at").click()
    expect(window.page.get_by_role("heading", name="What “·tea” looks at most")).to_be_visible()
