"""``manage.py demo``: the demo community, for a running hub. ``manage.py up`` starts it on an empty data folder."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from hub.embedded.demo.catalogue import CHECKPOINTS
from hub.embedded.demo.load import load_demo
from hub.embedded.demo.state import DemoState


class Command(BaseCommand):
    """Train small checkpoints here and upload them with the stock client."""

    help = "Fill this running hub with a demo community: members, an organisation, trained checkpoints."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--checkpoints", type=int, default=len(CHECKPOINTS), help="how many (default: %(default)s)")
        parser.add_argument("--steps", type=int, help="of training; fewer are quicker and tell worse stories")

    def handle(self, *_args: object, **options: Any) -> None:
        checkpoints = CHECKPOINTS[: options["checkpoints"]]
        if options["steps"]:
            checkpoints = tuple(replace(checkpoint, steps=options["steps"]) for checkpoint in checkpoints)
        load_demo(settings.PUBLIC_URL, DemoState(settings.DATA_DIR), checkpoints, self.stdout.write)
