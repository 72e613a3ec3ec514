"""Strategies: policies on `pay`, and handoffs that they route."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.makers import drafted, submission
from tests.unit import drawn_rules
from tests.unit.loop_cases import loop_stops
from webapp.domain.action import Action
from webapp.domain.policy import (
    DEFAULT_LEVELS,
    ActionType,
    Approvals,
    Grant,
    Policy,
    Rule,
    Tiers,
)
from webapp.domain.task_type import Need
from webapp.domain.verdict import Risk, Route

LEVELS = tuple(DEFAULT_LEVELS)
task_names = st.sampled_from(["*", "ticket", "case"])
not_auto = st.sampled_from([Route.REVIEW, Route.BLOCK])
confidences = st.none() | st.floats(0, 1)


@st.composite
def rules(draw):
    expression = draw(st.none() | drawn_rules.expressions)
    when = draw(st.lists(drawn_rules.conditions, min_size=1, max_size=2))
    asked = draw(st.none() | st.sampled_from([Route.REVIEW, Route.BLOCK]))
    risk = draw(st.none() | st.sampled_from(Risk))
    return Rule(
        when=() if expression else tuple(when),
        expression=expression,
        route=asked,
        risk=risk,
        because="Because.",
        path="actions.pay.rules[0]",
    )


@st.composite
def policies(draw):
    low, high = sorted([draw(st.floats(0, 1)), draw(st.floats(0, 1))])
    known = ActionType(
        name="pay",
        title="Pay",
        risk=draw(st.sampled_from(Risk)),
        reversible=draw(st.booleans()),
        unasked=draw(st.booleans()),
        cost=draw(st.integers(0, 60)),
        tiers=Tiers(auto=high, review=low),
        rules=tuple(draw(st.lists(rules(), max_size=3))),
        needs_task=draw(st.none() | st.builds(Need, type=task_names, route=not_auto)),
        approvals=Approvals(
            teams=tuple(draw(st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True))),
            count=draw(st.integers(1, 3)),
            when_critical=draw(st.none() | st.integers(1, 4)),
        ),
        observe=draw(st.sampled_from([False, False, True])),
    )
    ends = st.sampled_from([*LEVELS, "trusted", "trusted"])
    start, most = sorted([draw(ends), draw(ends)], key=LEVELS.index)
    grant = Grant(
        name="payer",
        owner=draw(st.sampled_from([None, "payments"])),
        start=start,
        max=most,
        daily_budget=draw(st.none() | st.integers(0, 100)),
        actions=draw(st.sampled_from([None, (), ("pay",), ("p*",), ("pay.*",), ("*",)])),
    )
    return Policy(
        number=7,
        text="",
        timezone=ZoneInfo("UTC"),
        levels=DEFAULT_LEVELS,
        grants=draw(st.sampled_from([{}, {"payer": grant}, {"*": grant}])),
        actions=draw(st.sampled_from([{"pay": known}, {"pay": known}, {"pay": known}, {}])),
        unknown_action=draw(st.sampled_from([Route.REVIEW, Route.BLOCK])),
        stop_loops=draw(st.none() | loop_stops()),
    )


@st.composite
def handoffs(draw):
    action = Action(name="pay", args=draw(drawn_rules.args))
    return replace(
        drafted(submission(action, confidence=draw(confidences))),
        vouched=draw(st.booleans()),
        asked_back=draw(st.booleans()),
        tags=draw(drawn_rules.tags),
        on_behalf_of=draw(drawn_rules.people),
        task_id=draw(st.sampled_from([None, "ho_9"])),
    )
