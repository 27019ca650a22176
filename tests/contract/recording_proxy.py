"""An address in front of a bucket that remembers what clients ask for."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """`signed` are the headers that the address demands, in lower case."""

    method: str
    path: str
    range: str
    signed: tuple[str, ...]


@dataclass
class RecordingProxy:
    url: str = ""
    requests: list[Request] = field(default_factory=list)


@contextlib.contextmanager
def recording_proxy(endpoint: str) -> Iterator[RecordingProxy]:
    """Hands everything on to `endpoint`."""
    proxy = RecordingProxy()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            signed = tuple(query.get("X-Amz-SignedHeaders", [""])[0].split(";"))
            path = urlsplit(self.path).path
            proxy.requests.append(Request(self.command, path, self.headers.get("Range", ""), signed))
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            behind = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=30)
            behind.request(self.command, self.path, body, dict(self.headers.items()))
            response = behind.getresponse()
            content = response.read()
            behind.close()
            self.send_response(response.status)
            for name, value in response.headers.items():
                if name.lower() not in {"content-length", "connection", "date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = _pass_on  # noqa: N815 (the base class calls them so)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class calls it so)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    proxy.url = f"http://localhost:{server.server_port}"
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
