"""What a notification can be about, registered by the slices that know: in a sentence, and where it leads."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Topic:
    """`sentence` has the places ``%(who)s`` and ``%(what)s``; `below` is where to go below the subject's address,
    unless the notification has a comment, a thread or a target of its own.
    """

    name: str
    sentence: str | Promise
    below: str = ""


_topics: dict[str, Topic] = {}


def register(*topics: Topic) -> None:
    """Make topics known, at the start of the process."""
    _topics.update({topic.name: topic for topic in topics})


def topic_called(name: str) -> Topic | None:
    return _topics.get(name)


MENTIONED, ANSWERED, OPENED, STATUS = "mentioned", "answered", "opened", "status"
register(
    Topic(MENTIONED, _("%(who)s mentioned you in %(what)s")),
    Topic(ANSWERED, _("%(who)s wrote in %(what)s")),
    Topic(OPENED, _("%(who)s began %(what)s")),
    Topic(STATUS, _("%(who)s opened, closed or merged %(what)s")),
)
