"""Operate: see how far behind the background work is, and settle what was given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.backlog import Backlog, GivenUp, Retried, require_right_to_operate
from webapp.domain.decision import Person
from webapp.domain.handoff import Actor
from webapp.domain.message import Reach
from webapp.services import outbox
from webapp.store import accounts, acts
from webapp.store import backlog as store
from webapp.store.acts import Act
from webapp.work import Work

MOST_LISTED = 50
MOST_REDRIVEN = 1000  # in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The backlog in figures, the first messages of what is tried again and was given up, and what was done last.

    `agents` gives the name of each agent's id.
    """

    backlog: Backlog
    retried: tuple[Retried, ...]
    given_up: tuple[GivenUp, ...]
    acts: tuple[Act, ...]
    agents: Mapping[str, str]


def look(work: Work, by: Person | Actor) -> Operations:
    """See how the background work stands. Raises Forbidden."""
    require_right_to_operate(by)
    retried = (one for reach in Reach for one in store.retried(work, reach, MOST_LISTED))
    return Operations(
        backlog=backlog(work),
        retried=tuple(sorted(retried, key=lambda one: (one.topic, one.next_at))),
        given_up=tuple(store.given_up(work, MOST_LISTED)),
        acts=tuple(acts.newest(work, MOST_LISTED)),
        agents={one.id: one.name for one in accounts.agents(work)},
    )


def backlog(work: Work) -> Backlog:
    """Count what is due, what is tried again and what was given up."""
    retried: Counter[str] = Counter()
    for reach in Reach:
        retried.update(store.count_retried(work, reach))
    due = tuple(store.due(work, reach) for reach in Reach)
    return Backlog(due=due, retried=retried, given_up=store.count_given_up(work))


def lag_seconds(work: Work) -> float:
    """Say by how many seconds the oldest message that is due is overdue."""
    found = (store.oldest_due(work, reach) for reach in Reach)
    oldest = min((at for at in found if at), default=work.now)
    return (work.now - oldest).total_seconds()


def redrive(work: Work, message_id: int, by: Person | Actor) -> GivenUp:
    """Have a message that was given up tried again from now on. Raises Forbidden and NotFound."""
    require_right_to_operate(by)
    return outbox.redrive(work, message_id, by)


def redrive_all(work: Work, by: Person | Actor) -> int:
    """Have what was given up tried again, up to MOST_REDRIVEN messages; say how many. Raises Forbidden."""
    require_right_to_operate(by)
    found = store.given_up(work, MOST_REDRIVEN)
    for one in found:
        outbox.redrive(work, one.id, by)
    return len(found)


def discard(work: Work, message_id: int, by: Person | Actor) -> GivenUp:
    """Strike out a message that was given up. Raises Forbidden and NotFound."""
    require_right_to_operate(by)
    return outbox.discard(work, message_id, by)
