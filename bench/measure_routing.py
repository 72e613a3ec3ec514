"""The one pure function that routes, without the database: a large policy, and all its rules on what is routed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from bench.figures import Figure, percentile
from bench.plan import Plan
from bench.servers import Bench
from webapp.domain.action import Action
from webapp.domain.case import Counters, draws
from webapp.domain.drafting import draft
from webapp.domain.handoff import USUAL_VERBS, Agent, Handoff, Kind, Submission
from webapp.domain.policy import Policy
from webapp.domain.policy_document import parse
from webapp.domain.routing import route

WANTED = 300.0
RULES = 100
TYPES = 20
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
AGENT = Agent(id="ag_1", name="billing-agent", owner="payments")
ARGS: Mapping[str, Any] = {
    "order_id": "8841",
    "amount": "129.00",
    "currency": "EUR",
    "counterparty": "cus_77",
    "reason": "damaged",
}
# what fifty rules ask in the simple form, and fifty in CEL; none of them fires
SIMPLE = (
    {"reason": "goodwill"},
    {"reason": ["late", "lost"], "amount": {"over": "100 EUR"}},
    {"amount": {"over": "500 EUR"}},
    {"counterparty": {"matches": "^emp_"}},
    {"counterparty": {"not": ["cus_77", "cus_78"]}, "amount": {"at_least": "100 EUR"}},
)
EXPRESSIONS = (
    'args.reason == "goodwill" && args.currency == "USD"',
    'money(args.amount, args.currency) > money("1000", "EUR")',
    'args.counterparty.startsWith("emp_")',
    '"escalated" in handoff.tags',
    "handoff.confidence < 0.5 && args.order_id.size() > 20",
)


def measure(bench: Bench, plan: Plan) -> list[Figure]:
    """Time `route()` over and over on a policy with a hundred rules, half of them in CEL, and five limits."""
    del bench
    policy = parse(document(), number=1)
    handoff = drafted(policy)
    taken = draws(handoff, policy, AT)
    counters = Counters(at=AT, level="standard", used={draw.key.text: 0 for draw in taken})
    verdict = route(handoff, policy, counters)
    if verdict.route.value != "auto":
        raise RuntimeError(f"This was to run unasked: {verdict.reasons}")
    times = [timed(handoff, policy, counters) for _ in range(plan.routings)]
    middle, late = (percentile(times, share) for share in (0.5, 0.99))
    return [
        Figure(
            what=f"routing by {RULES} rules (half in CEL), {TYPES} action types, {len(taken)} limits, p50 / p99",
            measured=f"{middle:.0f} / {late:.0f} µs",
            wanted=f"p50 ≤ {WANTED:.0f} µs",
            holds=middle <= WANTED,
        )
    ]


def timed(handoff: Handoff, policy: Policy, counters: Counters) -> float:
    """Route a handoff that was not routed before, and give the time in microseconds."""
    action = handoff.action
    fresh = replace(handoff, action=Action(name=action.name, args=action.args) if action else None)
    began = perf_counter()
    route(fresh, policy, counters)
    return (perf_counter() - began) * 1e6


def document() -> str:
    """Write the policy; JSON is YAML."""
    return json.dumps(
        {
            "agents": {
                "billing-agent": {
                    "owner": "payments",
                    "autonomy": {"start": "standard"},
                    "daily_budget": 100_000,
                }
            },
            "actions": {f"payments.kind_{n}": action_type(n) for n in range(TYPES)},
        }
    )


def action_type(n: int) -> dict[str, Any]:
    """Write an action type; the first has all the rules, so that all of them are asked."""
    return {
        "risk": "medium",
        "args": {
            "type": "object",
            "required": list(ARGS),
            "properties": {
                **{name: {"type": "string"} for name in ARGS},
                "currency": {"enum": ["EUR"]},
            },
        },
        "tiers": {"auto": 0.9, "review": 0.1},
        "envelope": {
            "amount": {
                "arg": "/amount",
                "currency": "/currency",
                "each": "500 EUR",
                "per_day": "2000000 EUR",
                "per_month": "20000000 EUR",
            },
            "rate": "1000/hour",
            "total": {"counterparty": {"month": "1000000 EUR"}},
            "counterparty": {"arg": "/counterparty", "allow": ["cus_*"]},
        },
        "rules": [rule(m) for m in range(RULES if n == 0 else 0)],
    }


def rule(m: int) -> dict[str, Any]:
    """Write a rule: simple ones and expressions by turns."""
    asked = (SIMPLE, EXPRESSIONS)[m % 2]
    return {"when": asked[m // 2 % len(asked)], "route": "review", "because": f"Rule {m}"}


def drafted(policy: Policy) -> Handoff:
    """Make the handoff that is routed."""
    action = Action(name="payments.kind_0", args=dict(ARGS))
    nothing = dict.fromkeys(("expires_in", "on_behalf_of", "intent_id", "run_id", "thread_id"))
    submission = Submission(
        kind=Kind.ACTION,
        title="Refund order 8841",
        action=action,
        confidence=0.97,
        allowed=USUAL_VERBS[Kind.ACTION],
        claim={"tags": ["vip"]},
        state=None,
        private_state=None,
        **nothing,
    )
    return draft(submission, AGENT, policy, (), AT, handoff_id="ho_1")
