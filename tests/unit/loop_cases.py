"""What policies watch of loops, and what may have been counted, for hypothesis."""

from datetime import timedelta

from hypothesis import strategies as st

from webapp.domain.loops import Loops, LoopStops, Within
from webapp.domain.verdict import Route

WINDOW = timedelta(minutes=10)
withins = st.none() | st.integers(1, 4).map(lambda n: Within(count=n, length=WINDOW))


@st.composite
def loop_stops(draw):
    return LoopStops(
        same_fingerprint=draw(withins),
        after_denied_intent=draw(st.sampled_from([None, Route.REVIEW, Route.BLOCK])),
        failures=draw(withins),
        attempts=draw(st.none() | st.integers(1, 4)),
    )


@st.composite
def loops(draw):
    named = tuple(f"ho_{n}" for n in range(draw(st.integers(0, 2))))
    counts = {name: draw(st.integers(0, 5)) for name in ("same", "failures", "attempts")}
    return Loops(denied=named, earlier=named, **counts)
