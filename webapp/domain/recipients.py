"""Recipients: whom to tell that a handoff waits, and whether anybody can decide it at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from webapp.domain.account import User
from webapp.domain.decision import (
    DECIDING,
    EVERY_TEAM,
    Absent,
    Person,
    agreed_as,
    in_place_of,
    right_refusal,
)
from webapp.domain.handoff import Face, Handoff, Status

MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody to be told; `in_place_of` is who is away, where they are told instead."""

    user: User
    in_place_of: Absent | None


def to_tell(handoff: Handoff, users: Sequence[User]) -> tuple[Recipient, ...]:
    """Say who is to be told now that a handoff waits, by e-mail.

    `users` are those who may decide for its teams, and the delegates of those of them who are away. Told are those who
    can decide now and have not agreed yet: of its own teams, and only where there is none, of every team.
    """
    able = _able(handoff, users)
    near = [one for one in able if _is_near(one.user, one.in_place_of, handoff)]
    return tuple(sorted(near or able, key=lambda one: one.user.email))


def nobody_can(handoff: Handoff, users: Sequence[User]) -> str | None:
    """Say why a handoff that waits cannot be decided now; None where enough people can."""
    if handoff.status is not Status.PENDING:
        return None
    missing = handoff.verdict.quorum - len(handoff.votes)
    able = _able(handoff, users)
    if len(able) >= missing:
        return None
    why = [*_reasons(handoff, users, {one.user.id for one in able})]
    shown = why[:MOST_NAMED] + (
        [f"and {len(why) - MOST_NAMED} more"] if len(why) > MOST_NAMED else []
    )
    said = ", ".join(shown)
    if not able:
        return f"Nobody can decide this now: {said}."
    names = ", ".join(one.user.email for one in able)
    return f"It needs {missing} more people, and only {names} can decide now: {said}."


def _able(handoff: Handoff, users: Sequence[User]) -> list[Recipient]:
    people = (
        (user, user.person(Face.WORKER)) for user in users if not (user.disabled_at or user.away)
    )
    return [
        Recipient(user=user, in_place_of=in_place_of(person, handoff))
        for user, person in people
        if _may_still(person, handoff)
    ]


def _may_still(person: Person, handoff: Handoff) -> bool:
    return right_refusal(person, handoff) is None and agreed_as(person, handoff) is None


def _is_near(user: User, absent: Absent | None, handoff: Handoff) -> bool:
    """Say whether they decide for one of its teams, not for every team there is."""
    teams: Collection[str] = absent.teams if absent else _deciding(user)
    return not set(teams).isdisjoint(handoff.teams)


def _reasons(handoff: Handoff, users: Sequence[User], able: Collection[str]) -> Iterator[str]:
    """Say of each team without approvers that it has none, and of each approver what stands in their way."""
    known = {*handoff.teams, EVERY_TEAM}
    asked = [user for user in users if not known.isdisjoint(_deciding(user))]
    staffed = {team for user in asked for team in _deciding(user)}
    yield from (f"{team} has no approver" for team in handoff.teams if team not in staffed)
    for user in sorted(asked, key=lambda one: one.email):
        obstacle = _obstacle(user, handoff, able)
        if obstacle:
            yield f"{user.email} {obstacle}"


def _obstacle(user: User, handoff: Handoff, able: Collection[str]) -> str | None:
    """Say what stands in the way of an approver; None where nothing does, or their delegate is among the `able`."""
    if user.disabled_at:
        return "is disabled"
    if user.id in handoff.requesters:
        return "asked for it"
    if user.away:
        delegate = user.away.delegate
        if delegate is None:
            return "is away"
        return None if delegate.id in able else f"is away and {delegate.email} cannot"
    return "has agreed" if agreed_as(user.person(Face.WORKER), handoff) else None


def _deciding(user: User) -> tuple[str, ...]:
    return tuple(m.team for m in user.memberships if m.role in DECIDING)
