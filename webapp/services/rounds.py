"""Rounds: what must be looked at again and again, as messages that fall due by themselves and post the next one."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.domain.message import Message, Topic
from webapp.domain.policy import Policy
from webapp.domain.uses import Period
from webapp.store import handoffs, outbox
from webapp.work import Work

ROUNDS = "handrail.rounds"  # the lock under which rounds are posted, so that there is one of each


def keep_going(work: Work, policy: Policy) -> None:
    """Post the next round of each kind that the policy needs, where it is not posted already."""
    needed = set(_needed(policy))
    if not needed:
        return
    work.lock_for(ROUNDS, shared=False)
    for period in sorted(needed):
        if not outbox.is_posted(work, Topic.ROUND, period.value):
            due_at = period.renews_at(work.now, policy.timezone)
            round_of = Message(topic=Topic.ROUND, handoff_id=period.value, due_at=due_at)
            handoffs.post(work, round_of)


def _needed(policy: Policy) -> Iterator[Period]:
    """Name the windows at whose end somebody must look."""
    if policy.stop_loops is not None:
        yield Period.DAY  # old attempts are forgotten then
    for grant in policy.grants.values():
        if grant.expect is not None:
            yield grant.expect.period
