"""Simulate: route what was recorded with another policy, without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from webapp.domain.policy import Policy
from webapp.domain.simulation import Simulation
from webapp.store import recorded as store
from webapp.work import Work

USUAL_WINDOW = timedelta(days=30)


def simulation(work: Work, candidate: Policy) -> Simulation:
    """Begin a simulation with the levels that agents have now."""
    return Simulation(candidate=candidate, levels=store.levels(work))


def simulate(work: Work, running: Simulation, window: timedelta = USUAL_WINDOW) -> Iterator[int]:
    """Take what was asked within the window, page by page; gives how many were taken so far.

    Whoever stops asking has what was taken until then in `running`.
    """
    taken = 0
    for page in store.recorded(work, work.now - window):
        for one in page:
            running.take(one)
            taken += 1
        yield taken
