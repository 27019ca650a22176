"""What votes decided about licences. One without a row is accepted."""

from django.db import models
from django.utils import timezone

from community.governance.models import Proposal
from models_app.licences.rules import MAX_LENGTH


class LicenceDecision(models.Model):
    """Whether new uploads may name `licence` (as `rules.Licence.id`); what is here already stays."""

    licence = models.CharField(max_length=MAX_LENGTH, unique=True)
    accepted = models.BooleanField()
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.licence}: {'accepted' if self.accepted else 'retired'}"
