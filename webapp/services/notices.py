"""Notices: what stands in which chat about a handoff, brought up to date with how it stands.

A job asks what is to be drawn, draws it, and says how that went. Drawing again what stands there already is left out,
so a job may run as often as it likes; what nobody knows to have been sent is sent again with a higher number, and the
buttons of an older drawing are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from webapp.domain.alert import AlertKind
from webapp.domain.channel import Channel, Medium
from webapp.domain.copy import Copy, Drawing, Purpose, Standing, likeness
from webapp.domain.decision import EVERY_TEAM
from webapp.domain.handoff import FINAL, Handoff, Status
from webapp.domain.message import Message, Topic
from webapp.domain.notice import Notice, digest_of, notice_of
from webapp.domain.step import Step, tell
from webapp.domain.stop import in_force
from webapp.services import alerts, availability, policies
from webapp.services.undelivered import SLACK
from webapp.store import alerts as alert_store
from webapp.store import channels, handoffs, outbox
from webapp.store import notices as store
from webapp.work import Work

BUSY = timedelta(seconds=20)  # longer than one drawing takes
Key = tuple[str, str]  # the channel and the purpose
ASKED_ABOUT = frozenset({Status.PENDING, Status.UNKNOWN})
TOLD_IN_THREAD = frozenset(
    {Status.DENIED, Status.ANSWERED, Status.CHANGES_REQUESTED, Status.APPROVED, *FINAL}
)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to be drawn now; `busy` says that somebody else draws some of it, so that it must be looked at again."""

    drawings: list[Drawing] = field(default_factory=list)
    busy: bool = False


def plan(work: Work, handoff_id: str) -> Plan:
    """Say what is to be drawn about a handoff, and keep others from drawing the same meanwhile."""
    work.begin()
    handoff = handoffs.find(work, handoff_id, lock=True)
    found = Plan()
    if handoff is None:
        return found
    copies = _copies(work, handoff)
    notice = notice_now(work, handoff)
    for copy in list(copies.values()):
        _draw(work, found, copy, notice)
    said = _said_in_thread(notice)
    if said:
        _say(work, found, notice, copies, said)
    return found


def drawn(work: Work, drawing: Drawing, place: str, ts: str) -> None:
    """Note that a drawing stands where it was meant to."""
    copy = drawing.copy
    asks = copy.purpose == Purpose.ASK.value and drawing.notice.needs_people
    after = replace(
        copy,
        standing=Standing.OPEN if asks else Standing.OVER,
        drawn=copy.shown,
        place=place,
        ts=ts,
        error=None,
        busy_until=None,
        changed_at=work.now,
    )
    store.save(work, after, copy.draw)
    if copy.purpose == Purpose.ASK.value and not asks:
        _let_the_next_come(work, copy)
    _end_trouble(work, copy.channel_id)


def not_drawn(work: Work, drawing: Drawing, error: str) -> None:
    """Note that a drawing may or may not stand there; it is tried again."""
    free = replace(drawing.copy, busy_until=None, error=error[:200], changed_at=work.now)
    store.save(work, free, drawing.copy.draw)


def lost(work: Work, drawing: Drawing) -> None:
    """Note that a message is gone: where somebody is still waited for, it is sent anew."""
    waits = drawing.notice.needs_people
    fresh = replace(
        drawing.copy,
        standing=Standing.NEW if waits else Standing.OVER,
        drawn=None if waits else drawing.copy.shown,
        place=None,
        ts=None,
        busy_until=None,
        changed_at=work.now,
    )
    store.save(work, fresh, drawing.copy.draw)
    if waits:
        handoffs.post(work, tell(drawing.copy.handoff_id, work.now))


def telling(work: Work, step: Step) -> Step:
    """Add to a step that its notices must be drawn anew, where there may be some."""
    before, after = step.before, step.after
    if not work.store.tells or before is None:
        return step
    moved = _where_it_stands(before) != _where_it_stands(after)
    may_be_told_of = before.status in ASKED_ABOUT or before.decided is not None
    told = any(message.topic is Topic.NOTIFY for message in step.messages)
    if not moved or told or not may_be_told_of:
        return step
    return replace(step, messages=(*step.messages, tell(after.id, work.now)))


def redraw_all(work: Work) -> int:
    """Have every message that asks drawn anew, where that changes it: after a stop began or ended."""
    asked = store.standing_asks(work)
    for handoff_id in asked:
        handoffs.post(work, tell(handoff_id, work.now))
    return len(asked)


