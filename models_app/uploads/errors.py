"""What a commit is refused for, besides what git itself refuses."""

from django.utils.translation import gettext as _

from hub.core.errors import Invalid, NotFound


class LfsObjectMissing(Invalid):
    """A pointer to bytes that were never sent to this repo."""

    code = "lfs_object_missing"

    def __init__(self, path: str, sha256: str) -> None:
        super().__init__(
            _(
                "“%(path)s” points to a large object (sha256 %(sha256)s) that was not uploaded to this repository: "
                "upload it first, then commit again.",
            )
            % {"path": path[:200], "sha256": sha256[:64]},
        )


class LfsSizeWrong(Invalid):
    code = "lfs_size_wrong"

    def __init__(self, path: str, *, claimed: int, actual: int) -> None:
        super().__init__(
            _(
                "“%(path)s” claims %(claimed)d bytes, but the object uploaded for it has %(actual)d: "
                "commit its real size."
            )
            % {"path": path[:200], "claimed": claimed, "actual": actual},
        )


class CardInvalid(Invalid):
    """`errors` are the sentences, one per fault of the card."""

    code = "card_invalid"

    def __init__(self, errors: list[str]) -> None:
        super().__init__(_("README.md: %(errors)s Nothing was committed.") % {"errors": " ".join(errors)})
        self.errors = errors


class BlobMissing(NotFound):
    """A pointer in git without bytes behind it."""

    code = "blob_missing"

    def __init__(self, path: str) -> None:
        super().__init__(
            _("The content of “%(path)s” was never uploaded to this repository: only a pointer to it is there.")
            % {"path": path[:200]},
        )


class PartMissing(Invalid):
    """A multipart upload was to be completed too early, or a part outside of it was sent."""

    code = "part_missing"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("Part %(number)d of the upload is not there: send every part, then complete it.") % {"number": number}
        )
