"""Resume after a stop: route afresh what it held back or made void, and give deadlines their time back."""

from __future__ import annotations

from webapp.domain.drafting import run_as_today
from webapp.domain.handoff import Handoff
from webapp.domain.resumption import is_frozen, is_void, restart, thaw, was_held_back
from webapp.domain.stop import halting
from webapp.services import policies
from webapp.services.advance import advance
from webapp.services.limits import give_back, route_within_limits
from webapp.store import handoffs, lists
from webapp.store import policies as store
from webapp.work import Work

AT_ONCE = 200  # handoffs in one page


def affected(work: Work, stop_id: str, after: str) -> list[str]:
    """Name the next handoffs that a stop may have held back; nothing for one that does not exist."""
    stop = store.stop(work, stop_id)
    return lists.held_back(work, stop, after, AT_ONCE) if stop else []


def take_up(work: Work, stop_id: str, handoff_id: str) -> Handoff | None:
    """Route one of them afresh or give it time; None where the stop did nothing to it (any more)."""
    stop, before = store.stop(work, stop_id), handoffs.find(work, handoff_id, lock=True)
    if stop is None or before is None or stop.held_until is None:
        return None
    if is_void(before, stop) or was_held_back(before, stop):
        return _routed_afresh(work, before)
    if is_frozen(before, stop):
        return advance(work, thaw(before, stop, stop.held_until))
    return None


def void_approval(work: Work, before: Handoff) -> bool:
    """Route afresh what a stop has made void since it was approved; say whether one did."""
    if not any(is_void(before, stop) for stop in store.stops_since(work, before.changed_at)):
        return False
    _routed_afresh(work, before)
    return True


def thawed(work: Work, before: Handoff) -> Handoff:
    """Give a handoff more time whose deadline has passed only because a stop lets nothing move."""
    if before.deadline_at is None or work.now < before.deadline_at:
        return before
    stop = halting(store.stops(work), before.agent, before.target_name)
    if stop is None or not is_frozen(before, stop) or before.deadline_at <= stop.at:
        return before
    return advance(work, thaw(before, stop, work.now))


def _routed_afresh(work: Work, before: Handoff) -> Handoff:
    standing = policies.standing(work)
    released = give_back(work, before, standing.policy, watched=True)
    released = run_as_today(released, standing.policy)
    routed = route_within_limits(work, released, standing)
    return advance(work, restart(released, routed, work.now))
