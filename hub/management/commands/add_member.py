"""``manage.py add_member NAME``: a member, on the operator's word."""

import secrets

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.members import services
from community.members.models import TokenKind
from hub.core.errors import DomainError


class Command(BaseCommand):
    """Make a member and print what they need to sign in."""

    help = "Make a member; prints the password (and a token when asked for), which are shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--email", default="", help="default: NAME@localhost")
        parser.add_argument("--password", default="", help="default: a random one, printed")
        parser.add_argument("--admin", action="store_true", help="may do everything on this hub")
        parser.add_argument("--token", choices=TokenKind.values, help="also make an access token of this kind")

    def handle(self, *_args: object, **options: str) -> None:
        name = options["name"]
        password = options["password"] or secrets.token_urlsafe(12)
        try:
            member = services.create_member(
                username=name, email=options["email"] or f"{name}@localhost", password=password
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        if options["admin"]:
            member.is_staff = member.is_superuser = True
            member.save(update_fields=["is_staff", "is_superuser"])
        self.stdout.write(f"member   {member.username}")
        if not options["password"]:
            self.stdout.write(f"password {password}")
        if options["token"]:
            _, text = services.create_access_token(user=member, name="add_member", kind=TokenKind(options["token"]))
            self.stdout.write(f"token    {text}")
