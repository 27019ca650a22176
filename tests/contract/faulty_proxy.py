"""A proxy between a client and a hub that does to chosen requests what networks, disks and clocks do."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Exchange:
    """A request and, after `forward`, its answer: both may be changed on the way."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    cut_answer: bool = False  # send half of it, then close the connection


@dataclass
class Fault:
    """Happens to the first `times` requests whose "METHOD /path" matches `pattern`; `met` counts them."""

    pattern: str
    before: Callable[[Exchange], None] = lambda _: None
    after: Callable[[Exchange], None] = lambda _: None
    times: int = 1
    met: int = 0

    def meets(self, exchange: Exchange) -> bool:
        if self.met == self.times or not re.match(self.pattern, f"{exchange.method} {exchange.path}"):
            return False
        self.met += 1
        return True


class FaultyProxy:
    """`faults` may be changed between commands; without any the proxy only passes on."""

    def __init__(self, hub_port: int, port: int) -> None:
        self.faults: list[Fault] = []
        self._hub_port = hub_port
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy.pass_on(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 (the base class calls them so)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class calls it so)
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        exchange = Exchange(handler.command, handler.path, dict(handler.headers), body)
        faults = [fault for fault in self.faults if fault.meets(exchange)]
        for fault in faults:
            fault.before(exchange)
        if not exchange.status:
            self._forward(exchange)
        for fault in faults:
            fault.after(exchange)
        _send(handler, exchange)

    def _forward(self, exchange: Exchange) -> None:
        with contextlib.closing(HTTPConnection("127.0.0.1", self._hub_port, timeout=60)) as hub:
            headers = {name: value for name, value in exchange.headers.items() if name.lower() not in _HOP_BY_HOP}
            hub.request(exchange.method, exchange.path, exchange.body, headers)
            response = hub.getresponse()
            exchange.status = response.status
            exchange.answer_headers = dict(response.getheaders())
            exchange.answer = response.read()


def _send(handler: BaseHTTPRequestHandler, exchange: Exchange) -> None:
    handler.send_response_only(exchange.status)
    length = (
        exchange.answer_headers.get("Content-Length", "") if exchange.method == "HEAD" else str(len(exchange.answer))
    )
    for name, value in exchange.answer_headers.items():
        if name.lower() not in _HOP_BY_HOP:
            handler.send_header(name, value)
    handler.send_header("Content-Length", length)
    handler.end_headers()
    handler.wfile.write(exchange.answer[: len(exchange.answer) // 2] if exchange.cut_answer else exchange.answer)
    if exchange.cut_answer:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running_proxy(hub_port: int, port: int) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(hub_port, port)
    thread = threading.Thread(target=proxy.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        thread.join()
        proxy.server.server_close()
