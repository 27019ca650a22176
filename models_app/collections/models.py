"""Collections: chosen repos (and other collections) in an order, each with a note."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.members.models import Namespace, User
from models_app.collections.rules import MAX_DESCRIPTION, MAX_NOTE, MAX_TITLE, hex_id, slug_of
from models_app.repos.models import Repo


class Theme(models.TextChoices):
    ORANGE = "orange", _("orange")
    BLUE = "blue", _("blue")
    GREEN = "green", _("green")
    PURPLE = "purple", _("purple")
    PINK = "pink", _("pink")
    INDIGO = "indigo", _("indigo")


class Collection(models.Model):
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="collections")
    creator = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="created_collections")
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    description = models.CharField(_("description"), max_length=MAX_DESCRIPTION, blank=True)
    theme = models.CharField(_("colour"), max_length=8, choices=Theme, default=Theme.GREEN)
    private = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)  # among those of its owner, ties by age
    upvotes = models.PositiveIntegerField(default=0)
    trend = models.FloatField(default=0)  # of upvotes, see `repos.trending`
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint("namespace", Lower("title"), name="collection_title_once_per_owner"),
            models.CheckConstraint(condition=Q(theme__in=Theme.values), name="collection_theme_known"),
        ]
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="collection_by_change"),
            models.Index(fields=["-upvotes", "-id"], name="collection_by_upvotes"),
            models.Index(fields=["-trend", "-id"], name="collection_by_trend"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def slug(self) -> str:
        """``owner/words-id``; select_related("namespace") before reading it in a loop."""
        return f"{self.namespace.name}/{slug_of(self.title, self.pk)}"


class CollectionItem(models.Model):
    """A repo or another collection. Who may not see that does not see the item."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, null=True, related_name="collection_items")
    linked = models.ForeignKey(Collection, on_delete=models.CASCADE, null=True, related_name="linked_from")
    note = models.CharField(_("note"), max_length=MAX_NOTE, blank=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "repo"], name="collection_repo_once"),
            models.UniqueConstraint(fields=["collection", "linked"], name="collection_linked_once"),
            models.CheckConstraint(
                condition=Q(repo__isnull=False, linked__isnull=True) | Q(repo__isnull=True, linked__isnull=False),
                name="collection_item_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk} of {self.collection_id}"

    @property
    def object_id(self) -> str:
        """The id in addresses."""
        return hex_id(self.pk)

    @property
    def name(self) -> str:
        """What people call the repo or the collection; join either with its namespace before reading it in a loop."""
        thing = self.repo or self.linked
        return thing.full_id if isinstance(thing, Repo) else str(thing)


class Upvote(models.Model):
    """`Collection.upvotes` counts these rows."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="upvotes")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="upvote_rows")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "collection"], name="upvote_once")]

    def __str__(self) -> str:
        return f"{self.user} for {self.collection_id}"
