"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")


def hub(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get(THEME_COOKIE)
    return {
        "HUB_NAME": settings.HUB_NAME,
        "PUBLIC_URL": settings.PUBLIC_URL,
        "actor": getattr(request, "actor", None),
        # Known to the server, so that the first paint already has the right colours.
        "theme": theme if theme in THEMES else "auto",
    }
