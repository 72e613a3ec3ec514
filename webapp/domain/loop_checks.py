"""The check of loops: what repeats itself, keeps failing, or was denied before is put before a person."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.domain.case import Case
from webapp.domain.duration import write_duration
from webapp.domain.loops import Loops, LoopStops
from webapp.domain.verdict import Reason, Route

PATH = "stop_loops"


def check_loops(case: Case) -> Iterator[Reason]:
    """Stop an agent that goes round in circles, whatever its confidence."""
    stops, loops = case.policy.stop_loops, case.counters.loops
    if stops is None or loops is None:
        return
    yield from _repeated(stops, loops)
    yield from _failing(stops, loops, case.handoff.agent)
    yield from _denied(stops, loops)
    yield from _tried(stops, loops)


def _repeated(stops: LoopStops, loops: Loops) -> Iterator[Reason]:
    watched = stops.same_fingerprint
    if watched is None or loops.same + 1 < watched.count:
        return
    length = write_duration(watched.length)
    message = (
        f"The very same action is asked for again and again: {loops.same + 1} times within "
        f"{length}, under different keys. From {watched.count} on a person looks."
    )
    yield _reason(
        code="loop_repeated",
        says=message,
        key="same_fingerprint",
        fix="another action",
    )


def _failing(stops: LoopStops, loops: Loops, agent: str) -> Iterator[Reason]:
    watched = stops.failures
    if watched is None or loops.failures < watched.count:
        return
    length = write_duration(watched.length)
    message = (
        f"Runs of {agent} that failed within {length}, with no success between: {loops.failures}."
    )
    yield _reason(code="loop_failures", says=message, key="failures", fix="a run that succeeds")


def _denied(stops: LoopStops, loops: Loops) -> Iterator[Reason]:
    route = stops.after_denied_intent
    if route is None or not loops.denied:
        return
    message = f"A person has denied this before: {', '.join(loops.denied)}."
    fix = "what the denial's note asks for, agreed to by a person"
    yield _reason(
        code="denied_before", says=message, key="after_denied_intent", fix=fix, route=route
    )


def _tried(stops: LoopStops, loops: Loops) -> Iterator[Reason]:
    most = stops.attempts
    if most is None or loops.attempts < most:
        return
    message = (
        f"Attempts at this intent: {loops.attempts}. After {most}, nothing of it runs by itself."
    )
    yield _reason(code="too_many_attempts", says=message, key="attempts", fix="a person's decision")


def _reason(*, code: str, says: str, key: str, fix: str, route: Route = Route.REVIEW) -> Reason:
    return Reason(code=code, route=route, message=says, rule=f"{PATH}.{key}", fix=fix)
