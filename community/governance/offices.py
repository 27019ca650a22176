"""What the offices that votes fill allow, asked here by whatever asks. Staff, who run the machine, may do all of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Q, QuerySet, prefetch_related_objects
from django.utils import timezone

from community.governance.models import Office, Role
from community.members.models import User
from hub.core.remembered import Remembered

MODERATING = (Role.MODERATOR, Role.MAINTAINER)


def offices_now() -> QuerySet[Office]:
    """Terms end by themselves, and with the account: an office that is over is a row, and nothing else."""
    return Office.objects.filter(Q(until=None) | Q(until__gt=timezone.now()), user__isnull=False)


def offices_of(user: User) -> QuerySet[Office]:
    return offices_now().filter(user=user).order_by("pk")


def officeholders() -> QuerySet[Office]:
    """All who are in office, with their accounts."""
    return offices_now().filter(user__is_active=True).select_related("user").order_by("role", "pk")


def is_over(until: datetime | None) -> bool:
    return until is not None and until <= timezone.now()


def holds(user: User | None, *roles: str) -> bool:
    """Whether `user`, who is still a member, holds one of `roles`: one query for each `User` object."""
    if user is None or not user.is_active:
        return False
    prefetch_related_objects([user], "offices")
    return any(office.role in roles and not is_over(office.until) for office in user.offices.all())


def is_moderator(user: User | None) -> bool:
    """Hides what others wrote, answers flags, undoes decisions. Maintainers may, too."""
    return is_staff(user) or holds(user, *MODERATING)


def is_maintainer(user: User | None) -> bool:
    """Looks after the rooms of the forum, the queue of evaluations and the suites."""
    return is_staff(user) or holds(user, Role.MAINTAINER)


def is_officer(user: User | None) -> bool:
    """Runs votes: publishes, holds, voids. Staff does as long as no election officer is in office."""
    return holds(user, Role.OFFICER) or (is_staff(user) and not offices_now().filter(role=Role.OFFICER).exists())


def moderators() -> Q:
    """`is_moderator` as a condition on members."""
    held = offices_now().filter(role__in=MODERATING)
    return Q(is_active=True) & (Q(is_staff=True) | Q(pk__in=held.values("user")))


def may_enact(user: User | None) -> bool:
    """Tries again to carry out what passed and could not be."""
    return is_maintainer(user) or is_officer(user)


def moderates(user: User) -> Q:
    """`is_moderator` as a condition of a query, for lists: no query of its own."""
    return Q() if is_staff(user) else Q(Exists(offices_now().filter(user=user, role__in=MODERATING)))


def is_staff(user: User | None) -> bool:
    return user is not None and user.is_staff and user.is_active


@dataclass(frozen=True)
class Tools:
    """What menus lead a member to. What is behind them asks the database: a menu may be some seconds late."""

    moderates: bool
    maintains: bool
    runs_votes: bool


def tools_of(user: User) -> Tools:
    """Like `is_moderator`, `is_maintainer` and `is_officer`, for every page: no query of its own."""
    held = [(holder, role) for holder, role, until in in_office() if not is_over(until)]
    roles = {role for holder, role in held if holder == user.pk and user.is_active}
    officers = any(role == Role.OFFICER for _holder, role in held)
    return Tools(
        moderates=is_staff(user) or not roles.isdisjoint(MODERATING),
        maintains=is_staff(user) or Role.MAINTAINER in roles,
        runs_votes=Role.OFFICER in roles or (is_staff(user) and not officers),
    )


def _in_office() -> list[tuple[int | None, str, datetime | None]]:
    """(holder, role, end) of all who are in office."""
    return list(offices_now().values_list("user", "role", "until"))


in_office = Remembered(_in_office, seconds=5)
