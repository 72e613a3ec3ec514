"""Published policies, stops in force, and the counters that routing rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from webapp.domain.autonomy import Earned
from webapp.domain.errors import LostRace, Unavailable
from webapp.domain.stop import Scope, Stop
from webapp.prepared import Prepared
from webapp.store import tables
from webapp.work import Work

P, S, C = tables.policies, tables.stops, tables.counters
MOST_VERSIONS = 2**31 - 1  # more is no number that the column could hold
NEWEST = (
    select(
        P.c.number,
        P.c.digest,
        select(S.c.id).where(S.c.resumed_at.is_(None)).exists().label("stopped"),
        tables.Clock().label("instant"),
    )
    .order_by(P.c.number.desc())
    .limit(literal_column("1"))
)
IN_FORCE = Prepared(NEWEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published version of the policy; `text` is the document as people wrote it."""

    number: int
    digest: str
    text: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Which policy is in force, whether any stop is, and what the agent who asks has earned, where that was read."""

    number: int
    digest: str
    stopped: bool
    earned: Earned | None = None


def in_force(work: Work) -> InForce:
    """Read what is in force, and the instant with it. Raises Unavailable before the first policy is published."""
    return as_in_force(work, work.ask_one(IN_FORCE))


def as_in_force(work: Work, row: Any) -> InForce:
    """Read a row with the columns of IN_FORCE. Raises Unavailable where nothing was published."""
    if row is None or row.number is None:
        raise Unavailable(
            "No policy is published yet.", hint="Publish one: handrail policy publish FILE"
        )
    if row.instant is not None:
        work.note_instant(row.instant)
    return InForce(number=row.number, digest=row.digest, stopped=bool(row.stopped))


def find(work: Work, number: int) -> Published | None:
    """Give one published version."""
    if not 0 < number <= MOST_VERSIONS:
        return None
    row = work.row(select(P).where(P.c.number == number))
    return Published(**row._mapping) if row else None  # noqa: SLF001


def latest_number(work: Work) -> int:
    """Give the number of the version in force, 0 before the first."""
    found: int | None = work.run(select(func.max(P.c.number))).scalar()
    return found or 0


def add(work: Work, published: Published) -> None:
    """Publish a version. Raises LostRace where the number was taken meanwhile."""
    values = {name: getattr(published, name) for name in Published.__slots__}
    try:
        work.write(insert(P), values)
    except IntegrityError as error:
        raise LostRace from error


def versions(work: Work) -> list[tuple[int, datetime, str]]:
    """List the versions, newest first: number, when, by whom."""
    query = select(P.c.number, P.c.published_at, P.c.published_by).order_by(P.c.number.desc())
    return [(row.number, row.published_at, row.published_by) for row in work.run(query)]


def stops(work: Work) -> tuple[Stop, ...]:
    """List the stops in force, oldest first."""
    return _stops(work, select(S).where(S.c.resumed_at.is_(None)))


def stops_since(work: Work, at: datetime) -> tuple[Stop, ...]:
    """List the stops that were made after `at`, also those that have been lifted."""
    return _stops(work, select(S).where(S.c.at > at))


def stop(work: Work, stop_id: str) -> Stop | None:
    """Find a stop, in force or lifted."""
    return next(iter(_stops(work, select(S).where(S.c.id == stop_id))), None)


def _stops(work: Work, query: Select[Any]) -> tuple[Stop, ...]:
    return tuple(
        Stop(
            id=row.id,
            scope=Scope(row.scope),
            name=row.name,
            reason=row.reason,
            by=row.by,
            at=row.at,
            eased_at=row.eased_at,
            resumed_at=row.resumed_at,
        )
        for row in work.run(query.order_by(S.c.id))
    )


def ease_stops(work: Work, stop_ids: Sequence[str], by: str) -> int:
    """Let people's approvals run again under these stops; give how many let nothing start before."""
    found = S.c.id.in_(list(stop_ids)) & S.c.resumed_at.is_(None) & S.c.eased_at.is_(None)
    return work.write(update(S).where(found).values(eased_at=work.now, eased_by=by)).rowcount


def add_stop(work: Work, stop: Stop) -> None:
    """Put a stop in force."""
    values = {"id": stop.id, "scope": stop.scope.value, "name": stop.name, "reason": stop.reason}
    work.write(insert(S), {**values, "by": stop.by, "at": stop.at})


def lift_stops(work: Work, stop_ids: Sequence[str], by: str) -> int:
    """Lift these stops; give how many were in force."""
    found = S.c.id.in_(list(stop_ids)) & S.c.resumed_at.is_(None)
    lifted = work.write(update(S).where(found).values(resumed_at=work.now, resumed_by=by))
    return lifted.rowcount
