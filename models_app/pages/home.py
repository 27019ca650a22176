"""The first page: what this hub is, what is new on it, and how to begin."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.members.auth import actor_of
from models_app.leaderboard.queries import leaderboard
from models_app.pages.activity import activity, newest_models
from models_app.pages.snippets import endpoint_line, upload_commands

NEWEST = 8
BEST = 5


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    name = actor.user.username if actor.user is not None else "me"
    board = leaderboard(actor, QueryDict())
    shown = {
        "best": board.rows[:BEST] if board else [],
        "activity": activity(actor),
        "newest": newest_models(actor, NEWEST),
        "upload_commands": upload_commands(f"{name}/my-model"),
        "endpoint_line": endpoint_line(),
    }
    return render(request, "models_app/pages/home.html", shown)
