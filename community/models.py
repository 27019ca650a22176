"""The tables of all community slices, where Django looks for them."""

from community.discussions.models import Board, CommentVersion, Event, Thread
from community.follows.models import Follow
from community.members.models import AccessToken, Membership, Namespace, Organization, User

__all__ = [
    "AccessToken",
    "Board",
    "CommentVersion",
    "Event",
    "Follow",
    "Membership",
    "Namespace",
    "Organization",
    "Thread",
    "User",
]
