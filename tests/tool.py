"""A tool on this computer that Handrail calls: it acts or not, answers or not, and keeps a ledger of what it did."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.serving import Quiet, served

LOOPBACK = "127.0.0.0/8"
Turn = Callable[["Call"], None]


@dataclass
class Tool:
    """`ledger` holds the key of each effect; `turns` are used up one after the other, then it acts and says so."""

    url: str = ""
    ledger: list[str] = field(default_factory=list)
    heard: list[Call] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    usual: Turn | None = None
    over: threading.Event = field(default_factory=threading.Event)


class Call(Quiet):
    """One request."""

    tool: Tool

    def take(self) -> None:
        self.body = self.read()
        self.tool.heard.append(self)
        turns = self.tool.turns
        with suppress(OSError):
            (turns.pop(0) if turns else self.tool.usual or act)(self)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


def act(call: Call) -> None:
    """Act, and say so."""
    call.tool.ledger.append(call.key)
    call.answer(200, {"refund": call.key})


def act_once(call: Call) -> None:
    """Act where this key is new, and say the same either way."""
    if call.key not in call.tool.ledger:
        call.tool.ledger.append(call.key)
    call.answer(200, {"refund": call.key})


def act_and_hang_up(call: Call) -> None:
    """Act, and go away without a word."""
    call.tool.ledger.append(call.key)
    call.connection.close()


def hang(call: Call) -> None:
    """Neither act nor answer."""
    call.tool.over.wait(30)


def says(status: int, body: object = None, **headers: str) -> Turn:
    """Do nothing, and answer so."""
    return lambda call: call.answer(status, body, **headers)


@contextmanager
def tool() -> Iterator[Tool]:
    """Serve a tool on a free port."""
    found = Tool()
    with served(Call, tool=found) as address:
        found.url = f"{address}/refunds"
        try:
            yield found
        finally:
            found.over.set()
