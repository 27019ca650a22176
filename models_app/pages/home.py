"""The first page: what this hub is, what is new on it, and how to begin."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.governance.agenda import OVER, deadlines
from community.governance.queries import visible_proposals
from community.members.auth import actor_of
from models_app.leaderboard.queries import leaderboard
from models_app.pages.activity import activity, featured_models, newest_models
from models_app.pages.snippets import download_commands, upload_commands

NEWEST = 8
FEATURED = 6
BEST = 5
DECIDING = 4


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    name = actor.user.username if actor.user is not None else "me"
    board = leaderboard(actor, QueryDict())
    best = board.rows[:BEST] if board else []
    newest = newest_models(actor, NEWEST)
    deciding = visible_proposals(actor).exclude(state__in=OVER).exclude(due_at=None).order_by("due_at", "pk")
    examples = [*(row.record.run.repo for row in best), *newest]
    shown = {
        "best": best,
        "deciding": deadlines(deciding[:DECIDING]),
        "activity": activity(actor),
        "newest": newest,
        "featured": featured_models(actor, FEATURED),
        "upload_commands": upload_commands(f"{name}/my-model"),
        "download_commands": download_commands(examples[0]) if examples else "",
    }
    return render(request, "models_app/pages/home.html", shown)
