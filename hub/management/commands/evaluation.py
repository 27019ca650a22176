"""``manage.py evaluation``: pause and resume the whole queue, its limits, and the priority of a run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import DomainError
from models_app.evaluation import policy
from models_app.evaluation.models import Run, RunState


class Command(BaseCommand):
    """Each action prints how things are afterwards."""

    help = "Show the evaluation queue, pause or resume it, limit what one member may ask for, move a run."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action")
        actions.add_parser("status", help="how it is (the default)")
        pause = actions.add_parser("pause", help="hand out no further run; what runs goes on")
        pause.add_argument("--reason", default="", help="a sentence that members read")
        actions.add_parser("resume", help="hand out runs again")
        limits = actions.add_parser("limits", help="what one member or organisation may ask for")
        limits.add_argument("--waiting", type=_limit, help="evaluations that may wait at once: a number, or none")
        limits.add_argument("--a-day", type=_limit, help="evaluations within a day: a number, or none")
        priority = actions.add_parser("priority", help="move a queued run")
        priority.add_argument("run", type=int, help="its number, as manage.py workers and the API show it")
        priority.add_argument("priority", type=int, help="from -100 to 100; higher goes first, 0 is usual")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            _carry_out(options)
        except (DomainError, Run.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        now = policy.current_policy()
        state = f"paused since {now.paused_at:%Y-%m-%d %H:%M}. {now.pause_reason}" if now.paused_at else "running"
        self.stdout.write(f"queue    {state}".rstrip())
        for state in (RunState.QUEUED, RunState.RUNNING):
            self.stdout.write(f"{state:8} {Run.objects.filter(state=state).count()}")
        waiting, a_day = _shown(now.max_waiting), _shown(now.max_a_day)
        self.stdout.write(f"limits   {waiting} waiting, {a_day} a day, of one member or organisation")


def _carry_out(options: dict[str, Any]) -> None:
    match options["action"]:
        case "pause":
            policy.pause(reason=options["reason"])
        case "resume":
            policy.resume()
        case "limits":
            now = policy.current_policy()
            waiting, a_day = options["waiting"], options["a_day"]
            policy.set_limits(
                max_waiting=now.max_waiting if waiting is None else waiting[0],
                max_a_day=now.max_a_day if a_day is None else a_day[0],
            )
        case "priority":
            policy.set_priority(run=Run.objects.get(pk=options["run"]), priority=options["priority"])


def _limit(text: str) -> tuple[int | None]:
    """A limit in a tuple, so that “none” differs from an option that was left out."""
    return (None,) if text == "none" else (_whole(text),)


def _whole(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**31:
        raise ValueError(text)
    return number


def _shown(limit: int | None) -> str:
    return "any number" if limit is None else str(limit)
