"""Small builders: people, policies, submissions, and handoffs in any state, made by the domain's own steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from tests.worlds import BEGINNING
from webapp.domain import execution, lifecycle
from webapp.domain.action import Action
from webapp.domain.case import Counters
from webapp.domain.decision import Decision, Membership, Person, Role
from webapp.domain.drafting import content_of, draft
from webapp.domain.handoff import USUAL_VERBS, Agent, Face, Handoff, Kind, Status, Submission, Verb
from webapp.domain.policy import Policy
from webapp.domain.policy_document import parse
from webapp.domain.routing import route
from webapp.domain.step import Routed, Step, basis_of
from webapp.domain.task import Task
from webapp.domain.verdict import Risk, Route, Verdict

NOW = BEGINNING
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# `pay` runs unasked when the agent is sure; what it pays to decides what else the policy says.
POLICY = """\
timezone: Europe/Berlin
agents:
  payer:
    owner: payments
    autonomy: {start: standard, max: standard}
    actions: ["pay", "pay.*", "finance.*"]
    questions: {to: support, deadline: 90m}
  spender:
    owner: payments
    autonomy: {start: standard, max: standard}
    daily_budget: 100
actions:
  pay:
    title: Pay
    summary: "Pay {amount} to {to}"
    risk: medium
    cost: 10
    args:
      type: object
      required: [to, amount]
      properties: {to: {type: string}, amount: {type: [string, number]}}
    tiers: {auto: 0.9, review: 0.2}
    rules:
      - {when: {to: bank}, risk: critical, because: The bank is slow to give back}
      - {when: {to: mars}, route: block, because: Nobody lives there}
    approvals: {from: [payments], count: 1, when_critical: 2}
    deadline: {after: 2h, then: expire}
    permit: {valid: 24h, run_within: 15m, not_before: 0s}
  finance.payout:
    title: Pay out
    risk: high
    approvals: {from: [finance], count: 1}
    deadline: {after: 1h, then: expire}
unknown_action: review
"""
PAYER = Agent(id="ag_payer", name="payer", owner="payments", key_id="ky_1")
UNSURE, SURE = 0.5, 0.99


@cache
def policy(text: str = POLICY, number: int = 1) -> Policy:
    return parse(text, number=number)


def person(name: str = "ann", team: str = "payments", role: Role = Role.APPROVER) -> Person:
    return Person(
        id=f"us_{name}",
        email=f"{name}@example.org",
        name=name.capitalize(),
        memberships=(Membership(team=team, role=role),),
        face=Face.API,
    )


ANN, BOB, EVE = person("ann"), person("bob"), person("eve")


def pay(to: str = "carl", amount: Any = "10.00") -> Action:
    return Action(name="pay", args={"to": to, "amount": amount})


def submission(action: Action | None = None, **given: Any) -> Submission:
    """What an agent sends that wants to `pay`; `given` replaces what is usual, `said` adds to the claim."""
    said = given.pop("said", {})
    asked = {
        "kind": Kind.ACTION,
        "title": "Pay Carl",
        "action": action or pay() if given.get("kind", Kind.ACTION) is Kind.ACTION else None,
        "confidence": UNSURE,
        "allowed": USUAL_VERBS[Kind.ACTION],
        **dict.fromkeys(("expires_in", "on_behalf_of", "intent_id", "run_id", "thread_id")),
        "state": b'{"step" :3,\n "n": 1.0}',
        "private_state": b'{"checkpoint":"deep secret"}',
        **given,
    }
    claim = {"title": asked["title"], "confidence": asked["confidence"], **said}
    if asked["action"]:
        claim["action"] = asked["action"].to_json()
    if asked.get("task"):
        claim["task"] = asked["task"].to_json()
    return Submission(**asked, claim=claim)


def question(**given: Any) -> Submission:
    """What an agent sends that is in doubt which reading is meant."""
    readings = [{"id": "same", "text": "The same"}, {"id": "other", "text": "Another"}]
    asked = {
        "kind": Kind.QUESTION,
        "allowed": USUAL_VERBS[Kind.QUESTION],
        "said": {"interpretations": readings},
        **given,
    }
    return submission(**asked)


def task(**given: Any) -> Task:
    """A task that is fit under any policy which says nothing of it."""
    usual = {"goal": "Close ticket 42", "acceptance": ["its status is closed"]}
    return Task.from_json({"type": "ticket", **usual, **given})


def errand(asked: Task | None = None, **given: Any) -> Submission:
    """What an agent sends that wants to begin a task."""
    usual = {"kind": Kind.TASK, "allowed": USUAL_VERBS[Kind.TASK], "task": asked or task()}
    return submission(**{**usual, **given})


def counters(**given: Any) -> Counters:
    return Counters(**{"at": NOW, "level": "standard", "used": None, **given})


def verdict(asked: Route = Route.REVIEW, **given: Any) -> Verdict:
    usual = {"tier": None, "risk": Risk.MEDIUM, "policy": 1, "reasons": (), "quorum": 1}
    return Verdict(**{"route": asked, "teams": ("payments",), **usual, **given})


def routed(handoff: Handoff, asked: Verdict) -> Routed:
    return Routed(verdict=asked, counters=counters(), basis=basis_of(handoff))


def drafted(asked: Submission, rules: Policy | None = None, now: datetime = NOW) -> Handoff:
    """A handoff that nobody has routed yet."""
    made = draft(asked, PAYER, rules or policy(), (), now)
    return replace(made, id="ho_1", intent_id=made.intent_id or "ho_1")


def submitted(asked: Submission | None = None, said: Verdict | None = None) -> Handoff:
    """A handoff as it stands after its submission, under `said` or the verdict of POLICY."""
    asked = asked or submission()
    made = drafted(asked)
    found = said or route(made, policy(), counters())
    return lifecycle.submit(made, routed(made, found), asked, PAYER.actor()).after


def decision(handoff: Handoff, verb: Verb = Verb.APPROVE, **said: Any) -> Decision:
    """What somebody says who was shown the handoff as it stands."""
    seen = handoff.preview.digest if handoff.preview else None
    shown = {"revision": handoff.revision, "fingerprint": handoff.fingerprint, "preview": seen}
    return Decision(**{"verb": verb, **shown, **said})


def decided(handoff: Handoff, verb: Verb, by: Person = ANN, now: datetime = NOW) -> Handoff:
    """The handoff after somebody's decision that is no edit."""
    return lifecycle.decide(handoff, decision(handoff, verb, note="Because."), by, now).after


