"""What the attention view refuses."""

from django.utils.translation import gettext as _

from hub.core.errors import DomainError, Invalid, NotFound, Unprocessable


class AttentionNotFound(NotFound):
    """No such request, one of a hidden repo, or no such part, layer or head of it."""

    code = "attention_not_found"

    def __init__(self) -> None:
        super().__init__(_("There are no such attention weights, or you may not see them."))


class AttentionDeleted(NotFound):
    code = "attention_deleted"

    def __init__(self) -> None:
        super().__init__(_("These attention weights are not there: ask for the text again, or wait until it is done."))


class InvalidText(Invalid):
    code = "invalid_text"


class NoAttention(Unprocessable):
    """A model whose attention cannot be shown; the message says why."""

    code = "no_attention"


class TooManyTexts(DomainError):
    """A member has asked for as much as may be asked for now."""

    status = 429
    code = "too_many_texts"


class InvalidWeights(Invalid):
    """What a worker handed in is no result of its request. Nothing of it was kept."""

    code = "invalid_weights"
