"""What a simulation promises beside any database: it never holds more than so much."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import DAY, NOW, POLICY, SURE, drafted, policy, submission
from tests.unit.drawn_cases import LEVELS, handoffs, policies
from webapp.domain.action import Action
from webapp.domain.case import Counters, draws
from webapp.domain.handoff import Status
from webapp.domain.routing import route
from webapp.domain.simulation import MOST_EXAMPLES, MOST_GROUPS, THE_REST, Recorded, Simulation
from webapp.domain.task_type import Admitted
from webapp.domain.verdict import Route


def asked(name="pay", agent="spender", at=NOW, number=0):
    made = drafted(submission(confidence=SURE))
    action = Action(name=name, args={"to": "carl", "amount": "1"})
    handoff = replace(made, action=action, agent=agent, submitted_at=at, id=f"ho_{number}")
    return Recorded(handoff, Route.REVIEW, Route.AUTO, Status.SUCCEEDED, edited=False)


def simulated(*asks):
    running = Simulation(candidate=policy(), levels={})
    for one in asks:
        running.take(one)
    return running


def test_what_is_named_without_end_is_told_as_the_rest():
    done = simulated(*(asked(f"pay.n{n}") for n in range(MOST_GROUPS + 7)))
    assert len(done.groups) == MOST_GROUPS + 1
    (rest,) = [count.asks for group, count in done.groups.items() if group.agent == THE_REST]
    assert rest == 7


def test_only_a_few_examples_are_kept():
    done = simulated(*(asked(number=n) for n in range(20)))
    assert all(len(count.examples) <= MOST_EXAMPLES for count in done.groups.values())


def test_counters_whose_windows_are_over_are_let_go():
    made = Simulation(candidate=policy(), levels={}, most_counters=3)
    for day in range(50):
        made.take(asked(at=NOW + day * DAY, number=day))
    assert made.counters_held <= 4


@pytest.mark.parametrize(
    ("level", "route"), [("supervised", Route.REVIEW), ("standard", Route.AUTO)]
)
def test_agents_stand_at_the_level_that_they_have_now(level, route):
    made = Simulation(candidate=policy(), levels={"ag_payer": level})
    assert made.take(asked()) is route


def test_what_a_stop_asked_for_is_kept():
    one = asked()._replace(kept=Route.REVIEW)
    assert simulated(one).moved == []


def test_rules_see_what_is_used_of_limits_as_checks_do():
    rule = """- {when: 'counters.used["agents.spender.daily_budget"] >= 30.0', route: review, because: Enough}"""
    watched = POLICY.replace("    rules:\n", f"    rules:\n      {rule}\n")
    made = Simulation(candidate=policy(watched), levels={})
    routes = [made.take(asked(number=number)) for number in range(4)]
    assert routes == [Route.AUTO, Route.AUTO, Route.AUTO, Route.REVIEW]


def one_by_one(asks, rules, level):
    """Route with route() itself, counting beside it what would have run."""
    used: dict[str, int] = {}
    for one in asks:
        drawn = draws(one, rules, one.submitted_at)
        known = {draw.key.text: used.get(draw.key.text, 0) for draw in drawn}
        need = rules.action_type(one.target_name).needs_task
        task = Admitted(type=need.type) if need and one.task_id else None
        counted = Counters(at=one.submitted_at, level=level, used=known, acquainted=True, task=task)
        found = route(one, rules, counted).route
        yield found
        for draw in drawn:
            if found is Route.AUTO or (found is Route.REVIEW and not draw.limit.unasked):
                used[draw.key.text] = known[draw.key.text] + draw.takes


@given(
    st.lists(handoffs(), max_size=8),
    policies(),
    st.sampled_from([None, *LEVELS, "a level that is gone"]),
)
def test_a_simulated_route_is_the_one_that_route_gives(asks, rules, level):
    made = Simulation(candidate=rules, levels={} if level is None else {"ag_payer": level})
    recorded = [
        Recorded(one, Route.AUTO, Route.AUTO, Status.SUCCEEDED, edited=False) for one in asks
    ]
    assert [made.take(one) for one in recorded] == list(one_by_one(asks, rules, level))
