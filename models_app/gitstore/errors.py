"""What git storage refuses."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, NotFound, Unprocessable

_MAX_SHOWN = 5


class RevisionNotFound(NotFound):
    """No branch, tag or commit has this name."""

    code = "revision_not_found"

    def __init__(self, revision: str) -> None:
        super().__init__(f"Invalid rev id: {revision}")


class EntryNotFound(NotFound):
    """No file or folder lies at this path in this commit."""

    code = "entry_not_found"


class PathRefused(Unprocessable):
    """A path that git, a file system or a browser could misread, or that collides with another entry."""

    code = "path_refused"


class MergeConflict(Conflict):
    """Both sides changed `paths`, and no machine can tell what is meant."""

    code = "merge_conflict"

    def __init__(self, paths: Sequence[str]) -> None:
        shown = ", ".join(f"“{path[:120]}”" for path in paths[:_MAX_SHOWN])
        more = _(" and %(count)d more") % {"count": len(paths) - _MAX_SHOWN} if len(paths) > _MAX_SHOWN else ""
        super().__init__(
            _("Nothing was merged: %(paths)s changed on both sides. Bring the change up to date first.")
            % {"paths": shown + more},
        )
        self.paths = list(paths)


class ReferenceExists(Conflict):
    code = "reference_exists"

    def __init__(self, reference: str) -> None:
        super().__init__(f"Reference {reference} already exists")
