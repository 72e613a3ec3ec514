"""Doctor: look at everything that Handrail needs, and say what to do about what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from webapp.domain.errors import HandrailError
from webapp.services import operations, policies, signing
from webapp.store import accounts, keys, revision
from webapp.work import Store, Work, reading

MOST_LAG = 60.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `remedy` is what to do, None where nothing is."""

    name: str
    says: str
    remedy: str | None = None


def examine(store: Store) -> list[Finding]:
    """Look at the database and what is in it; what rests on something missing is not looked at."""
    try:
        with reading(store) as work:
            return _in_database(work)
    except HandrailError as error:
        remedy = "Check DATABASE_URL, and that the database runs and lets this user in."
        return [Finding(name="database", says=error.detail, remedy=error.hint or remedy)]


def _in_database(work: Work) -> list[Finding]:
    at = revision.applied(work)
    found = [Finding(name="database", says="reachable")]
    if at != revision.newest():
        says = f"at {at or 'nothing'}, the newest is {revision.newest()}"
        return [*found, Finding(name="migrations", says=says, remedy="Run: handrail migrate")]
    found.append(Finding(name="migrations", says=f"at {at}, the newest"))
    return [*found, *(look(work) for look in LOOKS)]


def _policy(work: Work) -> Finding:
    try:
        number = policies.standing(work).policy.number
    except HandrailError as error:
        remedy = "Run: handrail policy publish FILE"
        return Finding(name="policy", says=error.detail, remedy=remedy)
    return Finding(name="policy", says=f"version {number} is in force")


def _people(work: Work) -> Finding:
    if accounts.has_users(work):
        return Finding(name="people", says="somebody can sign in")
    remedy = "Run: handrail user add EMAIL --role admin --team '*'"
    return Finding(name="people", says="nobody can sign in yet", remedy=remedy)


def _signing_key(work: Work) -> Finding:
    name = "signing key"
    if not keys.newest_first(work):
        return Finding(name=name, says="is made when the first permit is signed")
    try:
        kid = signing.published(work)[0].kid
    except HandrailError as error:
        return Finding(name=name, says=error.detail, remedy=error.hint)
    return Finding(name=name, says=f"{kid} opens")


def _worker(work: Work) -> Finding:
    behind = operations.lag_seconds(work)
    says = f"{behind:.0f} s behind" if behind >= 1 else "nothing is overdue"
    remedy = "See that a worker runs: handrail work" if behind > MOST_LAG else None
    return Finding(name="worker", says=says, remedy=remedy)


LOOKS: tuple[Callable[[Work], Finding], ...] = (_policy, _people, _signing_key, _worker)
