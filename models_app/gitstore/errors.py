"""What git storage refuses."""

from hub.core.errors import Conflict, NotFound, Unprocessable


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


class ReferenceExists(Conflict):
    code = "reference_exists"

    def __init__(self, reference: str) -> None:
        super().__init__(f"Reference {reference} already exists")
