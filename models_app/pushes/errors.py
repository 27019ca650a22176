"""What a push is refused for, besides what a commit is."""

from django.utils.translation import gettext as _

from hub.core.errors import Forbidden, Invalid, TooLarge


class FileTooLarge(TooLarge):
    """A file in git that belongs in large-file storage."""

    code = "file_too_large"

    def __init__(self, path: str, *, size: int, limit: int) -> None:
        super().__init__(
            _(
                "“%(path)s” has %(size)d bytes: files of more than %(limit)d go to large-file storage. Run "
                "“git lfs install”, then “git lfs migrate import --include=%(pattern)s”, and push again."
            )
            % {"path": path[:200], "size": size, "limit": limit, "pattern": f'"{path[:200]}"'},
        )


class ReferenceRefused(Forbidden):
    """A reference that no push may move so."""

    code = "reference_refused"

    def __init__(self, reference: str) -> None:
        super().__init__(
            _("“%(reference)s” cannot be pushed: push to a branch, a tag or an open pull request.")
            % {"reference": reference[:200]},
        )


class DefaultBranchStays(Forbidden):
    code = "default_branch_stays"

    def __init__(self, branch: str) -> None:
        super().__init__(
            _("The default branch “%(branch)s” cannot be deleted: pages and downloads start from it.")
            % {"branch": branch},
        )


class TooManyReferences(Invalid):
    code = "too_many_references"

    def __init__(self) -> None:
        super().__init__(
            _("A push moves some thousand branches and tags at most: push them in several steps, or leave some out.")
        )
