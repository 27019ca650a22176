"""``manage.py demo``: the demo community, for a running hub. ``manage.py up`` starts it on an empty data folder."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from hub.embedded.demo.load import load_demo
from hub.embedded.demo.state import DemoState


class Command(BaseCommand):
    """Train small checkpoints here and upload them with the stock client."""

    help = "Fill this running hub with a demo community: members, an organisation, trained checkpoints."

    def handle(self, *_args: object, **_options: Any) -> None:
        load_demo(settings.PUBLIC_URL, DemoState(settings.DATA_DIR), self.stdout.write)
