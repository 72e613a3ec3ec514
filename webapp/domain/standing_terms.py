"""What a policy allows of standing approvals, and what a person asks for who gives one: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from webapp.domain.duration import write_duration
from webapp.domain.verdict import Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountArg:
    """Where the amount and its currency stand in the args.

    `currency` is a pointer or, without a leading slash, the currency itself.
    """

    arg: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingTerms:
    """How far a decision may be given in advance for one action type.

    `max_total` is a currency and the most, in SCALE-ths, that all uses together may move. Args in `vary` are free; of
    `amount` less is fine; every other arg must be the very same.
    """

    max_for: timedelta
    max_uses: int
    max_total: tuple[str, int] | None = None
    max_risk: Risk = Risk.MEDIUM
    vary: tuple[str, ...] = ()
    amount: AmountArg | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingWish:
    """What a person asks for beside an approval: the same for similar ones, for so long and so often."""

    lasts: timedelta
    uses: int

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API and history carry it: `{"for": "2h", "uses": 5}`."""
        return {"for": write_duration(self.lasts), "uses": self.uses}

    @classmethod
    def from_row(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_row` gave."""
        return cls(lasts=timedelta(seconds=data["seconds"]), uses=data["uses"])

    def to_row(self) -> dict[str, Any]:
        """Give the form in which it is stored with a vote."""
        return {"seconds": self.lasts.total_seconds(), "uses": self.uses}
