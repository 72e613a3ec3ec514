"""Thousands of agents that wait on one process: how soon one is released, and what each costs."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from bench.figures import Figure, generate, middle, percentile
from bench.plan import Plan
from bench.servers import SETTINGS, Bench, served
from tests.servers import free_port

WANTED_P50, WANTED_P99, WANTED_BURST_P99, WANTED_KIB = 10.0, 25.0, 50.0, 30.0


def measure(bench: Bench, plan: Plan) -> list[Figure]:
    """Have the crowd wait on one gevent process, and decide through another on the same database."""
    with ExitStack() as stack:
        side, config = stack.enter_context(bench.handrail("crowd", processes=1))
        desk = replace(config, port=free_port())
        stack.enter_context(served(desk, "desk", "webapp.wsgi:app", {}))
        seen = generate(
            scenario="crowd",
            port=side.port,
            key=side.key,
            token=side.token,
            server=side.worker(),
            desk_port=desk.port,
            settings=str(config.home / SETTINGS),
            deciders=plan.connections,
            first=0,
            waiters=plan.waiters,
            single=plan.single,
            burst=plan.burst,
            rounds=plan.rounds,
            pace=plan.pace,
            idle_ticks=2,
        )
    print(f"  crowd: settled after {seen['settled']:.1f} s, done {seen['done']:.1f} s", flush=True)
    p50, p99 = percentile(seen["one"], 0.5), percentile(seen["one"], 0.99)
    many = middle([percentile(took, 0.99) for took in seen["many"]])
    rush = percentile(seen["rush"], 0.99)
    each = seen["bytes_each"] / 1024
    return [
        Figure(
            what=f"one released among {plan.waiters:,} waiting on one process, p50 / p99",
            measured=f"{p50:.1f} / {p99:.1f} ms",
            wanted=f"≤ {WANTED_P50:.0f} / {WANTED_P99:.0f} ms",
            holds=p50 <= WANTED_P50 and p99 <= WANTED_P99,
        ),
        Figure(
            what="memory for each who waits",
            measured=f"{each:.1f} KiB",
            wanted=f"≤ {WANTED_KIB:.0f} KiB",
            holds=each <= WANTED_KIB,
        ),
        Figure(
            what=f"{plan.burst:,} of them released within a second, p99; lost of all",
            measured=f"{many:.1f} ms; {seen['lost']}",
            wanted=f"≤ {WANTED_BURST_P99:.0f} ms; 0",
            holds=many <= WANTED_BURST_P99 and not seen["lost"],
        ),
        Figure(
            what=f"{plan.burst:,} more, decided through the API as fast as it goes, p99",
            measured=f"{rush:.1f} ms at {plan.burst / seen['rush_seconds']:.0f}/s",
        ),
    ]
