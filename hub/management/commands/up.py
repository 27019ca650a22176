"""``manage.py up``: the whole hub on one machine, without services and without root."""

import asyncio
from argparse import BooleanOptionalAction
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import DomainError
from hub.embedded.addresses import BadAddress, check_free, choose_address
from hub.embedded.lock import FolderInUse, FolderLock
from hub.embedded.run import Options, StartFailed, run_hub
from hub.embedded.valkey import NoServer
from hub.settings import env


class Command(BaseCommand):
    """Start everything, print the address, stop everything on Ctrl-C."""

    help = "Run the whole hub: web, workers and a private Valkey. Ctrl-C stops it."
    requires_system_checks = []  # the web process runs them, with the address that is only chosen here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=env.text("HUB_HOST", "127.0.0.1"), help="HUB_HOST")
        parser.add_argument("--port", type=int, default=env.integer("HUB_PORT", 0), help="HUB_PORT")
        parser.add_argument(
            "--demo",
            action=BooleanOptionalAction,
            default=env.flag("DEMO", default=True),
            help="fill an empty hub with a demo community (DEMO)",
        )

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            address = choose_address(
                host=options["host"],
                port=options["port"] or None,
                public_url=env.text("HUB_PUBLIC_URL", "").strip().rstrip("/") or None,
            )
            lock = FolderLock(settings.DATA_DIR)
            lock.acquire(address.public_url)
            check_free(address)
            asyncio.run(
                run_hub(
                    Options(
                        project=settings.BASE_DIR,
                        data_dir=settings.DATA_DIR,
                        address=address,
                        embedded_valkey=not env.text("HUB_REDIS_URL", ""),
                        demo=options["demo"],
                    )
                )
            )
        except (BadAddress, FolderInUse, NoServer, StartFailed) as error:
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(error.message) from error
