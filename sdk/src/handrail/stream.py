"""Server-sent events: from lines of text to facts about the agent's handoffs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one of the agent's handoffs; `id` is where to go on from."""

    id: str
    name: str
    data: Any


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Give each complete event; what breaks off in the middle is left out, comments too."""
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
            yield Event(id=last_id, name=name, data=json.loads("\n".join(fields["data"])))
        fields = {}
