"""The tables of all community slices, where Django looks for them."""

from community.devices.models import DeviceLogin, DeviceRequest
from community.discussions.models import Board, CommentVersion, Event, Reaction, Thread
from community.follows.models import Follow
from community.forum.models import Category
from community.governance.models import (
    AuditEvent,
    AuditHead,
    Ballot,
    BallotLink,
    Electorate,
    ElectorateMember,
    Objection,
    Office,
    Option,
    Participation,
    Proposal,
    PublishedPage,
    Revision,
    RollRequest,
    RuleValue,
    Sponsorship,
)
from community.members.models import AccessToken, Membership, Namespace, Organization, User
from community.moderation.models import Flag, ModerationAction
from community.notifications.models import MailPreference, Notification, Subscription
from community.webhooks.models import Delivery, Watched, Webhook

__all__ = [
    "AccessToken",
    "AuditEvent",
    "AuditHead",
    "Ballot",
    "BallotLink",
    "Board",
    "Category",
    "CommentVersion",
    "Delivery",
    "DeviceLogin",
    "DeviceRequest",
    "Electorate",
    "ElectorateMember",
    "Event",
    "Flag",
    "Follow",
    "MailPreference",
    "Membership",
    "ModerationAction",
    "Namespace",
    "Notification",
    "Objection",
    "Office",
    "Option",
    "Organization",
    "Participation",
    "Proposal",
    "PublishedPage",
    "Reaction",
    "Revision",
    "RollRequest",
    "RuleValue",
    "Sponsorship",
    "Subscription",
    "Thread",
    "User",
    "Watched",
    "Webhook",
]
