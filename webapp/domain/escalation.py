"""What time does to a handoff before its time is up: people are reminded, and the next team is asked.

All of it is counted from the beginning of the round, which is the deadline less the patience: so it moves with the
deadline where a stop has frozen both. The agent's own, shorter deadline ends the round earlier and moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.domain.handoff import SYSTEM, Handoff, Status
from webapp.domain.history import EventType
from webapp.domain.instant import written
from webapp.domain.message import Message, Topic
from webapp.domain.step import Step, looked_up, noted, one_step, tell
from webapp.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Whom a handoff goes to next, and when."""

    team: str
    at: datetime


def next_team(handoff: Handoff) -> Next | None:
    """Say which team is asked next and when; None where it expires before anybody else is."""
    policy, ends_at, taken = handoff.verdict.deadline, handoff.deadline_at, len(handoff.escalated)
    if policy is None or ends_at is None or taken >= len(policy.escalate):
        return None
    step = policy.escalate[taken]
    at = ends_at - handoff.patience + step.after
    return Next(team=step.to, at=at) if at < ends_at else None


def reminds_at(handoff: Handoff) -> datetime | None:
    """Say when people are reminded of what comes next; None where they are not, or not again."""
    policy, ends_at = handoff.verdict.deadline, handoff.deadline_at
    if policy is None or policy.remind is None or ends_at is None or handoff.reminded:
        return None
    following = next_team(handoff)
    at = (following.at if following else ends_at) - policy.remind
    taken = len(handoff.escalated)
    told = policy.escalate[taken - 1].after if taken else timedelta()
    return at if at > ends_at - handoff.patience + told else None


def clock(after: Handoff) -> tuple[Message, ...]:
    """Post what time will do to a handoff that waits: each message does nothing where it has been overtaken."""
    if after.deadline_at is None:
        return ()
    dues = {Topic.EXPIRE: after.deadline_at, **_before_deadline(after)}
    return tuple(Message(topic=t, handoff_id=after.id, due_at=at) for t, at in dues.items())


def put_before_people(after: Handoff) -> tuple[Message, ...]:
    """Set the clock, tell people that something waits, and have looked up what they are to see of the world."""
    if after.deadline_at is None:
        return ()
    return (*clock(after), tell(after.id, after.changed_at), *looked_up(after))


def escalate(before: Handoff, now: datetime) -> Step | None:
    """Put a handoff before the next team, too; None where it is not (yet, or any more) to be."""
    following = next_team(before)
    if following is None or not _still_waits(before, now) or now < following.at:
        return None
    after = replace(
        noted(before, now), escalated=(*before.escalated, following.team), reminded=False
    )
    messages = (*_posted(after), tell(after.id, now))
    data = {"to": following.team, "teams": list(after.teams), **_what_comes(after)}
    return one_step(before, after, EventType.ESCALATED, SYSTEM, data=data, messages=messages)


def remind(before: Handoff, now: datetime) -> Step | None:
    """Tell those who have not decided again; None where that is not (yet, or any more) to be."""
    at, following = reminds_at(before), next_team(before)
    if at is None or not _still_waits(before, now) or now < at:
        return None
    if (
        following and now >= following.at
    ):  # the message came late, and all are told when it escalates
        return None
    after = replace(noted(before, now), reminded=True)
    data = {"teams": list(after.teams), **_what_comes(after)}
    messages = (tell(after.id, now),)
    return one_step(before, after, EventType.REMINDED, SYSTEM, data=data, messages=messages)


def still_asked(before: Handoff, verdict: Verdict) -> tuple[str, ...]:
    """Name the teams that stay asked when a person changes what is asked for: as far as policy asks them in turn."""
    kept: list[str] = []
    named = verdict.deadline.teams if verdict.deadline else ()
    for was, now in zip(before.escalated, named, strict=False):
        if was != now:
            break
        kept.append(was)
    return tuple(kept)


def _still_waits(handoff: Handoff, now: datetime) -> bool:
    """Say whether people are waited for; while it was asked back the agent is, and only the deadline goes on."""
    ends_at = handoff.deadline_at
    return handoff.status is Status.PENDING and ends_at is not None and now < ends_at


def _posted(after: Handoff) -> tuple[Message, ...]:
    dues = _before_deadline(after).items()
    return tuple(Message(topic=topic, handoff_id=after.id, due_at=at) for topic, at in dues)


def _before_deadline(after: Handoff) -> dict[Topic, datetime]:
    """Say what is due before the deadline; a reminder that comes too late for it is not sent."""
    following, reminder = next_team(after), reminds_at(after)
    dues = {Topic.ESCALATE: following.at} if following else {}
    return {**dues, Topic.REMIND: reminder} if reminder and reminder > after.changed_at else dues


def _what_comes(after: Handoff) -> dict[str, object]:
    """Give the state of the deadline as the history keeps it."""
    following, ends_at = next_team(after), after.deadline_at
    return {
        "deadline_at": written(ends_at) if ends_at else None,
        "next": {"to": following.team, "at": written(following.at)} if following else None,
    }
