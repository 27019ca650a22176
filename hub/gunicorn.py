"""How gunicorn serves the hub, on a laptop and behind nginx: ``gunicorn -c python:hub.gunicorn hub.wsgi``."""

import os
from pathlib import Path
from typing import Any

from hub.core.child import die_with_parent
from hub.settings import env

# Threads, not processes, because most of a hub's requests wait for a disk or for a slow client; gthread sends
# files with sendfile(2).
worker_class = "gthread"
workers = env.integer("HUB_WEB_WORKERS", min(4, os.cpu_count() or 1))
threads = env.integer("HUB_WEB_THREADS", 16)
preload_app = True
timeout = 120
graceful_timeout = 5
keepalive = 75  # longer than nginx keeps its upstream connections
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (memory: a slow disk must not look like a dead worker)
accesslog = "-" if env.flag("HUB_ACCESS_LOG", default=False) else None
control_socket_disable = True  # its default path lies in the home folder, shared by every hub of the user


def post_fork(_server: Any, _worker: Any) -> None:
    """A worker must not outlive its master, not even for the time of one long download."""
    die_with_parent()
