"""Care for git repositories."""

import logging
import time

from models_app.gitstore.repository import GitRepository
from models_app.gitstore.tidying import tidy
from models_app.repos.models import Repo

log = logging.getLogger(__name__)
_SECONDS = 1800  # of one run: a message that is worked on for too long is handed out again


def tidy_repositories() -> int:
    """Repack what is untidy, the newest changes first; how many were. What is left has to wait for the next time."""
    tidied, end = 0, time.monotonic() + _SECONDS
    for storage_id in Repo.objects.order_by("-last_modified").values_list("storage_id", flat=True).iterator():
        if time.monotonic() > end:
            break
        try:
            tidied += tidy(GitRepository.path_of(storage_id))
        except OSError:  # deleted meanwhile, or not well: others need care all the same
            log.warning("The git repository %s could not be repacked", storage_id, exc_info=True)
    return tidied
