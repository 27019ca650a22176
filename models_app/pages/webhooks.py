"""A member's webhooks: list, make, change, and what was sent and answered."""

import json
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.members.auth import actor_of
from community.webhooks import queries, services
from community.webhooks.delivery import payload_of
from community.webhooks.models import Webhook
from hub.core.errors import DomainError
from models_app.pages.webhook_forms import WebhookForm, initial_of, written


@login_required
@require_safe
def webhooks_page(request: HttpRequest) -> HttpResponse:
    webhooks = queries.with_counts(queries.webhooks_of(actor_of(request)))
    rows = [(webhook, [written(item.kind, item.name) for item in webhook.watched.all()]) for webhook in webhooks]
    return render(request, "models_app/webhooks/list.html", {"rows": rows})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = WebhookForm(sent, initial={"domains": ["repo"], "watched": actor_of(request).user})
    if form.is_valid():
        try:
            webhook = services.create_webhook(actor=actor_of(request), wish=form.wish())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The webhook was made. It is told of what happens from now on."))
            return redirect("webhook", webhook_id=webhook.pk)
    return render(request, "models_app/webhooks/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_page(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Its settings and its newest deliveries; a POST changes the settings."""
    webhook = queries.get_webhook(actor_of(request), webhook_id)
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial_of(webhook))
    if form.is_valid():
        try:
            services.update_webhook(webhook=webhook, wish=form.wish())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The webhook was changed."))
            return redirect("webhook", webhook_id=webhook.pk)
    context = {"webhook": webhook, "form": form, "deliveries": queries.history(webhook)}
    return render(request, "models_app/webhooks/webhook.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def switch(request: HttpRequest, webhook_id: int, *, enabled: bool) -> HttpResponse:
    webhook = queries.get_webhook(actor_of(request), webhook_id)
    services.set_enabled(webhook=webhook, enabled=enabled)
    return redirect("webhook", webhook_id=webhook.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, webhook_id: int) -> HttpResponse:
    webhook = queries.get_webhook(actor_of(request), webhook_id)
    if request.method != "POST":
        return render(request, "models_app/webhooks/delete.html", {"webhook": webhook})
    services.delete_webhook(webhook=webhook)
    messages.success(request, _("The webhook was removed."))
    return redirect("webhooks")


@login_required
@require_safe
def delivery_page(request: HttpRequest, webhook_id: int, delivery_id: uuid.UUID) -> HttpResponse:
    webhook = queries.get_webhook(actor_of(request), webhook_id)
    delivery = queries.get_delivery(webhook, delivery_id)
    context = {
        "webhook": webhook,
        "delivery": delivery,
        "body": json.dumps(payload_of(delivery), ensure_ascii=False, indent=2),
    }
    return render(request, "models_app/webhooks/delivery.html", context)


@login_required
@require_POST
def replay(request: HttpRequest, webhook_id: int, delivery_id: uuid.UUID) -> HttpResponse:
    webhook: Webhook = queries.get_webhook(actor_of(request), webhook_id)
    services.replay(delivery=queries.get_delivery(webhook, delivery_id))
    messages.success(request, _("It is sent again. Reload this page to see the answer."))
    return redirect("webhook-delivery", webhook_id=webhook.pk, delivery_id=delivery_id)
