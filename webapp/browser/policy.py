"""The policy in force, as a table and as the document that people wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response

from webapp.browser.directory import policy_in_force
from webapp.browser.frame import show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.browser.words import duration, percent
from webapp.domain.policy import ActionType, Policy
from webapp.domain.policy_draft import PolicyDraft, may_write
from webapp.domain.stop import Stop
from webapp.domain.verdict import Risk
from webapp.services import drafts, policies, stops
from webapp.work import Work

routes = Blueprint("policy", __name__)
WHOLE = "policy/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """One action type in words."""

    name: str
    title: str
    because: str | None
    risk: Risk
    reversible: bool
    unasked: str
    approvers: str
    deadline: str
    rules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was published and what is on its way."""

    versions: list[tuple[int, datetime, str]]
    drafts: list[PolicyDraft]


@routes.get("/policy")
def index() -> Response:
    """Show what is in force."""

    def read(work: Work) -> tuple[Policy | None, tuple[Stop, ...], Written]:
        written = Written(versions=policies.versions(work), drafts=drafts.open_ones(work))
        return policy_in_force(work), stops.in_force(work), written

    policy, held, written = desk().read(read)
    lines = [_line(one) for one in policy.actions.values()] if policy else []
    may = may_write(me())
    return show(
        WHOLE, WHOLE, "/policy", held, policy=policy, actions=lines, written=written, may_write=may
    )


def _line(of: ActionType) -> ActionLine:
    return ActionLine(
        name=of.name,
        title=of.title,
        because=of.because,
        risk=of.risk,
        reversible=of.reversible,
        unasked=_unasked(of),
        approvers=_approvers(of),
        deadline=duration(of.deadline.after),
        rules=len(of.rules),
    )


def _unasked(of: ActionType) -> str:
    if of.observe:
        return "only observed"
    if not of.unasked:
        return "never"
    bounded = ", inside its envelope" if of.envelope else ""
    looked_at = f", {percent(of.audit_sample)} looked at" if of.audit_sample else ""
    return f"from {percent(of.tiers.auto)} confidence{bounded}{looked_at}"


def _approvers(of: ActionType) -> str:
    asked = of.approvals
    who = ", ".join(asked.teams) or "the agent's team"
    many = f", {asked.count} people" if asked.count > 1 else ""
    critical = f", {asked.when_critical} when critical" if asked.when_critical else ""
    return f"{who}{many}{critical}"
