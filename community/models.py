"""The tables of all community slices, where Django looks for them."""

from community.devices.models import DeviceLogin, DeviceRequest
from community.discussions.models import Board, CommentVersion, Event, Reaction, Thread
from community.follows.models import Follow
from community.forum.models import Category
from community.members.models import AccessToken, Membership, Namespace, Organization, User
from community.moderation.models import Flag, ModerationAction
from community.notifications.models import MailPreference, Notification, Subscription
from community.webhooks.models import Delivery, Watched, Webhook

__all__ = [
    "AccessToken",
    "Board",
    "Category",
    "CommentVersion",
    "Delivery",
    "DeviceLogin",
    "DeviceRequest",
    "Event",
    "Flag",
    "Follow",
    "MailPreference",
    "Membership",
    "ModerationAction",
    "Namespace",
    "Notification",
    "Organization",
    "Reaction",
    "Subscription",
    "Thread",
    "User",
    "Watched",
    "Webhook",
]
