"""What repositories refuse."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, Forbidden, Invalid, NotFound


class RepoNotFound(NotFound):
    """No such repository, or a private one of somebody else."""

    code = "repo_not_found"

    def __init__(self) -> None:
        super().__init__(_("Repository not found. It does not exist, or it is private and you may not see it."))


class RepoNameInvalid(Invalid):
    code = "repo_name_invalid"

    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "“%(name)s” cannot be the name of a repository: use 1 to 96 of A-Z a-z 0-9 - _ . without “--” or “..”, "
                "not starting or ending with “-” or “.”, and not ending in “.git” or “.ipynb”.",
            )
            % {"name": name[:100]},
        )


class RepoTaken(Conflict):
    """`kind` and `full_id` name the repository that is there already."""

    code = "repo_taken"

    def __init__(self, kind: str, full_id: str) -> None:
        super().__init__(
            _("A %(kind)s repository called %(id)s already exists: choose another name.")
            % {"kind": kind, "id": full_id},
        )
        self.kind = kind
        self.full_id = full_id


class NamespaceClosed(Forbidden):
    """No right to create repositories under this name, which may not exist at all."""

    code = "namespace_closed"

    def __init__(self, namespace: str) -> None:
        super().__init__(
            _(
                "You have no right to create a repository under “%(namespace)s”: use your own name, an organization in "
                "which you may contribute, or a token with write access.",
            )
            % {"namespace": namespace[:100]},
        )


class WriteForbidden(Forbidden):
    code = "write_forbidden"

    def __init__(self, full_id: str) -> None:
        super().__init__(
            _(
                "You have no right to write to %(id)s: ask its owner for the write role, or use a token with "
                "write access to it.",
            )
            % {"id": full_id},
        )


class GatedRepo(Forbidden):
    """The repo may be seen, its files only be had by those who were given access."""

    code = "gated_repo"

    def __init__(self, kind: str, full_id: str) -> None:
        # huggingface_hub shows this sentence, and scripts look for it.
        super().__init__(
            _("Access to %(kind)s %(id)s is restricted and you are not in the authorized list.")
            % {"kind": kind, "id": full_id},
        )
        self.kind = kind
        self.full_id = full_id


class RepoHidden(Forbidden):
    code = "repo_hidden"

    def __init__(self, full_id: str) -> None:
        super().__init__(
            _("%(id)s is hidden by a decision: it cannot be copied before that is overruled.") % {"id": full_id}
        )


class NotGated(Invalid):
    code = "not_gated"

    def __init__(self, full_id: str) -> None:
        super().__init__(_("%(id)s is not gated: everybody who sees it may have its files.") % {"id": full_id})


class AccessRequestNotFound(NotFound):
    code = "access_request_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such access request."))


class AccessUnchanged(Conflict):
    """The request has the wanted status already."""

    code = "access_unchanged"

    def __init__(self, user: str, status: str) -> None:
        super().__init__(_("The access request of %(user)s is %(status)s already.") % {"user": user, "status": status})
