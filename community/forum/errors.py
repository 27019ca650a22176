"""What the forum refuses."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, Forbidden, Invalid, NotFound


class CategoryNotFound(NotFound):
    code = "category_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such category in the forum."))


class CategoryForbidden(Forbidden):
    code = "category_forbidden"

    def __init__(self) -> None:
        super().__init__(_("Only maintainers, or a vote, may change the categories of the forum."))


class SlugInvalid(Invalid):
    code = "slug_invalid"

    def __init__(self) -> None:
        super().__init__(_("An address consists of small letters, digits and single hyphens, and is not “new”."))


class SlugTaken(Conflict):
    code = "slug_taken"

    def __init__(self) -> None:
        super().__init__(_("Another category has this address."))
