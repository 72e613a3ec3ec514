"""What an agent wants to be told by callback, and how much of the handoff goes along."""

from __future__ import annotations

from enum import StrEnum


class CallbackWish(StrEnum):
    """How much a callback holds."""

    NONE = "none"  # the agent waits, or listens
    THIN = "thin"  # which handoff moved, and where to read it
    FULL = "full"  # the handoff as its agent reads it
