"""What published pages refuse."""

from django.utils.translation import gettext as _

from hub.core.errors import NotFound


class PageNotFound(NotFound):
    code = "page_not_found"

    def __init__(self) -> None:
        super().__init__(_("No vote has published a page at this address."))
