"""Rooms of the forum. Their threads are those of `community.discussions`."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.forum.rules import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH, SLUG_MAX_LENGTH
from community.governance.models import Proposal


class Category(models.Model):
    slug = models.SlugField(_("address"), max_length=SLUG_MAX_LENGTH, unique=True)
    name = models.CharField(_("name"), max_length=NAME_MAX_LENGTH)
    description = models.CharField(_("what belongs here"), max_length=DESCRIPTION_MAX_LENGTH, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # The vote that made the category, or named it last.
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The name in the reader's language, where the hub's catalogue has it: that of the first rooms."""
        return gettext(self.name)

    @property
    def about(self) -> str:
        return gettext(self.description) if self.description else ""
