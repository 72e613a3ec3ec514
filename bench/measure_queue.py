"""The queue page of a person before a very long queue."""

from __future__ import annotations

import json
import urllib.request

from bench.figures import Figure, generate, percentile
from bench.handoffs import API, JSON_TYPE, body
from bench.multiply import multiply
from bench.plan import Plan
from bench.servers import PASSWORD, PEOPLE, Bench, Side

WANTED = 30.0


def measure(bench: Bench, plan: Plan) -> list[Figure]:
    """Time the page with everything pending, then with many more that are over."""
    with bench.handrail("queue") as (side, config):
        model = submitted(side)
        multiply(config, model, 1, plan.pending)
        pending = timed(side, plan, f"{plan.pending:,} pending")
        multiply(config, model, plan.pending, plan.handoffs, "succeeded")
        return [*pending, *timed(side, plan, f"{plan.handoffs:,} in all")]


def submitted(side: Side) -> str:
    """Submit one handoff and give its id."""
    headers = {**JSON_TYPE, "Authorization": f"Bearer {side.key}", "Idempotency-Key": "model"}
    address = f"http://127.0.0.1:{side.port}{API}"
    asked = urllib.request.Request(address, body(1), headers, method="POST")
    with urllib.request.urlopen(asked) as answer:
        return str(json.load(answer)["id"])


def timed(side: Side, plan: Plan, words: str) -> list[Figure]:
    """Time the queue page of each person, who see it by way of different indexes."""
    figures = []
    for email, (team, _) in PEOPLE.items():
        seen = generate(
            scenario="page",
            port=side.port,
            email=email,
            password=PASSWORD,
            warm=max(2, plan.pages // 10),
            times=plan.pages,
        )
        p50, p95 = percentile(seen["took"], 0.5), percentile(seen["took"], 0.95)
        who = "every team" if team == "*" else "one team"
        print(
            f"  queue, {words}, {who}: {p50:.1f} / {p95:.1f} ms, {seen['size']} bytes", flush=True
        )
        figures.append(
            Figure(
                what=f"queue page, {words}, approver of {who}, p50 / p95",
                measured=f"{p50:.1f} / {p95:.1f} ms",
                wanted=f"p95 ≤ {WANTED:.0f} ms",
                holds=p95 <= WANTED,
            )
        )
    return figures
