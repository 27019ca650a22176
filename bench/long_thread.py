"""Fill a room of the environment's hub with one thread: ``python -m bench.long_thread 10000`` prints its address."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.base")
django.setup()

from community.discussions.models import Board, CommentVersion, Event, EventKind, Reaction, Thread  # noqa: E402
from community.forum.models import Category  # noqa: E402
from community.forum.subject import KIND, subject_of  # noqa: E402
from community.members.models import Namespace, User  # noqa: E402

AUTHORS, BATCH = 50, 1_000
TEXT = """Post {number} answers @bench-{other} with **words**, `code` and a list:

- loss of $\\frac{{1}}{{n}}\\sum_i x_i$
- see [the card](README.md)

```python
print({number})
```
"""


def main() -> None:
    count = int(sys.argv[1])
    spaces = Namespace.objects.bulk_create(Namespace(name=f"bench-{number}") for number in range(AUTHORS))
    authors = User.objects.bulk_create(User(username=space.name, namespace=space) for space in spaces)
    room = Category.objects.get(slug="general")
    board = Board.objects.create(kind=KIND, key=room.pk, last_number=1)
    thread = Thread.objects.create(board=board, number=1, title="A long thread", author=authors[0])
    events = Event.objects.bulk_create(
        (
            Event(thread=thread, kind=EventKind.COMMENT, author=authors[number % AUTHORS], data={})
            for number in range(count)
        ),
        BATCH,
    )
    CommentVersion.objects.bulk_create(
        (
            CommentVersion(comment=event, author=event.author, text=TEXT.format(number=number, other=number % AUTHORS))
            for number, event in enumerate(events)
        ),
        BATCH,
    )
    liked = events[::3]
    Reaction.objects.bulk_create((Reaction(comment=event, member=authors[0], kind="agree") for event in liked), BATCH)
    sys.stdout.write(f"{subject_of(room).thread_address(1)}\n")


main()
