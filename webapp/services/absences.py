"""Absences: somebody is away until a day, and somebody else decides in their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.domain.absence import LONGEST_AWAY, Absence, Named
from webapp.domain.decision import Absent
from webapp.domain.errors import FieldProblem, NotFound, SubmissionInvalid, Unavailable
from webapp.services import accounts, policies
from webapp.store import absences as store
from webapp.work import Work

ABSENCES = "handrail.absences"  # one at a time, so that no two name each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where somebody stands: away, or there; in whose place they decide, and who could decide in theirs."""

    absence: Absence | None
    stands_in_for: tuple[Absent, ...]
    possible: tuple[Named, ...]
    first_day: date
    last_day: date
    zone: str


def go_away(work: Work, email: str, until: date, delegate: str | None, by: str) -> Absence:
    """Record that a person is away up to and including the day `until`, as days go in the policy's time zone.

    What was said before is replaced. Raises NotFound, and SubmissionInvalid for a day or a delegate that cannot be.
    """
    work.lock_for(ABSENCES, shared=False)
    user = accounts.user_named(work, email)
    who = Named(id=user.id, email=user.email, name=user.name)
    absence = Absence(
        id=work.new_id("ab"),
        who=who,
        delegate=_delegate(work, who, delegate) if delegate else None,
        began_at=work.now,
        ends_at=_end_of(work, until),
    )
    store.add(work, absence, by)
    return absence


def come_back(work: Work, email: str) -> bool:
    """End an absence; say whether there was one. Raises NotFound."""
    work.lock_for(ABSENCES, shared=False)
    return store.end(work, accounts.user_named(work, email).id)


def in_force(work: Work) -> dict[str, Absence]:
    """Give the absences of this moment by the id of who is away."""
    return {one.who.id: one for one in store.in_force(work)}


def standing_of(work: Work, user_id: str) -> Standing:
    """Say where somebody stands, for the page on which they say that they are away."""
    away, zone = in_force(work), _zone(work)
    today = work.now.astimezone(zone).date()
    others = (
        Named(id=one.id, email=one.email, name=one.name)
        for one in accounts.people(work)
        if one.id != user_id and one.id not in away and not one.disabled_at
    )
    return Standing(
        absence=away.get(user_id),
        stands_in_for=store.stood_in_for(work, user_id),
        possible=tuple(others),
        first_day=today,
        last_day=today + LONGEST_AWAY - timedelta(days=1),
        zone=zone.key,
    )


def _delegate(work: Work, who: Named, email: str) -> Named:
    try:
        found = accounts.user_named(work, email)
    except NotFound as error:
        raise _invalid(
            "/delegate", error.detail, error.hint or "somebody who can sign in"
        ) from None
    if found.id == who.id:
        raise _invalid("/delegate", "Nobody decides in their own place.", "somebody else")
    absence = store.of_user(work, found.id)
    if absence:
        message = f"{found.email} is away, too, until {absence.ends_at:%Y-%m-%d %H:%M} UTC."
        raise _invalid("/delegate", message, "somebody who is there")
    return Named(id=found.id, email=found.email, name=found.name)


def _end_of(work: Work, day: date) -> datetime:
    """Give the instant at which a day is over."""
    midnight = datetime.combine(day, time(), _zone(work)) + timedelta(days=1)
    ends_at = midnight.astimezone(UTC)
    if ends_at <= work.now:
        raise _invalid("/until", f"{day} is over.", "today or a day to come")
    if ends_at - work.now > LONGEST_AWAY:
        message = f"Nobody is away for longer than {LONGEST_AWAY.days} days at once."
        raise _invalid("/until", message, "an earlier day; it can be renewed")
    return ends_at


def _zone(work: Work) -> ZoneInfo:
    try:
        return policies.standing(work).policy.timezone
    except Unavailable:  # before the first policy
        return ZoneInfo("UTC")


def _invalid(pointer: str, message: str, expected: str) -> SubmissionInvalid:
    problem = FieldProblem(pointer=pointer, code="form", message=message, expected=expected)
    return SubmissionInvalid(message, hint=f"Expected: {expected}.", problems=[problem])
