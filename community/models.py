"""The tables of all community slices, where Django looks for them."""

from community.devices.models import DeviceLogin, DeviceRequest
from community.discussions.models import Board, CommentVersion, Event, Thread
from community.follows.models import Follow
from community.members.models import AccessToken, Membership, Namespace, Organization, User
from community.webhooks.models import Delivery, Watched, Webhook

__all__ = [
    "AccessToken",
    "Board",
    "CommentVersion",
    "Delivery",
    "DeviceLogin",
    "DeviceRequest",
    "Event",
    "Follow",
    "Membership",
    "Namespace",
    "Organization",
    "Thread",
    "User",
    "Watched",
    "Webhook",
]
