"""A TCP relay in front of a hub that counts what clients send."""

import contextlib
import socket
import threading
from collections.abc import Iterator

_PIECE = 256 * 1024


class Relay:
    """`sent` bytes have gone from clients to the hub, by whatever connection."""

    def __init__(self, port: int) -> None:
        self.sent = 0
        self._hub = ("127.0.0.1", port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def serve(self) -> None:
        with contextlib.suppress(OSError):  # closed: the end
            while True:
                client, _ = self._server.accept()
                hub = socket.create_connection(self._hub)
                for source, target, counts in ((client, hub, True), (hub, client, False)):
                    threading.Thread(target=self._pass, args=(source, target, counts), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counts: bool) -> None:  # noqa: FBT001
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                target.sendall(piece)
                self.sent += len(piece) * counts
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@contextlib.contextmanager
def relaying(port: int) -> Iterator[Relay]:
    relay = Relay(port)
    threading.Thread(target=relay.serve, daemon=True).start()
    try:
        yield relay
    finally:
        relay.close()
