"""What collections refuse."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from models_app.collections.rules import MAX_ITEMS


class CollectionNotFound(NotFound):
    """No such collection, or a private one of somebody else."""

    code = "collection_not_found"

    def __init__(self) -> None:
        super().__init__(_("Collection not found. It does not exist, or it is private and you may not see it."))


class ItemNotFound(NotFound):
    code = "item_not_found"

    def __init__(self) -> None:
        super().__init__(_("This collection has no such item."))


class CollectionTaken(Conflict):
    """`slug` names the collection of this owner that has the title already."""

    code = "collection_taken"

    def __init__(self, title: str, slug: str) -> None:
        super().__init__(
            _("There is a collection called “%(title)s” already: choose another title.") % {"title": title}
        )
        self.slug = slug


class ItemThere(Conflict):
    code = "item_there"

    def __init__(self) -> None:
        super().__init__(_("This is in the collection already."))


class CollectionFull(Invalid):
    code = "collection_full"

    def __init__(self) -> None:
        super().__init__(_("A collection holds at most %d items: begin another one.") % MAX_ITEMS)


class CollectionForbidden(Forbidden):
    code = "collection_forbidden"

    def __init__(self) -> None:
        super().__init__(
            _(
                "You have no right to make or change collections here: it takes the write role in their namespace, and "
                "a token with write access to it."
            )
        )
