"""Slack's side of Socket Mode: one socket at a time, envelopes with ids, and an answer to each."""

from __future__ import annotations

import itertools
import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.slack.fake import APP, FakeSlack

PATIENCE = 20.0


class Sockets:
    """Where an app with a token for it is sent to."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._numbers = itertools.count(1)
        self._open: queue.Queue[ServerConnection] = queue.Queue()
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()

    def send(self, payload: Mapping[str, Any], kind: str = "interactive") -> dict[str, Any]:
        """Send what somebody did over the socket that is open; give the app's answer."""
        line = self._open.get(timeout=PATIENCE)
        envelope = f"e{next(self._numbers)}"
        said = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": True,
        }
        line.send(json.dumps(said))
        self._open.put(line)
        answer = self._answers.get(timeout=PATIENCE)
        assert answer["envelope_id"] == envelope
        return answer.get("payload") or {}

    def drop(self) -> None:
        """Close the socket that is open, as Slack does now and then."""
        self._open.get(timeout=PATIENCE).close()

    def talk(self, line: ServerConnection) -> None:
        """Keep one socket until it is closed."""
        line.send(
            json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        )
        self._open.put(line)
        try:
            for said in line:
                self._answers.put(json.loads(said))
        except ConnectionClosed:
            return


@contextmanager
def sockets(slack: FakeSlack) -> Iterator[Sockets]:
    """Serve sockets on loopback; `apps.connections.open` names the address."""
    there = Sockets(slack)
    with serve(there.talk, "127.0.0.1", 0) as server:
        port = server.socket.getsockname()[1]
        slack.socket_url = f"ws://127.0.0.1:{port}/link/?ticket=1"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
