"""Proposals, who may vote on them, what was voted, and the log of it all.

What `triggers` refuses is refused by the database itself: votes that are double, late or off the roll, changes of what
is being or was voted on, and of the log.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.governance.rules import DEFAULT_KEY, DEFAULT_TITLE, KINDS, TITLE_MAX_LENGTH, proposal_address
from community.members.models import User


class State(models.TextChoices):
    """`COUNTING` is seen only inside the transaction that closes a vote. `PASSED` lasts until the change is made."""

    DRAFT = "draft", _("draft")
    SECONDING = "seconding", _("looking for sponsors")
    NOTICE = "notice", _("announced")
    DISCUSSION = "discussion", _("in discussion")
    FROZEN = "frozen", _("text frozen")
    VOTING = "voting", _("voting")
    COUNTING = "counting", _("counting")
    PASSED = "passed", _("passed")
    REJECTED = "rejected", _("rejected")
    NO_QUORUM = "no_quorum", _("no quorum")
    TIED = "tied", _("tied")
    ENACTED = "enacted", _("enacted")
    HELD = "held", _("held")
    ENACT_FAILED = "enact_failed", _("could not be enacted")
    LAPSED = "lapsed", _("lapsed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    VOID = "void", _("void")


class RuleValue(models.Model):
    """A parameter of a kind of proposals as a vote set it; without a row it is what `rules.KINDS` says.

    `value` is the name of a method, else digits.
    """

    kind = models.CharField(max_length=12, choices=[(key, key) for key in KINDS])
    name = models.CharField(max_length=20)
    value = models.CharField(max_length=20)
    proposal = models.ForeignKey("Proposal", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="rule_value_once")]

    def __str__(self) -> str:
        return f"{self.kind}.{self.name} = {self.value}"


class Electorate(models.Model):
    """The roll, as it was when voting opened. Its hash is that of the sorted user names, one a line."""

    taken_at = models.DateTimeField(default=timezone.now, editable=False)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"roll of {self.size} at {self.taken_at}"


class ElectorateMember(models.Model):
    electorate = models.ForeignKey(Electorate, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    username = models.CharField(max_length=150)  # then

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["electorate", "user"], name="on_a_roll_once"),
            models.UniqueConstraint(fields=["electorate", "username"], name="name_on_a_roll_once"),
        ]

    def __str__(self) -> str:
        return self.username


class Proposal(models.Model):
    """Something to decide. `due_at` is when its state ends by itself; the rules are copied when a vote opens."""

    kind = models.CharField(_("kind"), max_length=12, choices=[(key, key) for key in KINDS])
    title = models.CharField(_("title"), max_length=TITLE_MAX_LENGTH)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="proposals")
    runoff_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="runoffs")
    confirms = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="confirmations")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    state_changed_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)  # of what is due, by errors of the hub
    sponsors_needed = models.PositiveSmallIntegerField(default=1)
    discussion_ends_at = models.DateTimeField(null=True)
    discussion_max_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    electorate = models.ForeignKey(Electorate, on_delete=models.PROTECT, null=True, related_name="proposals")
    secret = models.BooleanField(_("secret ballot"), default=True)
    terms = models.JSONField(default=dict)  # `counting.terms.Terms`
    preconditions = models.JSONField(default=dict)  # {option: what its action found when the text was frozen}
    result = models.JSONField(default=dict)  # what `recount.py` takes
    reason = models.TextField(blank=True)  # of a hold, a failure, a void

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="proposal_state_known"),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="proposal_kind_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["voting", "counting"])
                | Q(closes_at__isnull=False, opens_at__isnull=False, electorate__isnull=False),
                name="voting_has_roll_and_end",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="proposal_by_due"),
            models.Index(fields=["-state_changed_at"], name="proposal_by_change"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def address(self) -> str:
        return proposal_address(self.pk)


class Option(models.Model):
    """One thing to vote for; in an election, a candidate. A yes/no vote has one beside the default.

    `current` is there on those that `queries.options_of` gives.
    """

    current: "Revision | None"
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="options")
    key = models.CharField(max_length=20)
    title = models.CharField(_("title"), max_length=TITLE_MAX_LENGTH)
    is_default = models.BooleanField(default=False)
    proposer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "key"], name="option_key_once"),
            models.UniqueConstraint(fields=["proposal"], condition=Q(is_default=True), name="one_default_option"),
            models.CheckConstraint(condition=Q(is_default=False) | Q(key=DEFAULT_KEY), name="default_has_its_key"),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.key}: {self.title}"

    @property
    def label(self) -> str:
        """What it is called on ballots and in results, in the reader's language."""
        return gettext(DEFAULT_TITLE) if self.is_default else self.title

    @property
    def is_call(self) -> bool:
        """Whether it carries the call for candidates: the default option of an election."""
        return self.is_default and self.proposal.kind == "election" and self.proposal.confirms_id is None

    @property
    def heading(self) -> str:
        """What stands above its text."""
        return gettext("The call") if self.is_call else self.label


