"""Webhooks as Hub clients manage them. Every answer but the list's is wrapped in {"webhook": …}."""

import re
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.webhooks.models import Webhook
from community.webhooks.queries import get_webhook, webhooks_of
from community.webhooks.services import DOMAINS, Wish, create_webhook, delete_webhook, set_enabled, update_webhook
from hub.core.errors import Invalid
from models_app.hfapi.http import HubView
from models_app.hfapi.representations import JSONObject, object_id

_ID = re.compile("[0-9a-f]{24}")
FOLLOWED = ("user", "org", "model", "dataset", "space")


class Webhooks(HubView):
    @extend_schema(operation_id="list_webhooks", responses=OpenApiTypes.OBJECT, tags=["webhooks"])
    def get(self, _request: Request) -> Response:
        """The caller's webhooks, with their secrets."""
        return Response([_webhook(webhook) for webhook in webhooks_of(self.actor)])

    @extend_schema(
        operation_id="create_webhook", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["webhooks"]
    )
    def post(self, _request: Request) -> Response:
        """Make a webhook from {url, watched: [{type, name}], domains, secret}."""
        data = self.json()
        wish = Wish(
            url=_text(data, "url", ""),
            watched=_watched(data.get("watched")),
            domains=_domains(data, list(DOMAINS)),
            secret=_text(data, "secret", ""),
        )
        return _answer(create_webhook(actor=self.actor, wish=wish))


class WebhookView(HubView):
    """One webhook of the caller, by the 24 hex digits of its id."""

    @property
    def webhook(self) -> Webhook:
        given = self.kwargs["webhook_id"]
        return get_webhook(self.actor, min(int(given, 16), 2**62) if _ID.fullmatch(given) else 0)


class OneWebhook(WebhookView):
    @extend_schema(operation_id="get_webhook", responses=OpenApiTypes.OBJECT, tags=["webhooks"])
    def get(self, _request: Request, **_kwargs: str) -> Response:
        return _answer(self.webhook)

    @extend_schema(
        operation_id="update_webhook", request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["webhooks"]
    )
    def post(self, _request: Request, **_kwargs: str) -> Response:
        """Change what the body names. Clients send an empty list for `watched` to leave it as it is."""
        webhook, data = self.webhook, self.json()
        wish = Wish(
            url=_text(data, "url", webhook.url),
            watched=_watched(data.get("watched")) or [(item.kind, item.name) for item in webhook.watched.all()],
            domains=_domains(data, webhook.domains),
            secret=_text(data, "secret", webhook.secret),
        )
        update_webhook(webhook=webhook, wish=wish)
        return _answer(self.webhook)

    @extend_schema(operation_id="delete_webhook", responses=OpenApiTypes.OBJECT, tags=["webhooks"])
    def delete(self, _request: Request, **_kwargs: str) -> Response:
        delete_webhook(webhook=self.webhook)
        return Response({})


class Switch(WebhookView):
    """Enable or disable a webhook."""

    enabled = True

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT, tags=["webhooks"])
    def post(self, _request: Request, **_kwargs: str) -> Response:
        webhook = self.webhook
        set_enabled(webhook=webhook, enabled=self.enabled)
        return _answer(webhook)


def _text(data: JSONObject, name: str, default: str) -> str:
    """Old clients send null for what they leave as it is."""
    value = data.get(name)
    if data.get("jobSourceId") is not None:
        raise Invalid("This hub runs no jobs: give the webhook a url.")
    if not isinstance(value, str | None):
        raise Invalid(f"{name} must be text.")
    return default if value is None else value


def _domains(data: JSONObject, default: list[str]) -> list[str]:
    given = default if data.get("domains") is None else data["domains"]
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise Invalid("domains must be a list of “repo” and “discussion”.")
    return given


def _watched(given: Any) -> list[tuple[str, str]]:
    """``[{"type": "model", "name": "alice/tiny"}, …]`` as pairs; an absent list is an empty one."""
    pairs = []
    for item in given if isinstance(given, list) else []:
        kind, name = (item.get("type"), item.get("name")) if isinstance(item, dict) else (None, None)
        if kind not in FOLLOWED or not isinstance(name, str) or not 0 < len(name) <= 200 or "\0" in name:  # noqa: PLR2004
            raise Invalid(f"Each watched item has a type ({', '.join(FOLLOWED)}) and a name.")
        pairs.append((str(kind), name))
    return pairs


def _answer(webhook: Webhook) -> Response:
    return Response({"webhook": _webhook(webhook)})


def _webhook(webhook: Webhook) -> JSONObject:
    return {
        "id": object_id(webhook.pk),
        "url": webhook.url,
        "job": None,
        "watched": [{"type": item.kind, "name": item.name} for item in webhook.watched.all()],
        "domains": webhook.domains,
        "secret": webhook.secret or None,
        "disabled": not webhook.enabled,
    }
