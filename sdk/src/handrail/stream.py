"""Server-sent events: from lines of text to facts about the agent's handoffs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one of the agent's handoffs; `id` is where to go on from."""

    id: str
    handoff_id: str
    type: str
    status: str
    revision: int
    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message of the stream, as the standard has it."""

    id: str
    name: str
    data: Any

    def events(self) -> Iterator[Event]:
        """Give what it says of a handoff; nothing where it is only about the stream itself."""
        if self.name == "handoff":
            yield Event(
                id=self.id,
                handoff_id=self.data["handoff"],
                type=self.data["type"],
                status=self.data["status"],
                revision=self.data["revision"],
                version=self.data["version"],
                at=datetime.fromisoformat(self.data["at"]),
            )


def read_frames(lines: Iterable[str]) -> Iterator[Frame]:
    """Give each complete message; comments and what breaks off in the middle are left out."""
    fields: dict[str, list[str]] = {}
    last_id = ""
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        last_id = fields.get("id", [last_id])[-1]
        if "data" in fields:
            name = fields.get("event", ["message"])[-1]
            yield Frame(id=last_id, name=name, data=json.loads("\n".join(fields["data"])))
        fields = {}
