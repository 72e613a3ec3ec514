"""What the policy says of loops, attention and silence is read as written, or refused with its line."""

from datetime import timedelta

import pytest

from webapp.domain.attention import Attention, Expectation
from webapp.domain.loops import LoopStops, Within, in_a_row
from webapp.domain.policy_document import check, parse
from webapp.domain.uses import Period
from webapp.domain.verdict import Route

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def loops(line):
    return f"stop_loops: {{{line}}}"


def agent(line):
    return f"agents:\n  a: {{owner: b, {line}}}"


def test_without_the_key_nothing_is_watched():
    assert parse("{}", number=1).stop_loops is None


def test_the_whole_of_it_is_read():
    text = loops(
        "same_fingerprint: 3/10m, after_denied_intent: block, denied_for: 2d, failures: 5/1h,"
        " invalid: 4/30m, attempts: 5"
    )
    assert parse(text, number=1).stop_loops == LoopStops(
        same_fingerprint=Within(count=3, length=10 * MINUTE),
        after_denied_intent=Route.BLOCK,
        denied_for=48 * HOUR,
        failures=Within(count=5, length=HOUR),
        invalid=Within(count=4, length=30 * MINUTE),
        attempts=5,
    )


def test_what_is_not_named_is_not_watched():
    assert parse(loops("attempts: 2"), number=1).stop_loops == LoopStops(attempts=2)


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        (loops("same_fingerprint: 3"), "wrong_type", "stop_loops.same_fingerprint"),
        (loops("same_fingerprint: 3/day"), "bad_rate", "stop_loops.same_fingerprint"),
        (loops("same_fingerprint: 3/0m"), "bad_rate", "stop_loops.same_fingerprint"),
        (loops('same_fingerprint: "-3/10m"'), "bad_rate", "stop_loops.same_fingerprint"),
        (loops('same_fingerprint: "٣/10m"'), "bad_rate", "stop_loops.same_fingerprint"),
        (loops("same_fingerprint: 1/10m"), "out_of_range", "stop_loops.same_fingerprint"),
        (loops("failures: 0/1h"), "out_of_range", "stop_loops.failures"),
        (loops("failures: 1001/1h"), "out_of_range", "stop_loops.failures"),
        (loops("invalid: 5/91d"), "out_of_range", "stop_loops.invalid"),
        (loops("attempts: 0"), "out_of_range", "stop_loops.attempts"),
        (loops("after_denied_intent: auto"), "not_a_choice", "stop_loops.after_denied_intent"),
        (
            loops("after_denied_intent: review, denied_for: 91d"),
            "out_of_range",
            "stop_loops.denied_for",
        ),
        (loops("falures: 1/1h"), "unknown_key", "stop_loops.falures"),
        (agent("attention: {}"), "missing", "agents.a.attention"),
        (agent("attention: {pending: 0}"), "out_of_range", "agents.a.attention.pending"),
        (agent("attention: {per_day: x}"), "wrong_type", "agents.a.attention.per_day"),
        (agent("attention: {day: 1}"), "unknown_key", "agents.a.attention.day"),
        (agent("expect: {}"), "missing", "agents.a.expect"),
        (agent("expect: {at_least: 20}"), "wrong_type", "agents.a.expect.at_least"),
        (agent("expect: {at_least: 0/day}"), "bad_rate", "agents.a.expect.at_least"),
        (agent("expect: {at_least: 20/week}"), "bad_rate", "agents.a.expect.at_least"),
        (agent("expect: {most: 1/day}"), "unknown_key", "agents.a.expect.most"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(text, code, path):
    found = [(one.code, one.pointer) for one in check(text).problems]
    assert (code, path) in found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stop_loops: {}", "nothing_watched"),
        (loops("denied_for: 2h"), "nothing_watched"),
        (agent("attention: {pending: 9, per_day: 3}"), "limits_contradict"),
    ],
)
def test_what_does_nothing_is_pointed_at(text, code):
    report = check(text)
    assert report.problems == ()
    assert code in [one.code for one in report.warnings]


def test_attention_and_expectation_belong_to_an_agent():
    text = agent("attention: {pending: 20, per_day: 60}, expect: {at_least: 20/day}")
    grant = parse(text, number=1).grant("a", "b")
    assert grant.attention == Attention(pending=20, per_day=60)
    assert grant.expect == Expectation(at_least=20, period=Period.DAY)
    other = parse(agent("attention: {pending: 2}, expect: {at_least: 5/hour}"), number=1)
    grant = other.grant("a", "b")
    assert grant.attention == Attention(pending=2, per_day=None)
    assert grant.expect == Expectation(at_least=5, period=Period.HOUR)


@pytest.mark.parametrize(
    ("failed", "row"),
    [((), 0), ((False, True), 0), ((True, True, False, True), 2), ((True, True), 2)],
)
def test_a_row_of_failures_ends_at_the_last_success(failed, row):
    assert in_a_row(failed) == row
