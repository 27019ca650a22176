from collections.abc import Sequence

from django.utils.translation import gettext as _

from community.governance.rules import proposal_address
from hub.core.errors import Invalid
from hub.core.paths import public_url

SHOWN = 80  # characters of the text repeated in the sentence


class LicenceRetired(Invalid):
    """A vote of the community decided that new uploads do not name it."""

    code = "licence_retired"

    def __init__(self, name: str, vote: int, near: Sequence[str]) -> None:
        shown = {"licence": name, "vote": vote, "address": public_url(proposal_address(vote)), "near": ", ".join(near)}
        message = _("%(licence)s is not accepted for new uploads: vote #%(vote)d decided it (%(address)s).") % shown
        others = _("Near it, and accepted: %(near)s.") % shown
        super().__init__(f"{message} {others}" if near else message)


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
