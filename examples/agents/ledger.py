"""The sample agents' stand-in for the outside world: a file that says what was done, once."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class LedgerTaken(Exception):
    """Another process works with this ledger."""


def left_behind(action: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say how things stand once this was done: a setting has its value, money is refunded, a letter sent."""
    name, args = action["name"], action["args"]
    if name == "payments.refund":
        return {"status": "refunded", "amount": args["amount"], "currency": args["currency"]}
    if name == "support.reply":
        return {"status": "sent", "to": args["to"]}
    return {"value": args["to"]} if "to" in args else {"status": "done"}


class Ledger:
    """An append-only file of JSON lines, each on the disk before the next step is taken.

    Three kinds of line: `asked` (this key was put to the desk), `done` (the effect itself: the
    refund, the setting), `closed` (nothing more to do for this key). Whoever starts again reads it.

    `done` is what a payment provider or a cluster would be in earnest: the permit's id is its
    idempotency key, and the same permit a second time does nothing. A line that a crash cut off
    never happened.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = path.open("a+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise LedgerTaken(f"{path} is in use by another run of this agent.") from error
        self._lines = self._read_back()

    def asked(self, key: str) -> bool:
        """Say whether this was put to the desk before."""
        return self._find("asked", key) is not None

    def closed(self, key: str) -> bool:
        """Say whether nothing is left to do."""
        return self._find("closed", key) is not None

    def done(self, key: str) -> Mapping[str, Any] | None:
        """Give what was done under this key, None where nothing was."""
        return self._find("done", key)

    def found(self, key: str) -> Mapping[str, Any] | None:
        """Look up what is there since, as the bank or the cluster would tell; None where nothing was done."""
        done = self.done(key)
        return left_behind(done["action"]) if done else None

    def note(self, kind: str, key: str) -> None:
        """Remember that `key` was `asked` or `closed`."""
        with self._lock:
            if self._find(kind, key) is None:
                self._append({kind: key})

    def do(self, key: str, permit_id: str, action: Mapping[str, Any]) -> None:
        """Have the effect, unless this permit has had it already."""
        with self._lock:
            if all(line.get("permit") != permit_id for line in self._lines):
                self._append({"done": key, "permit": permit_id, "action": action})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let another process have the file."""
        self._file.close()

    def _find(self, kind: str, key: str) -> Mapping[str, Any] | None:
        return next((line for line in self._lines if line.get(kind) == key), None)

    def _append(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        os.fsync(self._file.fileno())
        self._lines.append(line)

    def _read_back(self) -> list[Mapping[str, Any]]:
        """Read the whole lines, and cut off the rest of one that a crash interrupted."""
        self._file.seek(0)
        whole, end, _ = self._file.read().rpartition(b"\n")
        self._file.truncate(len(whole) + len(end))
        return [json.loads(line) for line in whole.splitlines()]
