"""The desk: everything that a face or the worker needs, put together once for each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from webapp.config import Config
from webapp.domain.errors import LostRace
from webapp.domain.permit import SigningKey
from webapp.gateways.lane import Lane
from webapp.gateways.slack import Slack
from webapp.gateways.wakeups import Wakeups
from webapp.gateways.web import Web
from webapp.keyring import Keyring
from webapp.services import signing
from webapp.work import Store, Work, open_store, reading, unit_of_work
from webapp.world import RealWorld, World

Result = TypeVar("Result")
TRIES = 3
NOTICED_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRead:
    """The keys behind permits as this process read them, and when."""

    at: datetime
    keys: tuple[SigningKey, ...]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Run use cases against the store, and tell those who wait once the result is committed."""

    config: Config
    store: Store
    wakeups: Wakeups
    lane: Lane

    @property
    def world(self) -> World:
        """Give the clock and the chance that everything here goes by."""
        return self.store.world

    @cached_property
    def slack(self) -> Slack | None:
        """Give the line to Slack, where Slack is set up."""
        return Slack(self.config.slack) if self.config.slack else None

    @cached_property
    def web(self) -> Web:
        """Give the line to servers that a policy names."""
        return Web(self.config.allowed_networks)

    @property
    def signing_key(self) -> SigningKey:
        """Give the key that permits are signed with now."""
        return self.permit_keys[0]

    @property
    def permit_keys(self) -> tuple[SigningKey, ...]:
        """Give the keys by which a permit may have been signed that is good now, the one that signs first.

        They are read again every few seconds, so that each process soon notices a rotation; the first one is made at
        the first use of a database.
        """
        now = self.world.now()
        known: KeysRead | None = self.store.recent.get(signing.SIGNING)
        if known and known.at <= now < known.at + NOTICED_WITHIN:
            return known.keys
        keys = self.read(signing.published) or self.transact(signing.begin)
        self.store.recent[signing.SIGNING] = KeysRead(at=now, keys=keys)
        return keys

    def transact(self, use_case: Callable[[Work], Result]) -> Result:
        """Run a use case in one transaction, again where it lost a race, and wake who waits for it."""
        for number in range(TRIES - 1):
            try:
                return self._attempt(use_case, may_trust=number == 0)
            except LostRace:
                continue
        return self._attempt(use_case)

    def read(self, use_case: Callable[[Work], Result]) -> Result:
        """Run a use case that only reads."""
        with reading(self.store) as work:
            return use_case(work)

    def _attempt(self, use_case: Callable[[Work], Result], *, may_trust: bool = False) -> Result:
        changed: dict[str, str] = {}
        added: dict[str, str] = {}
        try:
            with unit_of_work(self.store, may_trust=may_trust) as work:
                changed, added = work.changed, work.added
                return use_case(work)
        finally:
            if changed or added:  # also where an error kept what was written before it
                self.wakeups.publish(changed)
                self.wakeups.announce(added)
                self.lane.ring()


def open_desk(config: Config, world: World) -> Desk:
    """Put the desk together; nothing is connected before it is needed."""
    own_clock = not isinstance(world, RealWorld)
    store = open_store(
        config.database_url, world, Keyring(config.secret_key), database_clock=not own_clock
    )
    return Desk(
        config=config,
        store=replace(store, tells=config.slack is not None),
        wakeups=Wakeups(config.redis_url),
        lane=Lane(config.redis_url),
    )
