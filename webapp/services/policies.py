"""Publish policies and know which one is in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from webapp.domain.autonomy import Earned
from webapp.domain.errors import NotFound, Unavailable
from webapp.domain.policy import Policy
from webapp.domain.policy_document import parse
from webapp.domain.stop import Stop
from webapp.services.rounds import keep_going
from webapp.store import policies as store
from webapp.store import standing_approvals
from webapp.work import Work

MOST_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is in force at this moment: the policy and the stops.

    `earned` is what the agent who arrives has earned, where that was read at once; None is "not read".
    """

    policy: Policy
    stops: tuple[Stop, ...]
    earned: Earned | None = None


def standing(work: Work) -> Standing:
    """Give what is in force. Raises Unavailable before the first policy."""
    return in_memory(work, store.in_force(work))


def in_memory(work: Work, found: store.InForce) -> Standing:
    """Give what was found in force, with the policy from memory where it was read before."""
    stops = store.stops(work) if found.stopped else ()
    policy = _version(work, found.number, found.digest)
    return Standing(policy=policy, stops=stops, earned=found.earned)


def at(work: Work, number: int) -> Policy:
    """Give the policy of a published version. Raises NotFound."""
    published = store.find(work, number)
    if published is None:
        raise NotFound(f"There is no policy {number}.")
    if hashlib.sha256(published.text.encode()).hexdigest() != published.digest:
        raise Unavailable(
            f"Policy {number} is not as it was published: its text was changed in the database.",
            hint="Nothing is routed by it. Publish the policy again, and find out who changed it.",
        )
    return _parsed(number, published.digest, published.text)


def of_version(work: Work, number: int) -> Policy:
    """Give the same without asking the database for what this process has read before: a version never changes."""
    known: Policy | None = work.store.versions.get(number)
    if known is None:
        known = at(work, number)
        if not work.wrote:  # what this very unit of work has published may still come to nothing
            _remember(work, known)
    return known


def _remember(work: Work, policy: Policy) -> None:
    if len(work.store.versions) >= MOST_KEPT:
        work.store.versions.clear()
    work.store.versions[policy.number] = policy


def versions(work: Work) -> list[tuple[int, datetime, str]]:
    """List the published versions, newest first: number, when, by whom."""
    return store.versions(work)


def publish(work: Work, text: str, by: str) -> int:
    """Publish a document as the next version and give its number. Raises PolicyInvalid."""
    number = store.latest_number(work) + 1
    policy = parse(text, number=number)
    digest = hashlib.sha256(text.encode()).hexdigest()
    published = store.Published(
        number=number, digest=digest, text=text, published_at=work.now, published_by=by
    )
    store.add(work, published)
    keep_going(work, policy)
    standing_approvals.end(work, f"policy {number} was published")
    return number


def _version(work: Work, number: int, digest: str) -> Policy:
    """Give a version from memory: a published version never changes."""
    known = _texts.get((number, digest))
    if known is None:
        return at(work, number)
    return known


_texts: dict[tuple[int, str], Policy] = {}


@lru_cache(maxsize=64)
def _parsed(number: int, digest: str, text: str) -> Policy:
    policy = parse(text, number=number)
    _texts[number, digest] = policy
    return policy
