"""Every page in light and dark, on a desk and in a pocket, in both languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE, MakeVisit, Visit

pytestmark = pytest.mark.e2e

SWAGGER = "/api/docs"
PUBLIC = [
    "/",
    "/models",
    "/models?q=nothing-has-this-name",
    "/datasets",
    "/spaces",
    "/leaderboard",
    "/compare",
    "/compare?models=iris/tiny,iris/empty",
    "/suites",
    "/suites/standard/1",
    "/queue",
    "/queue/donate",
    "/iris",
    "/iris/tiny",
    "/iris/tiny/tree/main",
    "/iris/tiny/blob/main/train.py",
    "/iris/tiny/blob/main/README.md",
    "/iris/tiny/blob/main/model.safetensors",
    "/iris/tiny/commits/main",
    "/iris/tiny/commit/main",
    "/iris/tiny/commits/main?path=README.md",
    "/iris/gated",
    "/iris/gated/tree/main",
    "/iris/gated/blob/main/config.json",
    "/iris/tiny/evaluation",
    "/iris/tiny/attention",
    "/iris/empty/attention",
    "/discussions",
    "/forum",
    "/forum/general",
    "/moderation/log",
    "/pages",
    "/licences",
    "/discussions/comments/1/history",
    "/iris/tiny/discussions",
    "/iris/tiny/discussions?status=closed",
    "/iris/tiny/discussions/1",
    "/iris/tiny/discussions/2",
    "/iris/tiny/discussions/2/files",
    "/iris/tiny/discussions/3",
    "/iris/risky",
    "/iris/risky/tree/main",
    "/iris/risky/blob/main/model.pkl",
    "/iris/tiny/likes",
    "/likes/iris",
    "/collections",
    "/collections/juno",
    "/community/iris/followers",
    "/community/iris/following",
    "/accounts/login/",
    "/accounts/signup/",
    "/iris/nothing",
    SWAGGER,
]
OWN = [
    "/iris/tiny/attention?layer=2&head=3&row=4",
    "/new",
    "/iris/empty",
    "/iris/risky",
    "/iris/risky/blob/main/notes.txt",
    "/iris/tiny/upload/main",
    "/iris/tiny/discussions/new",
    "/discussions/1/reply?to=1&quote=1",
    "/forum/general/new",
    "/discussions/comments/1/flag",
    "/moderation/report/repo/1",
    "/iris/tiny/discussions/1",
    "/iris/tiny/discussions/2",
    "/iris/tiny/discussions/4",
    "/iris/empty/discussions",
    "/iris/tiny/settings",
    "/iris/tiny/settings/references",
    "/iris/tiny/settings/large-files",
    "/iris/tiny/duplicate",
    "/iris/gated/settings/access",
    "/settings/profile",
    "/settings/tokens",
    "/settings/tokens/new",
    "/settings/organizations",
    "/settings/storage",
    "/import",
    "/login/device?user_code=BCDF-GHJK",
    "/settings/notifications",
    "/notifications",
    "/settings/webhooks",
    "/settings/webhooks/new",
    "/organizations/new",
    "/collections/new",
    "/iris/tiny/collect",
]
DECIDED = ["/governance", "/governance/rules", "/governance/roll", "/governance/audit", "/governance/new"]
DECIDED += ["/governance/new/ordinary/none", "/governance/{discussed}", "/governance/{discussed}/options/new"]
DECIDED += ["/governance/{discussed}/options/a/amend", "/governance/{discussed}/discussions", "/governance/{asked}"]
DECIDED += ["/governance/{asked}/vote", "/governance/{asked}/roll", "/governance/{ranked}/vote", "/governance/{done}"]
DECIDED += ["/governance/{done}/result", "/governance/{done}/receipt", "/governance/{elected}/result"]
DECIDED += ["/governance/{draft}", "/governance/{elected}", "/governance/{discussed}/options/a/history"]
DECIDED += ["/governance/{discussed}/roll", "/governance/new/ordinary/category.add"]
# Texts of each language in each width, for what a page's layout is made of; no layout depends on the theme.
LOOKS = [(DESKTOP, "light", "en"), (PHONE, "dark", "zh-hans"), (DESKTOP, "dark", "zh-hans"), (PHONE, "light", "en")]
CHECKED_BY_AXE = LOOKS[:2]  # each width, theme and language once
WITHOUT_FAULT = ("/governance", "/forum", "/discussions", "/moderation", "/notifications", "/pages", "/licences")


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
@pytest.mark.slow
def test_pages(
    visit: MakeVisit, garden: dict[str, str], decisions: dict[str, int], width: int, scheme: str, language: str
) -> None:
    axe = Axe() if (width, scheme, language) in CHECKED_BY_AXE else None
    visitor = visit(width=width, scheme=scheme, language=language)
    owner = visit(width=width, scheme=scheme, language=language, name="iris")
    problems: list[str] = []
    for window, paths in ((visitor, PUBLIC), (owner, [*OWN, *(path.format(**decisions) for path in DECIDED)])):
        for path in paths:
            window.open(path)
            # Swagger UI's own colours are too pale for axe: a page of somebody else's.
            problems += _problems(window, path, None if path == SWAGGER else axe)
        problems += window.complaints
    assert problems == []


def _problems(window: Visit, path: str, axe: Axe | None) -> list[str]:
    found = []
    overflow = window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if overflow > 0:
        found.append(f"{path}: {overflow} px wider than the window")
    if axe is not None:
        violations = axe.run(window.page).response["violations"]
        found += [
            f"{path}: {rule['id']}: {node['html'][:200]}"
            for rule in violations
            if rule["impact"] in {"serious", "critical"} or path.startswith(WITHOUT_FAULT)
            for node in rule["nodes"]
        ]
    return found


def test_the_language_switch_stays(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit()
    window.open("/models")
    assert window.page.locator("html").get_attribute("lang") == "en"
    window.page.get_by_title("Language").click()
    window.press("简体中文")
    assert window.page.url.endswith("/models")
    assert window.page.locator("html").get_attribute("lang") == "zh-hans"
    window.open("/")
    expect(window.page.get_by_role("link", name="模型").first).to_be_visible()


def test_the_theme_switch_is_known_before_the_first_paint(visit: MakeVisit) -> None:
    window = visit(scheme="light")
    window.open("/")
    light = _background(window)
    window.page.get_by_title("Colour theme").click()
    window.page.get_by_role("button", name="Dark").click()
    window.page.wait_for_selector("html[data-theme=dark]")
    dark = _background(window)
    assert dark != light
    window.open("/models")
    assert window.page.locator("html").get_attribute("data-theme") == "dark"  # from the server, not by script
    assert _background(window) == dark
    assert window.complaints == []


def test_copying(visit: MakeVisit, garden: dict[str, str]) -> None:
    window = visit()
    window.open("/iris/tiny")
    window.page.get_by_label("Copy the name").click()
    window.page.wait_for_function("async () => await navigator.clipboard.readText() === 'iris/tiny'")
    window.page.get_by_role("button", name="Use this model").click()
    expect(window.page.get_by_role("heading", name="Use iris/tiny")).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(window.page.get_by_role("heading", name="Use iris/tiny")).to_be_hidden()


def test_the_keyboard_reaches_the_content(visit: MakeVisit) -> None:
    window = visit()
    window.open("/")
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.className") == "skip-link"
    window.page.keyboard.press("Enter")
    assert window.page.evaluate("document.activeElement.id") == "content"


def _background(window: Visit) -> str:
    colour: str = window.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return colour
