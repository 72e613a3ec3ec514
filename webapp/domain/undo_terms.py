"""What an action type says of undoing it: another action, made of the args of the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.domain.json_text import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What takes an action back. Text in `args` is a template over the args of what is undone, however deep it stands.

    `"{amount}"` alone gives the value as it is; with other words around, text.
    """

    action: str
    args: Mapping[str, JSON]

    def to_json(self) -> dict[str, Any]:
        """Give it as it is written."""
        return {"action": self.action, "args": dict(self.args)}
