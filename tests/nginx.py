"""nginx with the configuration of the containers, on this machine."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.running_hub import ROOT, start, stop, wait_for_port

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


def nginx_conf(folder: Path, *, port: int, hub: str, data_dir: Path) -> Path:
    """docker/nginx.conf for this machine instead of a container."""
    text = (ROOT / "docker" / "nginx.conf").read_text()
    for old, new in {
        "server web:8000": f"server {hub}",
        "listen 80 default_server": f"listen 127.0.0.1:{port}",
        "/tmp/nginx.pid": f"{folder}/nginx.pid",  # noqa: S108 (its text is replaced)
        "alias /data/": f"alias {data_dir}/",
        "http {": "http {\n"
        + "".join(
            f"    {name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ),
    }.items():
        assert old in text
        text = text.replace(old, new)
    conf = folder / "nginx.conf"
    # Its workers give up root, and could not enter the folders of a test.
    user = "user root;\n" if os.geteuid() == 0 else ""
    conf.write_text(f"{user}error_log stderr;\n{text}".replace("http {", "http {\n    access_log off;", 1))
    return conf


@contextlib.contextmanager
def running_nginx(folder: Path, *, port: int, hub: str, data_dir: Path) -> Iterator[None]:
    """Nginx on `port` in front of `hub` (host:port), for the time of the context."""
    conf, log = nginx_conf(folder, port=port, hub=hub, data_dir=data_dir), folder / "log"
    process = start([NGINX, "-e", "stderr", "-g", "daemon off;", "-c", str(conf)], log=log)
    try:
        wait_for_port(port, process, log)
        yield
    finally:
        stop(process)
