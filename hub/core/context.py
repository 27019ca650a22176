"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def hub(request: HttpRequest) -> dict[str, object]:
    return {"HUB_NAME": settings.HUB_NAME, "PUBLIC_URL": settings.PUBLIC_URL, "actor": getattr(request, "actor", None)}