def gathered(work: Work, channel_id: str) -> tuple[Channel, int] | None:
    """Give a channel that gathers, and how much of low risk waits for its team; None where there is nothing to say."""
    channel = channels.find(work, channel_id)
    if channel is None or channel.digest is None:
        return None
    team = None if channel.team == EVERY_TEAM else [channel.team]
    count = store.waiting_of_low_risk(work, team)
    return (channel, count) if count else None


def held_back(work: Work, handoff: Handoff, channel: Channel) -> bool:
    """Say whether a channel is not told of this now: it gathers it, or its quiet hours hold it back for later."""
    risk = handoff.verdict.risk
    if channel.gathers(risk):
        due_at = channel.next_digest(work.now)
        if not outbox.is_posted(work, Topic.DIGEST, channel.id):
            handoffs.post(work, Message(topic=Topic.DIGEST, handoff_id=channel.id, due_at=due_at))
        return True
    until = channel.held_until(risk, work.now)
    if until is not None:
        handoffs.post(work, tell(handoff.id, until))
        return True
    return False


def fresh(work: Work, handoff: Handoff, channel: Channel, purpose: Purpose) -> Copy:
    """Make a copy for a channel, of which nothing was sent yet."""
    return Copy(
        id=work.new_id("nt"),
        handoff_id=handoff.id,
        channel_id=channel.id,
        purpose=purpose.value,
        target=channel.address,
        likeness=likeness(handoff),
        standing=Standing.NEW,
        draw=0,
        revision=handoff.revision,
        fingerprint=handoff.fingerprint,
        shown="",
        drawn=None,
        place=None,
        ts=None,
        error=None,
        busy_until=None,
        changed_at=work.now,
    )


# ---- the parts


def _where_it_stands(handoff: Handoff) -> tuple[object, ...]:
    """Give what a notice shows of where a handoff stands."""
    return handoff.version, handoff.votes, handoff.settled, handoff.contradicted


def _copies(work: Work, handoff: Handoff) -> dict[Key, Copy]:
    """Give the copies about a handoff, with new ones where it is to be told now."""
    copies = {(one.channel_id, one.purpose): one for one in store.of_handoff(work, handoff.id)}
    failed = any(one.standing is Standing.FAILED for one in copies.values())
    for channel in _channels(work, handoff, failed=failed):
        key = channel.id, Purpose.ASK.value
        copy = copies.get(key) or _begin(work, handoff, channel)
        if copy is not None:
            copies[key] = copy
    return copies


def _channels(work: Work, handoff: Handoff, *, failed: bool) -> Iterator[Channel]:
    """Give where this handoff is asked about: its teams' channels, and people directly where one of those fails."""
    if handoff.status in ASKED_ABOUT:
        listed = channels.of_teams(work, _asked(handoff))
        risk = handoff.verdict.risk
        yield from (one for one in listed if one.medium is Medium.SLACK and one.tells_of(risk))
        yield from _direct(work, handoff, failed=failed)


def _direct(work: Work, handoff: Handoff, *, failed: bool) -> Iterator[Channel]:
    """Give who is told directly: those who want it, and everybody who can decide where a channel fails."""
    there = {one.user.id for one in availability.recipients(work, handoff)}
    wanted = {"all", "reminders"} if handoff.reminded else {"all"}
    for link in channels.links_of_deciders(work, _asked(handoff)):
        if link.user_id in there and (failed or link.direct in wanted):
            name = f"@{link.slack_user}"
            yield Channel(id=name, team=handoff.owner, medium=Medium.SLACK, address=name)


def _asked(handoff: Handoff) -> tuple[str, ...]:
    return handoff.teams or (handoff.owner,)


def _said_in_thread(notice: Notice) -> str | None:
    """Name what is said in the thread now: a reminder, or what became of it; None for nothing."""
    if notice.ending and notice.status in TOLD_IN_THREAD:
        found = ".contradicted" if notice.contradicted else ""
        return f"{Purpose.OUTCOME.value}.{notice.version}.{notice.settled}{found}"
    if notice.waits and notice.reminded is not None:
        return f"{Purpose.REMIND.value}.{notice.revision}.{notice.reminded}"
    return None


def _begin(work: Work, handoff: Handoff, channel: Channel) -> Copy | None:
    """Make a copy for a channel; None where nothing is told there now."""
    if held_back(work, handoff, channel):
        return None
    alike = likeness(handoff)
    work.lock_for(f"notices.{channel.id}", shared=False)
    first = store.first_ask_like(work, channel.id, alike)
    standing = Standing.BEHIND if first else Standing.NEW
    copy = replace(fresh(work, handoff, channel, Purpose.ASK), standing=standing)
    if not store.add(work, copy):
        return None
    if first and not outbox.is_posted(work, Topic.NOTIFY, first.handoff_id):
        handoffs.post(work, tell(first.handoff_id, work.now + timedelta(seconds=1)))
    return copy


