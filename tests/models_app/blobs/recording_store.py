"""A store that keeps what the stock Xet client sends, byte by byte: the truth that our parsers are tested against."""

import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import hf_xet
import numpy as np

from models_app.blobs.xet.chunks import runs, unpack

_XORB = re.compile(r"/v1/xorbs/default/([0-9a-f]{64})")
_CACHE = tempfile.TemporaryDirectory(prefix="leyuan-xet-")
os.environ["HF_XET_CACHE"] = _CACHE.name


@dataclass
class Recording:
    """`hashes` and `sha256s` are the client's own, one per file in order."""

    xorbs: dict[str, bytes] = field(default_factory=dict)
    shards: list[bytes] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    sha256s: list[str] = field(default_factory=list)


def record(*contents: bytes, compression: str = "auto") -> Recording:
    """What the client sends when it uploads files with these contents for the first time."""
    recording = Recording()
    with _serve(recording) as endpoint:
        config = hf_xet.XetConfig().with_config({"telemetry.enabled": False, "xorb.compression_policy": compression})
        commit = hf_xet.XetSession(config).new_upload_commit(
            endpoint=endpoint, token="none", token_expiry_unix_secs=int(time.time()) + 3600
        )
        with commit:
            files = [commit.start_upload_bytes(content, sha256=hf_xet.COMPUTE_SHA256) for content in contents]
        infos = [file.result().xet_info for file in files]
        recording.hashes = [info.hash for info in infos]
        recording.sha256s = [info.sha256 for info in infos]
    return recording


def unpacked(stored: bytes) -> list[bytes]:
    """The raw bytes of each of some chunks."""
    return [unpacked_chunk(c.scheme, r.stored[c.start : c.end], c.raw_size) for r in runs([stored]) for c in r.chunks]


def unpacked_chunk(scheme: int, data: bytes | memoryview, raw_size: int) -> bytes:
    raw = np.empty(raw_size, np.uint8)
    unpack(scheme, memoryview(data), raw)
    return raw.tobytes()


@contextmanager
def _serve(recording: Recording) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if match := _XORB.fullmatch(self.path):
                recording.xorbs[match[1]] = body
                self._answer(200, {"was_inserted": True})
            elif self.path == "/v1/shards":
                recording.shards.append(body)
                self._answer(200, {"result": 1})
            else:
                self._answer(404, {})

        def do_GET(self) -> None:
            self._answer(404, {})

        def _answer(self, status: int, body: dict[str, object]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class calls it so)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
