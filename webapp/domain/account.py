"""Accounts as values: a person's, an agent's, and what may be known of a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.domain.absence import Absence
from webapp.domain.decision import Absent, Membership, Person
from webapp.domain.handoff import Face


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person's account. `epoch` counts up to sign out every session at once.

    `stands_in_for` is in whose place they decide now, wherever they were recognised; whether they are `away` themselves
    is read only where people are looked for.
    """

    id: str
    email: str
    name: str
    password_hash: str
    epoch: int
    created_at: datetime
    disabled_at: datetime | None
    memberships: tuple[Membership, ...]
    stands_in_for: tuple[Absent, ...] = ()
    away: Absence | None = None

    def person(self, face: Face) -> Person:
        """Give the person as recognised now, through `face`."""
        return Person(
            id=self.id,
            email=self.email,
            name=self.name,
            memberships=self.memberships,
            face=face,
            stands_in_for=self.stands_in_for,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """What may be known of a key: never the key."""

    id: str
    maker: str | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentInfo:
    """An agent with its keys, for the page that lists them."""

    id: str
    name: str
    owner: str
    created_at: datetime
    keys: tuple[KeyInfo, ...]