def _draw(work: Work, found: Plan, copy: Copy, notice: Notice) -> None:
    """Take one copy into the plan, unless what stands there is what it should be."""
    if copy.purpose != Purpose.ASK.value or copy.standing is Standing.FAILED:
        return
    if copy.standing is Standing.BEHIND:
        _come_forward(work, found, copy, notice)
        return
    if copy.ts is None and not notice.needs_people:  # nobody has to learn of it any more
        if _is_taken(work, copy):  # but it is being sent, and will have to be redrawn
            found.busy = True
            return
        store.save(work, replace(copy, standing=Standing.OVER, changed_at=work.now), copy.draw)
        return
    like = store.behind(work, copy.channel_id, copy.likeness) if notice.needs_people else 0
    _claim(work, found, copy, notice, like)


def _come_forward(work: Work, found: Plan, copy: Copy, notice: Notice) -> None:
    """Let a copy that waits behind others come forward as soon as none of them is asked about any more."""
    if not notice.needs_people:
        store.save(work, replace(copy, standing=Standing.OVER, changed_at=work.now), copy.draw)
        first = store.first_ask_like(work, copy.channel_id, copy.likeness)
        if first and not outbox.is_posted(work, Topic.NOTIFY, first.handoff_id):
            handoffs.post(work, tell(first.handoff_id, work.now + timedelta(seconds=1)))
        return
    work.lock_for(f"notices.{copy.channel_id}", shared=False)
    if store.first_ask_like(work, copy.channel_id, copy.likeness):
        return
    fresh = replace(copy, standing=Standing.NEW)
    like = store.behind(work, copy.channel_id, copy.likeness) - 1
    _claim(work, found, fresh, notice, like)


def _claim(
    work: Work, found: Plan, copy: Copy, notice: Notice, like: int, thread: str | None = None
) -> None:
    """Take a copy into the plan, for us alone, unless what it shows stands there already."""
    shown = digest_of(notice, like)
    if copy.drawn == shown:
        return
    drawing = replace(
        copy,
        draw=copy.draw + 1,
        revision=notice.revision,
        fingerprint=notice.fingerprint,
        shown=shown,
        busy_until=work.now + BUSY,
        changed_at=work.now,
    )
    if _is_taken(work, copy) or not store.save(work, drawing, copy.draw):
        found.busy = True
        return
    found.drawings.append(Drawing(copy=drawing, notice=notice, like=like, thread=thread))


def _is_taken(work: Work, copy: Copy) -> bool:
    return copy.busy_until is not None and copy.busy_until > work.now


def _say(work: Work, found: Plan, notice: Notice, copies: Mapping[Key, Copy], purpose: str) -> None:
    """Say something in the thread of each message, once for each."""
    for ask in copies.values():
        if ask.purpose != Purpose.ASK.value or ask.ts is None:
            continue
        copy = copies.get((ask.channel_id, purpose)) or _answer(work, ask, purpose)
        if copy is not None:
            _claim(work, found, copy, notice, 0, ask.ts)


def _answer(work: Work, ask: Copy, purpose: str) -> Copy | None:
    made = replace(
        ask,
        id=work.new_id("nt"),
        purpose=purpose,
        target=ask.place or ask.target,
        standing=Standing.NEW,
        draw=0,
        drawn=None,
        place=None,
        ts=None,
        busy_until=None,
    )
    return made if store.add(work, made) else None


def _let_the_next_come(work: Work, copy: Copy) -> None:
    behind = store.next_behind(work, copy.channel_id, copy.likeness)
    if behind:
        handoffs.post(work, tell(behind.handoff_id, work.now))


def _end_trouble(work: Work, channel_id: str) -> None:
    for about in (SLACK, channel_id):
        found = alert_store.newest(work, about, AlertKind.UNTOLD)
        if found and found.settled_at is None:
            alerts.end(work, found)


def notice_now(work: Work, handoff: Handoff) -> Notice:
    """Say what is told of a handoff as it stands."""
    claim = handoffs.content(work, handoff.id, handoff.claim_sequence).body
    said: Mapping[str, object] = {}
    if handoff.decided:
        said = handoffs.content(work, handoff.id, handoff.decided.sequence).body
    action_type = None
    if handoff.action is not None:
        action_type = policies.at(work, handoff.verdict.policy).action_type(handoff.action.name)
    stop = in_force(policies.standing(work).stops, handoff.agent, handoff.target_name)
    halted = stop if handoff.status is Status.PENDING else None
    return notice_of(handoff, claim, action_type, said, halted)
