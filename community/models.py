"""The tables of all community slices, where Django looks for them."""

from community.devices.models import DeviceLogin, DeviceRequest
from community.follows.models import Follow
from community.members.models import AccessToken, Membership, Namespace, Organization, User
from community.webhooks.models import Delivery, Watched, Webhook

__all__ = [
    "AccessToken",
    "Delivery",
    "DeviceLogin",
    "DeviceRequest",
    "Follow",
    "Membership",
    "Namespace",
    "Organization",
    "User",
    "Watched",
    "Webhook",
]
