"""The list of models answers at once where scripts run, and answers where they do not."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, MakeVisit

pytestmark = pytest.mark.e2e


def test_typing_narrows_the_list_and_back_undoes_it(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit()
    page = window.page
    window.open("/models")
    page.fill("#id_q", "tiny")
    page.wait_for_url("**/models?q=tiny&sort=lastModified")
    page.locator("#results a[href='/iris/empty']").wait_for(state="detached")
    expect(page.locator("#results a[href='/iris/tiny']")).to_be_visible()
    assert page.locator("#id_q").input_value() == "tiny"
    page.go_back()
    page.locator("#results a[href='/iris/empty']").wait_for()
    assert window.complaints == []


def test_choosing_a_facet_counts_the_others_anew(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit()
    page = window.page
    window.open("/models")
    page.get_by_label("text-generation").check()
    page.wait_for_url("**task=text-generation**")
    page.locator("#results a[href='/iris/empty']").wait_for(state="detached")
    expect(page.get_by_label("text-generation")).to_be_checked()
    page.get_by_role("link", name="Clear filters").click()
    page.locator("#results a[href='/iris/empty']").wait_for()
    assert window.complaints == []


def test_filters_are_out_of_the_way_on_a_phone(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit(width=PHONE)
    window.open("/models")
    expect(window.page.locator("#id_q")).to_be_hidden()
    window.page.get_by_text("Filters", exact=True).click()
    expect(window.page.locator("#id_q")).to_be_visible()


def test_all_of_it_works_without_scripts(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit(scripts=False)
    page = window.page
    window.open("/models")
    page.fill("#id_q", "tiny")
    window.press("Apply")
    expect(page.locator("#results a[href='/iris/tiny']")).to_be_visible()
    expect(page.locator("#results a[href='/iris/empty']")).to_have_count(0)
    page.get_by_title("Colour theme").click()
    window.press("Dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert "q=tiny" in page.url
    window.open("/iris/tiny")
    page.get_by_role("button", name="Use this model").click()
    expect(page.get_by_role("heading", name="Use iris/tiny")).to_be_visible()