def approved(handoff: Handoff | None = None, by: Person = ANN) -> Handoff:
    return decided(handoff or submitted(), Verb.APPROVE, by)


def edit(
    handoff: Handoff,
    action: Action,
    by: Person = ANN,
    now: datetime = NOW,
    rules: Policy | None = None,
) -> Step:
    """The step of somebody who changes the action, routed by POLICY as the service does it."""
    rules = rules or policy()
    content = content_of(action, handoff.agent, handoff.owner, rules)
    made = lifecycle.as_edited(handoff, action, content, now)
    found = Routed(
        verdict=route(made, rules, counters()), counters=counters(), basis=basis_of(made)
    )
    said = decision(handoff, Verb.EDIT, args=action.args)
    return lifecycle.edit(handoff, made, found, said, by)


def revision(
    handoff: Handoff, asked: Submission | None = None, said: Verdict | None = None, now=NOW
) -> Step:
    """The step of an agent that revises."""
    asked = asked or submission(pay(amount="9.00"))
    made = lifecycle.as_revised(handoff, drafted(asked, now=now), now)
    found = said or route(made, policy(), counters())
    return lifecycle.revise(handoff, made, routed(made, found), asked)


def redemption(handoff: Handoff, now: datetime = NOW, key: str | None = "once") -> Step:
    """The step of an agent that redeems the permit which the handoff has or had."""
    permit = handoff.permit or handoff.execution
    name = getattr(permit, "id", None) or getattr(permit, "permit_id", "pm_1_1")
    return execution.redeem(handoff, name, handoff.fingerprint or "", key, now)


def running(handoff: Handoff | None = None) -> Handoff:
    return redemption(handoff or approved()).after


def outcome(
    handoff: Handoff,
    status: Status = Status.SUCCEEDED,
    now: datetime = NOW,
    detail: Mapping[str, Any] | None = None,
) -> Step:
    """The step of an agent that reports."""
    told = {"status": status.value, **(detail or {})}
    return execution.report(handoff, status, f"digest of {sorted(told.items())}", told, now)


def in_state(status: Status) -> Handoff:
    """A handoff that stands so, brought there by the steps that lead there."""
    waiting = submitted()
    made = {
        Status.PENDING: lambda: waiting,
        Status.CHANGES_REQUESTED: lambda: decided(waiting, Verb.REQUEST_CHANGES),
        Status.APPROVED: approved,
        Status.RUNNING: running,
        Status.SUCCEEDED: lambda: outcome(running()).after,
        Status.FAILED: lambda: outcome(running(), Status.FAILED).after,
        Status.UNKNOWN: lambda: outcome(running(), Status.UNKNOWN).after,
        Status.DENIED: lambda: decided(waiting, Verb.DENY),
        Status.ANSWERED: lambda: decided(submitted(errand()), Verb.RESPOND),
        Status.BLOCKED: lambda: submitted(submission(pay(to="mars"))),
        Status.EXPIRED: lambda: lifecycle.expire(waiting, NOW + DAY).after,
        Status.WITHDRAWN: lambda: lifecycle.withdraw(waiting, PAYER.actor(), NOW).after,
    }
    return made[status]()
