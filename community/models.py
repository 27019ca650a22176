"""The tables of all community slices, where Django looks for them."""

from community.follows.models import Follow
from community.members.models import AccessToken, Membership, Namespace, Organization, User

__all__ = ["AccessToken", "Follow", "Membership", "Namespace", "Organization", "User"]
