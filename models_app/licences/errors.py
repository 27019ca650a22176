from collections.abc import Sequence

from django.utils.translation import gettext as _

from hub.core.errors import Invalid

SHOWN = 80  # characters of the text repeated in the sentence


class UnknownLicence(Invalid):
    """No Hub id, no SPDX id and no SPDX expression."""

    code = "unknown_licence"

    def __init__(self, text: str, near: Sequence[str]) -> None:
        shown = "".join(letter if letter.isprintable() else "�" for letter in text[:SHOWN])
        shown += "…" if len(text) > SHOWN else ""
        if near:
            message = _("“%(text)s” is not a known licence: did you mean %(near)s?") % {
                "text": shown,
                "near": ", ".join(near),
            }
        else:
            message = _("“%(text)s” is not a known licence: use an SPDX id such as MIT or Apache-2.0.") % {
                "text": shown
            }
        super().__init__(message)
        self.near = list(near)
