"""The input gate: what is fit is admitted, and what is not says what it lacks."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import NOW, counters, drafted, errand, policy, question, submission, task
from webapp.domain.gate import OVERRULED, objections
from webapp.domain.routing import route
from webapp.domain.stop import Scope, Stop
from webapp.domain.task import Task, covers, is_checkable, is_plain, vague_words
from webapp.domain.task_type import VAGUE, TaskType
from webapp.domain.task_type import Scope as Touches
from webapp.domain.verdict import Property, Reason, Route, Verdict

POLICY = """\
agents:
  payer: {owner: payments}
tasks:
  ticket:
    inputs:
      type: object
      required: [ticket, count]
      properties: {ticket: {type: string}, count: {type: integer, minimum: 1}}
    touches: {allow: ["orders/*", "Customers/*"], review: ["customers/*"], deny: ["customers/secret/*"]}
    approvals: {from: [support]}
    deadline: {after: 2h}
  "*": {acceptance: optional}
"""
RULES = policy(POLICY, number=4)
FIT = {
    "goal": "Improve the answer to ticket 42",
    "inputs": {"ticket": "42", "count": 1},
    "acceptance": ["the customer wrote back", "status is closed"],
    "touches": ["orders/8841"],
}
STOP = Stop(id="st_1", scope=Scope.GLOBAL, name=None, reason="It loops", by="ann", at=NOW)


def judged(**changes) -> Verdict:
    return route(drafted(errand(task(**{**FIT, **changes})), RULES), RULES, counters())


def findings(**changes):
    return [(one.code, one.pointer, one.property) for one in judged(**changes).reasons]


def test_a_task_that_is_fit_is_admitted_at_once():
    found = judged()
    assert (found.route, found.teams, found.quorum) == (Route.AUTO, ("support",), 1)
    assert [one.code for one in found.reasons] == ["task_admitted"]


COMPLETE, VERIFIABLE, IN_SCOPE = Property.COMPLETE, Property.VERIFIABLE, Property.IN_SCOPE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"inputs": {"count": 1}}, ("task_input_missing", "/task/inputs/ticket", COMPLETE)),
        (
            {"inputs": {"ticket": "42", "count": 0}},
            ("task_input_invalid", "/task/inputs/count", COMPLETE),
        ),
        (
            {"goal": "Close it", "acceptance": []},
            ("task_acceptance_missing", "/task/acceptance", VERIFIABLE),
        ),
        (
            {"goal": "Close it", "acceptance": ["everybody is glad"]},
            ("task_acceptance_uncheckable", "/task/acceptance", VERIFIABLE),
        ),
        ({"touches": []}, ("task_touches_missing", "/task/touches", IN_SCOPE)),
        (
            {"touches": ["orders/1", "orders/*"]},
            ("task_touch_unclear", "/task/touches/1", IN_SCOPE),
        ),
        ({"touches": ["stock/1"]}, ("task_touch_outside", "/task/touches/0", IN_SCOPE)),
        ({"touches": ["Customers/1"]}, ("task_touch_review", "/task/touches/0", IN_SCOPE)),
        ({"touches": ["CUSTOMERS/secret/1"]}, ("task_touch_denied", "/task/touches/0", IN_SCOPE)),
    ],
)
def test_each_finding_names_what_is_lacking_and_where(changes, expected):
    assert findings(**changes) == [expected]
    found = judged(**changes)
    assert found.route is Route.REVIEW
    assert found.reasons[0].rule.startswith("tasks.ticket.")


def test_a_finding_says_what_would_satisfy_it():
    missing = judged(inputs={}).reasons
    assert [one.fix for one in missing] == [
        "required: a string",
        "required: an integer, at least 1",
    ]
    outside = judged(touches=["stock/1"]).reasons[0]
    assert outside.fix == "one of orders/*, Customers/*"


def test_all_that_is_lacking_is_said_at_once():
    codes = [code for code, _, _ in findings(inputs={}, acceptance=["well done"], touches=[])]
    assert codes == [
        "task_input_missing",
        "task_input_missing",
        "task_vague",
        "task_acceptance_uncheckable",
        "task_touches_missing",
    ]


def test_a_vague_verb_needs_an_outcome_also_where_outcomes_are_optional():
    vague, clear = (
        route(
            drafted(errand(task(type="other", goal=goal, acceptance=[])), RULES), RULES, counters()
        )
        for goal in ("Tidy up the folder", "Delete the folder")
    )
    assert [one.code for one in vague.reasons] == ["task_vague"]
    assert vague.reasons[0].rule == "tasks.*.vague"
    assert clear.route is Route.AUTO


def test_a_task_of_a_type_that_the_policy_lacks_goes_to_people():
    rules = policy("agents: {payer: {owner: payments}}", number=1)
    found = route(drafted(errand(), rules), rules, counters())
    assert [one.code for one in found.reasons] == ["unknown_task"]
    assert found.teams == ("payments",)


def test_nothing_is_admitted_by_itself_under_a_stop_or_after_a_person_asked_back():
    fit = drafted(errand(task(**FIT)), RULES)
    stopped = route(fit, RULES, counters(stops=(STOP,)))
    asked = route(replace(fit, asked_back=True), RULES, counters())
    for found, code in ((stopped, "stopped"), (asked, "asked_back")):
        assert (found.route, [one.code for one in found.reasons]) == (Route.REVIEW, [code])
        assert objections(found) == ()


def test_people_may_overrule_what_only_needs_their_word_and_never_a_denial():
    assert objections(judged(touches=["stock/1", "customers/1"])) == ()
    assert objections(judged(touches=[])) == ()
    for changes in (
        {"touches": ["customers/secret/1"]},
        {"touches": ["orders/../customers/secret/1"]},
        {"inputs": {}},
        {"acceptance": []},
    ):
        assert objections(judged(**changes))


def test_the_deadline_of_a_task_is_that_of_its_type():
    made = drafted(errand(task(**FIT)), RULES)
    assert made.patience.total_seconds() == 2 * 3600
    assert made.fingerprint == task(**FIT).fingerprint()


# ---- words


@pytest.mark.parametrize(
    "outcome",
    [
        "p95 below 300 ms",
        "latency < budget",
        "docs/policy.md names every key",
        "the page https://example.org/faq is there",
        "settings.yaml is unchanged",
        'it answers "done"',
        "The ticket's STATUS is closed",
        "the list is empty",
        "the old file no longer exists",
        "no more than half",
        "the report equals the ledger",
    ],
)
def test_an_outcome_that_names_something_can_be_checked(outcome):
    assert is_checkable(outcome)


@pytest.mark.parametrize(
    "outcome",
    ["", "it works", "everybody is happy", "better than now", "Done. Really.", "don't ask"],
)
def test_an_outcome_that_is_only_felt_cannot(outcome):
    assert not is_checkable(outcome)


@pytest.mark.parametrize(
    ("goal", "found"),
    [
        ("Improve the page", ("improve",)),
        ("The page IMPROVES, optimising loads", ("improve", "optimise")),
        ("Cleaning up, fixed, tidies up, handled", ("clean up", "fix", "handle", "tidy up")),
        ("Update-free prefix, the fixture, clean the upper shelf", ()),
        ("", ()),
    ],
)
def test_vague_verbs_are_found_as_words_also_inflected(goal, found):
    assert set(vague_words(goal, VAGUE)) == set(found)


@pytest.mark.parametrize(
    ("pattern", "touch", "fits"),
    [
        ("*", "anything", True),
        ("a/*", "a/b/c", True),
        ("a/*", "a", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "acb", False),
        ("aa*aa", "aaa", False),
        ("a/b", "a/b", True),
        ("a/b", "a/bc", False),
        ("[ab]", "a", False),
    ],
)
def test_a_star_in_a_pattern_is_any_text_and_nothing_else_is_special(pattern, touch, fits):
    assert covers(pattern, touch) is fits


def test_capitals_and_forms_of_letters_hide_nothing_from_a_denial():
    assert covers("secrets/*", "SECRETS/x", exact=False)
    assert covers("secrets/*", "\uff53ecrets/x", exact=False)
    assert covers("secrets/*", "/secrets/x", exact=False)
    assert covers("/secrets/*", "secrets/x", exact=False)
    assert covers("secrets/*", "sec\u034frets/x", exact=False)
    assert not covers("secrets/*", "SECRETS/x")


@pytest.mark.parametrize(
    "touch",
    ["", " a", "a ", "a/../b", "./a", "a//b", "/", "*", "a/?", "a\\b", "a%2fb", "a\u200bb", "a\nb"],
)
def test_a_touch_that_is_not_the_name_of_one_thing_is_seen(touch):
    assert not is_plain(touch)


@pytest.mark.parametrize(
    "touch", ["orders/8841", "/etc/hosts", "https://a.example/b", "Müller & Co"]
)
def test_a_plain_name_is_a_touch(touch):
    assert is_plain(touch)


# ---- properties

words = st.sampled_from(["Improve it", "Close 42", "fix the page", "Delete a/b", "handle"])
outcomes = st.lists(st.sampled_from(["it works", "status is closed", "3 left", "good"]), max_size=3)
places = st.lists(
    st.sampled_from(["orders/1", "customers/1", "customers/secret/1", "stock/1", "a/../b", "*"]),
    max_size=4,
)
patterns = st.lists(st.sampled_from(["orders/*", "customers/*", "*", "stock/1"]), max_size=3)
SCHEMA = {"type": "object", "required": ["ticket"], "properties": {"ticket": {"type": "string"}}}


@st.composite
def types(draw):
    return TaskType(
        name="ticket",
        title="Ticket",
        inputs=draw(st.sampled_from([None, SCHEMA])),
        vague=draw(st.sampled_from([(), VAGUE])),
        acceptance=draw(st.booleans()),
        touches=Touches(
            allow=draw(st.none() | patterns.map(tuple)),
            review=tuple(draw(patterns)),
            deny=tuple(draw(patterns)),
        ),
    )


@st.composite
def tasks(draw):
    return task(
        goal=draw(words),
        inputs=draw(st.sampled_from([{}, {"ticket": "42"}, {"ticket": 42}])),
        acceptance=draw(outcomes),
        touches=draw(places),
    )


def verdict_of(asked: Task, kind: TaskType, **changes) -> Verdict:
    rules = replace(RULES, tasks={"ticket": kind})
    made = replace(drafted(errand(asked), rules), **changes)
    return route(made, rules, counters())


@given(tasks(), types())
def test_the_same_task_gets_the_same_verdict_which_survives_json(asked, kind):
    found = verdict_of(asked, kind)
    again = Task.from_json(json.loads(json.dumps(asked.to_json())))
    assert again == asked
    assert verdict_of(again, kind) == found
    assert Verdict.from_json(json.loads(json.dumps(found.to_json()))) == found


@given(tasks(), types())
def test_what_is_admitted_is_complete_verifiable_and_in_scope(asked, kind):
    found = verdict_of(asked, kind)
    if found.route is not Route.AUTO:
        return
    checkable = any(map(is_checkable, asked.acceptance))
    assert not kind.problems(asked.inputs)
    assert checkable or not (kind.acceptance or vague_words(asked.goal, kind.vague))
    assert not any(covers(one, touch) for one in kind.touches.deny for touch in asked.touches)
    assert asked.touches or not kind.touches.bounds


@given(tasks(), types(), patterns)
def test_another_denial_or_review_never_loosens(asked, kind, more):
    for key in ("deny", "review"):
        wider = replace(kind.touches, **{key: (*getattr(kind.touches, key), *more)})
        stricter = typed(kind, touches=wider)
        assert not is_looser(verdict_of(asked, stricter), verdict_of(asked, kind))


@given(tasks(), types())
def test_asking_for_more_never_loosens(asked, kind):
    stricter = typed(kind, acceptance=True, vague=VAGUE, inputs=SCHEMA)
    assert not is_looser(verdict_of(asked, stricter), verdict_of(asked, kind))
    assert verdict_of(asked, kind, asked_back=True).route is Route.REVIEW


@given(tasks(), types(), st.floats(0, 1))
def test_what_an_agent_claims_beside_its_task_changes_nothing(asked, kind, sure):
    claims = {"title": "Urgent!", "confidence": sure, "intent_id": "x", "task_id": "ho_9"}
    assert verdict_of(asked, kind, **claims) == verdict_of(asked, kind)


@given(tasks(), types())
def test_a_finding_names_property_pointer_and_rule(asked, kind):
    for reason in verdict_of(asked, kind).reasons:
        told = reason.property and reason.pointer and reason.rule
        assert told or reason.code == "task_admitted"
        assert reason.fix or reason.code in {*OVERRULED, "task_admitted"}


def typed(kind: TaskType, **changes) -> TaskType:
    """Give the type with other values; it is compared by identity, so it is made anew."""
    names = [name for name in kind.__slots__ if not name.startswith("_")]
    return TaskType(**{**{name: getattr(kind, name) for name in names}, **changes})


def is_looser(one: Verdict, other: Verdict) -> bool:
    """Say whether a task gets further under `one`, by itself or with a person's word."""
    return one.route.rank < other.route.rank or (not objections(one) and bool(objections(other)))


def test_actions_and_questions_do_not_pass_the_gate():
    for asked in (submission(), question()):
        codes = {one.code for one in route(drafted(asked, RULES), RULES, counters()).reasons}
        assert not any("task" in code for code in codes)


def test_a_reason_without_a_place_looks_as_ever():
    plain = Reason(code="question", route=Route.REVIEW, message="?")
    assert set(plain.to_json()) == {"code", "route", "message", "rule", "fix"}
