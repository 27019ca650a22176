"""Theme, language and the small pieces of interface."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from hub.templatetags.ui import compact, filesize


def render(source: str, **values: object) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


@pytest.mark.django_db
class TestTheme:
    def test_it_is_remembered(self, client: Client):
        response = client.post("/theme", {"theme": "dark", "next": "/models?q=a"})
        assert (response.status_code, response["Location"]) == (303, "/models?q=a")
        assert response.cookies["theme"]["httponly"]
        assert 'data-theme="dark"' in client.get("/models").content.decode()

    def test_others_are_refused(self, client: Client):
        assert client.post("/theme", {"theme": '"><script>'}).status_code == 400
        assert client.get("/theme").status_code == 405
        client.cookies["theme"] = '"><script>'
        assert 'data-theme="auto"' in client.get("/models").content.decode()

    def test_it_leads_to_no_other_site(self, client: Client):
        response = client.post("/theme", {"theme": "light", "next": "https://evil.example/"})
        assert response["Location"] == "/"


def test_language(client: Client, db: None):
    assert '<html lang="en"' in client.get("/models").content.decode()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/models"})
    page = client.get("/models").content.decode()
    assert '<html lang="zh-hans"' in page
    assert "筛选" in page


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (1000, "1.0K"),
        (99_940, "99.9K"),
        (999_600, "1.0M"),
        (123_456, "123K"),
        (1_500_000_000, "1.5B"),
    ],
)
def test_compact(number: int | None, text: str):
    assert compact(number) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(None, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (498_574_321, "499 MB"), (999_999, "1.0 MB"), (4e15, "4000 TB")],
)
def test_filesize(size: float | None, text: str):
    assert filesize(size) == text


def test_moment():
    now = timezone.now()
    assert ">just now</time>" in render("{% moment when %}", when=now)
    old = render("{% moment when %}", when=now - timedelta(days=3, hours=5))
    assert "3\xa0days ago</time>" in old
    with translation.override("zh-hans"):
        assert "前</time>" in render("{% moment when %}", when=now - timedelta(days=3))


def test_avatar_keeps_its_tint_and_escapes():
    assert render("{% avatar 'alice' %}") == render("{% avatar 'alice' %}")
    assert "&lt;</span>" in render("{% avatar name %}", name="<script>")


def test_current_marks_the_page_and_what_lies_below():
    request = RequestFactory().get("/models/new")
    assert render('{% current "/models" %}', request=request) == 'aria-current="page"'
    assert render('{% current "/model" %}', request=request) == ""


@pytest.mark.parametrize("path", ["/no/such/page/at/all", "/nobody", "/alice/nothing"])
def test_a_missing_page_is_a_page(client: Client, db: None, path: str):
    response = client.get(path)
    assert response.status_code == 404
    assert "Browse models" in response.content.decode()
