"""Servers of a test's own on this computer, each on a free port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Quiet(BaseHTTPRequestHandler):
    """One request, answered without a word on the terminal."""

    def log_message(self, *_said: object) -> None:
        return None

    def do_GET(self) -> None:
        self.take()

    def do_POST(self) -> None:
        self.take()

    def do_PUT(self) -> None:
        self.take()

    def take(self) -> None:
        """Do what is asked."""
        raise NotImplementedError

    def read(self) -> bytes:
        return self.rfile.read(int(self.headers["content-length"]))

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        """Answer JSON, or nothing where the status is 204."""
        text = b"" if status == 204 else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def served(handler: type[Quiet], **about: object) -> Iterator[str]:
    """Serve on a free port, with what each request is `about` at hand; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), about))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
