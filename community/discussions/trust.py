"""Trust grows by deeds: what new accounts may do is limited, and every refusal says when that ends."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from community.discussions.errors import TooFast, TooManyLinks, TooManyMentions
from community.discussions.models import Event, EventKind
from community.governance.offices import is_moderator
from community.members.models import User
from hub.core.markdown.converting import mentions_in

PROBATION = timedelta(days=3)
NEEDED = 3  # comments that stand, before an account is trusted
MAX_LINKS = 2  # in one comment of a new account, to other sites
MAX_MENTIONS = 2  # likewise
POSTS_AN_HOUR = {False: 30, True: 200}  # by whether the account is trusted

_LINK = re.compile(r"https?://[^\s<>)\]]+", re.IGNORECASE)


@dataclass(frozen=True)
class Standing:
    """`until` is when the time of probation ends, `deeds` are comments that stand, counted up to `NEEDED`."""

    until: datetime
    deeds: int

    @property
    def trusted(self) -> bool:
        return self.deeds >= NEEDED and self.until <= timezone.now()

    def sentence(self) -> str:
        """When the limits end."""
        return _(
            "This limit for new accounts ends on %(day)s, once %(needed)d comments of yours stand; so far %(deeds)d do."
        ) % {"day": date_format(timezone.localtime(self.until)), "needed": NEEDED, "deeds": self.deeds}


def standing_of(user: User) -> Standing:
    """One query of comments, none for those who look after the hub."""
    if is_moderator(user):
        return Standing(user.date_joined, NEEDED)
    comments = Event.objects.filter(author=user, kind=EventKind.COMMENT, hidden=False, thread__hidden=False)
    return Standing(user.date_joined + PROBATION, len(comments.order_by().values("pk")[:NEEDED]))


def check_post(author: User, text: str) -> None:
    """Whether `author` may write `text` now. Raises `TooFast`, `TooManyLinks`, `TooManyMentions`."""
    standing = standing_of(author)
    recent = Event.objects.filter(author=author, created_at__gt=timezone.now() - timedelta(hours=1))
    quota = POSTS_AN_HOUR[standing.trusted]
    if recent.filter(kind=EventKind.COMMENT).count() >= quota:
        raise TooFast(quota, "" if standing.trusted else standing.sentence())
    _check_content(standing, text)


def check_edit(author: User, text: str) -> None:
    """Raises `TooManyLinks`, `TooManyMentions`."""
    _check_content(standing_of(author), text)


def _check_content(standing: Standing, text: str) -> None:
    if standing.trusted:
        return
    links = {link for link in _LINK.findall(text) if not link.startswith(settings.PUBLIC_URL)}
    if len(links) > MAX_LINKS:
        raise TooManyLinks(MAX_LINKS, standing.sentence())
    if len(mentions_in(text)) > MAX_MENTIONS:
        raise TooManyMentions(MAX_MENTIONS, standing.sentence())
