"""Why storage is not cleaned or checked."""

from hub.core.errors import Conflict


class DatabaseEmpty(Conflict):
    """Bytes without any repository: rather the wrong database than a hub whose members deleted everything."""

    code = "database_empty"

    def __init__(self) -> None:
        super().__init__(
            "The database has no repository, but there are stored objects or git repositories: nothing was removed. "
            "Look whether HUB_DATABASE_URL and HUB_DATA_DIR belong together."
        )
