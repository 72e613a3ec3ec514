"""Previews: keep what people are shown of the world, and let nothing begin in another one than they saw."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webapp.domain.decision import Person
from webapp.domain.drafting import run_as_today
from webapp.domain.errors import NotPending
from webapp.domain.handoff import Handoff
from webapp.domain.message import Attempt, Message, Topic
from webapp.domain.policy import Policy
from webapp.domain.preview import Pictured, differences, in_words, pictured_from
from webapp.domain.previewing import must_look, note, take_back, waits_for_look
from webapp.domain.run_errors import LookFirst, WorldChanged
from webapp.services.advance import advance
from webapp.services.decide import with_right
from webapp.services.limits import give_back, route_edited
from webapp.store import handoffs, outbox
from webapp.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What was seen just before what this permit allows begins."""

    permit: str
    picture: Pictured


def record(work: Work, attempt: Attempt, asked: Handoff, picture: Pictured) -> None:
    """Keep what was seen for the handoff as it was `asked` about, and strike the message out."""
    before = handoffs.find(work, asked.id, lock=True)
    if before and waits_for_look(before) and _asks_the_same(before, asked):
        advance(work, note(before, picture, work.now))
    outbox.remove(work, attempt)


def look_again(work: Work, handoff_id: str, person: Person) -> Handoff:
    """Have the world looked at again for somebody who may decide. Raises what `decide` does, and NotPending."""
    handoff = with_right(work, handoff_id, person)
    if not waits_for_look(handoff):
        raise NotPending("Nothing is looked at: it does not wait for people, or policy shows none.")
    if not outbox.is_posted(work, Topic.PREVIEW, handoff_id):
        message = Message(topic=Topic.PREVIEW, handoff_id=handoff_id, due_at=work.now)
        handoffs.post(work, message)
    return handoff


def insist_on_same_world(work: Work, before: Handoff, policy: Policy, fresh: Fresh | None) -> None:
    """Let begin only what begins in the world that people saw.

    Raises LookFirst where it was not looked at just now, and WorldChanged once the approval is taken back.
    """
    if not must_look(before) or before.preview is None or before.permit is None:
        return
    if fresh is None or fresh.permit != before.permit.id:
        raise LookFirst(before)
    if fresh.picture.digest == before.preview.digest:
        return
    shown = handoffs.content(work, before.id, before.preview.sequence)
    moved = differences(pictured_from(shown.body), fresh.picture)
    released = run_as_today(give_back(work, before, policy), policy)
    routed = route_edited(work, replace(before, vouched=True), policy)
    advance(work, take_back(released, routed, fresh.picture, moved, work.now))
    raise WorldChanged(
        f"Since people approved this, {in_words(moved)}.",
        hint="Wait: people decide it again, on the world as it is now.",
        extra={"differences": [one.to_json() for one in moved]},
    )


def _asks_the_same(before: Handoff, asked: Handoff) -> bool:
    return (before.revision, before.terms.preview) == (asked.revision, asked.terms.preview)
