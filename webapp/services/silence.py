"""Silence: an agent that quietly stops working is a failure, too, and its owner is told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webapp.domain.account import AgentInfo
from webapp.domain.alert import AlertKind
from webapp.domain.attention import Expectation
from webapp.domain.loops import REMEMBERED
from webapp.domain.message import Attempt, Message
from webapp.domain.policy import Policy
from webapp.domain.stop import in_force
from webapp.domain.uses import Period
from webapp.services import accounts, policies
from webapp.services.alerts import Concern, end, raise_alert
from webapp.services.policies import Standing
from webapp.services.rounds import ROUNDS, keep_going
from webapp.store import alerts, attempts, lists, outbox
from webapp.work import Work

AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What an agent did in the last whole window: `seen` counts no further than what is expected."""

    expected: Expectation
    seen: int

    @property
    def quiet(self) -> bool:
        """Say whether that is less than expected."""
        return self.seen < self.expected.at_least


def make_round(work: Work, attempt: Attempt, message: Message) -> None:
    """Look after every agent at the end of a window, and post the next round: together, and once.

    Where another worker has struck the message out meanwhile, there is nothing left to do.
    """
    if work.now < message.due_at:  # a clock went back: it comes again
        return
    work.lock_for(ROUNDS, shared=False)
    if not outbox.remove(work, attempt):
        return
    standing = policies.standing(work)
    period = Period(message.handoff_id)
    for agent in accounts.agents(work):
        _look_after(work, agent, standing, period)
    if period is Period.DAY:
        attempts.prune(work, work.now - REMEMBERED)
    keep_going(work, standing.policy)


def pulse(work: Work, agent: AgentInfo, policy: Policy) -> Pulse | None:
    """Say what the agent did in the last whole window; None where nothing can be expected of it.

    That is: the policy does not, the agent is newer than the window, or all its keys are revoked.
    """
    expected = policy.grant(agent.name, agent.owner).expect
    if expected is None or all(key.revoked_at for key in agent.keys):
        return None
    begin, end_at = _last_window(work.now, expected.period, policy)
    if agent.created_at > begin:
        return None
    seen = lists.handed_off(work, agent.id, begin, end_at, expected.at_least)
    return Pulse(expected=expected, seen=seen)


def _look_after(work: Work, agent: AgentInfo, standing: Standing, period: Period) -> None:
    """Tell people that an agent has gone quiet, or note that it works again."""
    found = pulse(work, agent, standing.policy)
    if found and found.expected.period is not period:
        return
    known = alerts.newest(work, agent.id, AlertKind.SILENT)
    told = known if known and known.over_at is None else None
    if found is None or not found.quiet:
        if told:
            end(work, told)
    elif told is None and not in_force(standing.stops, agent.name, None):
        raise_alert(work, _concern(agent, found, standing.policy))


def _concern(agent: AgentInfo, found: Pulse, policy: Policy) -> Concern:
    expected = found.expected
    return Concern(
        kind=AlertKind.SILENT,
        agent_id=agent.id,
        agent=agent.name,
        owner=policy.grant(agent.name, agent.owner).owner or agent.owner,
        detail={
            "seen": found.seen,
            "at_least": expected.at_least,
            "period": expected.period.value,
        },
    )


def _last_window(now: datetime, period: Period, policy: Policy) -> tuple[datetime, datetime]:
    end_at = period.begins_at(now, policy.timezone).astimezone(UTC)
    begin = period.begins_at(end_at - AN_INSTANT, policy.timezone).astimezone(UTC)
    return begin, end_at
