"""How an agent is called back, in words: on its page, and beside a handoff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.callback import (
    Callback,
    CallbackState,
    Endpoint,
    EndpointState,
    right_to_manage,
)
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Person
from webapp.domain.handoff import Agent
from webapp.services import callbacks, endpoints
from webapp.work import Work

CONTENT_WORDS = {
    CallbackWish.THIN: "which handoff moved",
    CallbackWish.FULL: "all of the handoff",
}
STATE_WORDS = {
    EndpointState.VERIFIED: ("in use", "yes"),
    EndpointState.UNVERIFIED: ("not verified yet", ""),
    EndpointState.OFF: ("switched off", "no"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """One thing that an agent was told, and how that went; `due_at` is when it is tried next."""

    handoff_id: str
    type: str
    says: str
    at: datetime
    due_at: datetime | None
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledBack:
    """Where an agent is called back, as one person sees it; addresses may hold secrets, so not everybody does."""

    endpoint: Endpoint | None
    may_manage: bool
    told: tuple[ToldLine, ...] = ()
    dead: int = 0

    @property
    def state(self) -> tuple[str, str]:
        """Say how the endpoint stands, and in which tone."""
        return STATE_WORDS[self.endpoint.state] if self.endpoint else ("", "")

    @property
    def content(self) -> str:
        """Say what it is sent."""
        return CONTENT_WORDS[self.endpoint.content] if self.endpoint else ""


def called_back(work: Work, agent: Agent, owner: str, person: Person) -> CalledBack | None:
    """Give what this person may see of how an agent is called back; None for those outside of its team."""
    may_manage = right_to_manage(person, owner) is None
    if not (may_manage or person.sees_all or owner in person.teams):
        return None
    return CalledBack(
        endpoint=endpoints.of_agent(work, agent.name),
        may_manage=may_manage,
        told=tuple(map(line, callbacks.newest(work, agent.id))),
        dead=len(callbacks.dead(work, agent.id)),
    )


def line_of(found: Sequence[Callback]) -> ToldLine | None:
    """Say how the newest of a handoff's callbacks went."""
    return line(found[0]) if found else None


def line(one: Callback) -> ToldLine:
    """Say how one callback went."""
    return ToldLine(
        handoff_id=one.handoff_id,
        type=one.type,
        says=_says(one),
        at=one.last_at,
        due_at=one.next_at,
        lost=one.state is CallbackState.GIVEN_UP,
    )


def _says(one: Callback) -> str:
    tries = f"try {one.tries}"
    if one.state is CallbackState.WAITING:
        return f"{tries} fails: {one.problem}" if one.problem else f"{tries} is under way"
    return {
        CallbackState.DELIVERED: f"delivered, {tries}",
        CallbackState.GIVEN_UP: f"given up, {tries}: {one.problem}",
        CallbackState.DROPPED: f"not sent: {one.problem}",
    }[one.state]
