"""The list of models answers at once where scripts run, and answers where they do not."""

import pytest

from tests.e2e.conftest import PHONE, MakeVisit

pytestmark = pytest.mark.e2e


def test_typing_narrows_the_list_and_back_undoes_it(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit()
    page = window.page
    window.open("/models")
    page.fill("#id_q", "tiny")
    page.wait_for_url("**/models?q=tiny&sort=lastModified")
    page.locator("#results a[href='/iris/empty']").wait_for(state="detached")
    assert page.locator("#results a[href='/iris/tiny']").is_visible()
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
    assert page.get_by_label("text-generation").is_checked()
    page.get_by_role("link", name="Clear filters").click()
    page.locator("#results a[href='/iris/empty']").wait_for()
    assert window.complaints == []


def test_filters_are_out_of_the_way_on_a_phone(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit(width=PHONE)
    window.open("/models")
    assert window.page.locator("#id_q").is_hidden()
    window.page.get_by_text("Filters", exact=True).click()
    assert window.page.locator("#id_q").is_visible()


def test_all_of_it_works_without_scripts(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit(scripts=False)
    page = window.page
    window.open("/models")
    page.fill("#id_q", "tiny")
    page.get_by_role("button", name="Apply").click()
    assert page.locator("#results a[href='/iris/tiny']").is_visible()
    assert page.locator("#results a[href='/iris/empty']").count() == 0
    page.get_by_title("Colour theme").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert "q=tiny" in page.url
    window.open("/iris/tiny")
    page.get_by_role("button", name="Use this model").click()
    assert page.get_by_role("heading", name="Use iris/tiny").is_visible()
