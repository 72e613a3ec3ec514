"""What a simulation came to, in lines for people."""

from __future__ import annotations

from webapp.commands.console import table
from webapp.domain.simulation import Simulation
from webapp.domain.uses import plain

KEPT = "What stops, loops, denied intents, new counterparties and tasks that did not serve asked for stays as recorded."


def lines(done: Simulation, days: int) -> list[str]:
    """Tell the whole result."""
    changed = sum(count.asks for _, count in done.moved)
    of = f"{done.asks:,} asks of the last {days} days"
    return [
        f"Simulated, not proven: {changed:,} of {of} would have gone another way.",
        KEPT,
        *_routes(done),
        *_moved(done),
        *_limits(done),
    ]


def _routes(done: Simulation) -> list[str]:
    told = done.routes()
    rows = [("", "was", "would be")]
    rows += [(name, f"{told['was'][name]:,}", f"{told['would_be'][name]:,}") for name in told["was"]]  # fmt: skip
    return ["", *table(rows, "")]


def _moved(done: Simulation) -> list[str]:
    if not done.moved:
        return []
    rows = [("agent", "action", "route", "asks", "people denied", "edited", "such as")]
    rows += [
        (
            group.agent,
            group.action,
            f"{group.before} → {group.after}",
            f"{count.asks:,}",
            f"{count.denied:,}",
            f"{count.edited:,}",
            " ".join((count.doubtful + count.examples)[:3]),
        )
        for group, count in done.moved
    ]
    return ["", *table(rows, "")]


def _limits(done: Simulation) -> list[str]:
    if not done.spent:
        return []
    rows = [("limit", "most", "per", "most used at once", "in all", "in the way")]
    rows += [
        (
            path,
            f"{plain(one.most)} {one.unit}",
            one.period or "ever",
            plain(one.peak),
            plain(one.total),
            f"{one.reached:,}",
        )
        for path, one in sorted(done.spent.items())
    ]
    return ["", *table(rows, "")]
