"""How often and how soon a request that found nobody home is tried again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Say how patient the client is: `attempts` tries in all, `first` to `longest` seconds apart.

    The pause doubles each time and is then shortened by chance, so that a thousand agents which
    lost the same server do not come back in the same instant. `Retry(attempts=1)` turns retries
    off.
    """

    attempts: int = 6
    first: float = 0.25
    longest: float = 15.0

    def pause(self, attempt: int, jitter: float, asked: float | None = None) -> float:
        """Give the seconds to wait after `attempt` (from 1), at least what the desk `asked` for."""
        grown = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return max(asked or 0.0, grown * (0.5 + jitter / 2))