class RevisionStatus(models.TextChoices):
    CURRENT = "current", _("current")
    PROPOSED = "proposed", _("proposed")
    REJECTED = "rejected", _("rejected")
    SUPERSEDED = "superseded", _("superseded")


class Revision(models.Model):
    """A text of an option, with what it does (`action`: {verb, params}). An amendment is one that is `proposed`."""

    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    body = models.TextField()
    action = models.JSONField(default=dict)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=RevisionStatus, default=RevisionStatus.CURRENT)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["option", "number"], name="revision_number_once"),
            models.UniqueConstraint(fields=["option"], condition=Q(status="current"), name="one_current_revision"),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.option_id}"


class Sponsorship(models.Model):
    """Of a `member` who left nothing but the row stays: so it is with objections, requests and offices, too."""

    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="sponsorships")
    member = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["option", "member"], name="sponsor_once")]

    def __str__(self) -> str:
        return f"{self.member_id} sponsors {self.option_id}"


class Objection(models.Model):
    """Against a proposal of the lazy lane: enough of them make it go the long way."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="objections")
    member = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "member"], name="objection_once")]

    def __str__(self) -> str:
        return f"{self.member_id} against {self.proposal_id}"


class RollRequest(models.Model):
    """A member who would not be on the roll of a vote asks to be; election officers decide."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="roll_requests")
    member = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    granted = models.BooleanField(null=True)  # None: nobody has decided
    officer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "member"], name="roll_request_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.member_id} for the roll of {self.proposal_id}"


class Participation(models.Model):
    """That somebody voted. No time: with times, a list of ballots could be joined to it.

    Here and below foreign keys would be checked for each row that a count deletes or writes anew, and each index would
    be written: the triggers ask more than the keys would, and the unique constraints find all that is looked up.
    """

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="participations", db_constraint=False, db_index=False
    )
    member = models.ForeignKey(
        ElectorateMember, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "member"], name="one_vote_each")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.proposal_id}"


class Ballot(models.Model):
    """What was voted: no time and no name. `tag` is what the voter finds it by (`counting.recounting.receipt_tag`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="ballots", db_constraint=False, db_index=False
    )
    tag = models.CharField(max_length=64)
    choice = models.TextField()  # canonical

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "tag"], name="ballot_tag_once")]

    def __str__(self) -> str:
        return f"a ballot of {self.proposal_id}"


class BallotLink(models.Model):
    """Whose ballot it is, so that it can be changed while voting lasts; gone with the close."""

    participation = models.OneToOneField(Participation, on_delete=models.PROTECT, primary_key=True, db_constraint=False)
    ballot = models.OneToOneField(Ballot, on_delete=models.PROTECT, db_constraint=False)

    def __str__(self) -> str:
        return f"the ballot of {self.participation_id}"


class Role(models.TextChoices):
    MAINTAINER = "maintainer", _("maintainer")
    MODERATOR = "moderator", _("moderator")
    OFFICER = "officer", _("election officer")


class Office(models.Model):
    """That a vote gave `user` a role; `until` ends its term."""

    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="offices")
    role = models.CharField(max_length=12, choices=Role)
    since = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField(null=True)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="office_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class PublishedPage(models.Model):
    """A page of the hub as a vote decided it, such as the code of conduct; the newest version of a `slug` counts."""

    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=TITLE_MAX_LENGTH)
    body = models.TextField()
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["slug", "-id"], name="page_by_slug")]

    def __str__(self) -> str:
        return self.slug


class AuditEvent(models.Model):
    """A line of the log. `hash` is SHA-256 of `previous`, a line break and `body` (canonical JSON).

    `proposal` is what it is about, as `body` says too.
    """

    previous = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, null=True, related_name="events")

    def __str__(self) -> str:
        return f"{self.pk} {self.hash[:12]}"


class AuditHead(models.Model):
    """The one row that writers of the log lock, so that it never forks."""

    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.hash
