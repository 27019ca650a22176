"""The attention view as browsers get it: its states, its choices, and who sees it."""

import re
from typing import Any

import pytest
from django.test import Client

from community.members.models import User
from models_app.evaluation import policy
from models_app.evaluation.attention.models import AttentionRequest
from models_app.evaluation.attention.rules import EXAMPLE
from models_app.evaluation.models import RunState
from models_app.repos.models import Repo
from tests.factories.attention import AttentionRequestFactory

PAGE = "/alice/tiny/attention"


@pytest.fixture(autouse=True)
def _fresh(tiny: Repo) -> None:
    """With the commit of its weights as its head."""
    tiny.refresh_from_db()


@pytest.fixture
def done(tiny: Repo, alice: User) -> AttentionRequest:
    return AttentionRequestFactory(repo=tiny, requested_by=alice, text="The cat sat", done=True)


def text_of(page: Any) -> str:
    """The words of a page, without tags and doubled white space."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_without_a_text_the_page_says_what_to_do(client: Client, as_bob: Client, tiny: Repo) -> None:
    assert "Members enter a short text" in text_of(client.get(PAGE))
    page = as_bob.get(PAGE)
    assert EXAMPLE in page.content.decode()  # ready to be sent
    assert "Compute" in text_of(page)


def test_the_example_is_shown_first(client: Client, tiny: Repo) -> None:
    AttentionRequestFactory(repo=tiny, text=EXAMPLE, done=True)

    text = text_of(client.get(PAGE))

    assert EXAMPLE in text
    assert "Layer 0, head 0" in text
    assert "A token sees itself and what stands before it; the rest is masked." in text


def test_a_text_is_asked_for_and_waits(as_bob: Client, tiny: Repo, bob: User) -> None:
    answer = as_bob.post(f"{PAGE}/ask", {"text": "The cat sat"})

    asked = AttentionRequest.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?id={asked.pk}")
    assert (asked.requested_by, asked.text) == (bob, "The cat sat")
    page = as_bob.get(f"{PAGE}?id={asked.pk}")
    assert "Next in the queue of texts" in text_of(page)
    assert f'hx-get="{PAGE}/{asked.pk}/live"' in page.content.decode()
    assert "HX-Refresh" not in as_bob.get(f"{PAGE}/{asked.pk}/live").headers
    asked.state = RunState.DONE
    asked.save()
    assert as_bob.get(f"{PAGE}/{asked.pk}/live")["HX-Refresh"] == "true"


def test_the_place_in_the_queue(client: Client, tiny: Repo, alice: User) -> None:
    example = AttentionRequestFactory(repo=tiny)
    first, second = AttentionRequestFactory.create_batch(2, repo=tiny, requested_by=alice)

    assert "Next in the queue of texts" in text_of(client.get(f"{PAGE}?id={first.pk}"))
    assert "Number 2 in the queue of texts." in text_of(client.get(f"{PAGE}?id={second.pk}"))
    assert "Number 3 in the queue of texts." in text_of(client.get(f"{PAGE}?id={example.pk}"))
    policy.pause(reason="Repairs.")
    assert "The queue is paused" in text_of(client.get(f"{PAGE}?id={first.pk}"))


def test_what_is_refused_is_said_and_the_text_stays(as_bob: Client, tiny: Repo) -> None:
    answer = as_bob.post(f"{PAGE}/ask", {"text": "long " * 300})

    assert answer.status_code == 422
    assert "at most 1000 are read" in text_of(answer)
    assert "long long" in text_of(answer)
    assert AttentionRequest.objects.count() == 0


def test_nobody_asks_without_an_account(client: Client, tiny: Repo) -> None:
    assert client.post(f"{PAGE}/ask", {"text": "The cat sat"}).status_code == 302
    assert AttentionRequest.objects.count() == 0


def test_the_choice_is_in_the_address(client: Client, done: AttentionRequest) -> None:
    page = client.get(f"{PAGE}?id={done.pk}&part=decoder&layer=1&head=1&row=1")

    html, text = page.content.decode(), text_of(page)
    assert "Layer 1, head 1" in text
    assert "What “·cat” looks at most" in text
    assert re.search(r"The</th><td class=\"num\">0.5000", html)
    assert f"?id={done.pk}&amp;part=decoder&amp;layer=0&amp;head=1&amp;row=1#head" in html
    assert html.count('data-layer="') == 4


@pytest.mark.parametrize("query", ["layer=99&head=99&row=99&part=cross", "layer=x&head=-1&row=1e9", "layer=²"])
def test_choices_that_are_not_there(client: Client, done: AttentionRequest, query: str) -> None:
    assert client.get(f"{PAGE}?id={done.pk}&{query}").status_code == 200


@pytest.mark.parametrize("wanted", ["no-uuid", "00000000-0000-0000-0000-000000000000"])
def test_texts_that_are_not_there(client: Client, tiny: Repo, wanted: str) -> None:
    assert client.get(f"{PAGE}?id={wanted}").status_code == 404


def test_a_text_belongs_to_one_model(client: Client, done: AttentionRequest, secret: Repo) -> None:
    other = AttentionRequestFactory(done=True)

    assert client.get(f"{PAGE}?id={other.pk}").status_code == 404
    assert client.get(f"{PAGE}/{other.pk}/decoder.png").status_code == 404


def test_the_picture_of_all_heads(client: Client, done: AttentionRequest) -> None:
    picture = client.get(f"{PAGE}/{done.pk}/decoder.png")

    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    assert picture["Cache-Control"] == "private, max-age=3600"
    assert picture.content.startswith(b"\x89PNG")
    known = client.get(f"{PAGE}/{done.pk}/decoder.png", headers={"If-None-Match": picture["ETag"]})
    assert known.status_code == 304
    assert client.get(f"{PAGE}/{done.pk}/cross.png").status_code == 404


def test_a_failure_has_its_sentence(client: Client, tiny: Repo) -> None:
    failed = AttentionRequestFactory(repo=tiny, failed=True)

    text = text_of(client.get(f"{PAGE}?id={failed.pk}"))

    assert "invalid checkpoint config.json claims 3000 layers" in text
    assert "Send the text again" in text


def test_deleted_weights_can_be_computed_anew(as_alice: Client, done: AttentionRequest) -> None:
    done.layers.all().delete()
    AttentionRequest.objects.update(found={})

    page = as_alice.get(f"{PAGE}?id={done.pk}")
    assert "Weights are kept for seven days, and these are deleted." in text_of(page)
    assert ">\nThe cat sat</textarea>" in page.content.decode()
    as_alice.post(f"{PAGE}/ask", {"text": "The cat sat"})

    done.refresh_from_db()
    assert done.state == RunState.QUEUED


def test_models_without_attention_get_a_sentence(client: Client, tiny: Repo) -> None:
    Repo.objects.filter(pk=tiny.pk).update(config={"model_type": "mamba"})
    assert "Models of the kind “mamba” have no attention" in text_of(client.get(PAGE))


def test_only_encoder_decoders_have_a_target(as_bob: Client, tiny: Repo) -> None:
    assert "Target text" not in text_of(as_bob.get(PAGE))
    Repo.objects.filter(pk=tiny.pk).update(config={"model_type": "t5"})
    assert "Target text" in text_of(as_bob.get(PAGE))


def test_nobody_is_shown_the_texts_of_others(as_alice: Client, as_bob: Client, client: Client, tiny: Repo) -> None:
    as_alice.post(f"{PAGE}/ask", {"text": "A text of Alice"})

    assert "A text of Alice" in text_of(as_alice.get(PAGE))
    for visitor in (as_bob, client):
        assert "A text of Alice" not in text_of(visitor.get(PAGE))


@pytest.mark.parametrize("below", ["?id={}", "/{}/live", "/{}/decoder.png"])
def test_a_private_model_leaks_nothing(
    client: Client, as_bob: Client, as_alice: Client, done: AttentionRequest, below: str
) -> None:
    Repo.objects.update(private=True)
    address = PAGE + below.format(done.pk)
    for visitor in (client, as_bob):
        assert visitor.get(address).status_code == 404
        assert visitor.post(f"{PAGE}/ask", {"text": "The cat sat"}).status_code in {302, 404}
    assert AttentionRequest.objects.count() == 1
    assert as_alice.get(address).status_code == 200


@pytest.mark.parametrize("below", ["", "?id={}", "/{}/live", "/{}/decoder.png"])
def test_a_gate_stands_before_the_weights(
    client: Client, as_bob: Client, as_alice: Client, done: AttentionRequest, below: str
) -> None:
    Repo.objects.update(gated="manual")
    address = PAGE + below.format(done.pk)
    for visitor in (client, as_bob):
        answer = visitor.get(address)
        assert answer.status_code == 403
        assert b"The cat sat" not in answer.content
    assert as_bob.post(f"{PAGE}/ask", {"text": "A cat"}).status_code == 403
    assert AttentionRequest.objects.count() == 1
    assert as_alice.get(address).status_code == 200


def test_queries_do_not_grow(
    as_alice: Client, tiny: Repo, alice: User, done: AttentionRequest, django_assert_max_num_queries: Any
) -> None:
    def count() -> int:
        with django_assert_max_num_queries(40) as queries:
            as_alice.get(f"{PAGE}?id={done.pk}")
        return len(queries)

    as_alice.get(PAGE)
    before = count()
    AttentionRequestFactory.create_batch(5, repo=tiny, requested_by=alice, done=True)
    assert count() == before
