"""An nginx with sendfile over a folder: the yardstick of downloads."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.running_hub import free_port

_CONFIGURATION = """
daemon off; worker_processes 1; pid {scratch}/nginx.pid; error_log stderr warn; {user}
events {{}}
http {{
    sendfile on; tcp_nopush on; access_log off;
    client_body_temp_path {scratch}/1; proxy_temp_path {scratch}/2; fastcgi_temp_path {scratch}/3;
    uwsgi_temp_path {scratch}/4; scgi_temp_path {scratch}/5;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@contextlib.contextmanager
def serving(root: Path, scratch: Path) -> Iterator[str]:
    """The address of an nginx over `root`."""
    scratch.mkdir()
    port = free_port()
    path = scratch / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else its worker could not read this folder
    path.write_text(_CONFIGURATION.format(scratch=scratch, port=port, root=root, user=user))
    process = subprocess.Popen(["nginx", "-c", path, "-p", scratch])
    try:
        time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
