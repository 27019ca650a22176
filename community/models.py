"""The tables of all community slices, where Django looks for them."""

from community.members.models import AccessToken, Membership, Namespace, Organization, User

__all__ = ["AccessToken", "Membership", "Namespace", "Organization", "User"]
