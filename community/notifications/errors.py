"""What notifications refuse."""

from django.utils.translation import gettext as _

from hub.core.errors import NotFound


class NotificationNotFound(NotFound):
    code = "notification_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such notification, or you may not see any more what it is about."))
