"""A verify step: how the policy says it, what a look must show, and until when it is looked again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import NOW, in_state
from tests.unit.policy_samples import action_with, found, read_action, warnings
from webapp.domain.handoff import Source, Status
from webapp.domain.look import Look, Seen
from webapp.domain.policy_diff import differences as policy_differences
from webapp.domain.policy_document import parse
from webapp.domain.policy_facts import Leaning
from webapp.domain.verify import NEITHER, Verify, from_json, holds, to_json
from webapp.domain.verifying import NOTHING, Finding, again_in, as_seen

LOOK = Look(url="https://bank.internal/{order}")
BASE = """
risk: low
args:
  type: object
  required: [order]
  additionalProperties: false
  properties: {order: {type: string}, note: {type: string}}
"""
URL = "url: 'https://bank.internal/{order}'"
SO = 'condition: response.body.status == "refunded"'
REFUNDED = 'response.status == 200 && response.body.status == "refunded"'
ARGS = {"order": "8841", "sum": 5}


@pytest.mark.parametrize(
    ("condition", "seen", "answer"),
    [
        (REFUNDED, Seen(status=200, answer={"status": "refunded"}), True),
        (REFUNDED, Seen(status=200, answer={"status": "open"}), False),
        (REFUNDED, Seen(status=404, answer=None, problem="gone"), False),
        (REFUNDED, Seen(status=503, answer={}, problem="down"), None),
        (REFUNDED, Seen(status=200, answer={}), None),
        (REFUNDED, Seen(status=200, answer=None, problem="The answer cannot be read"), None),
        (REFUNDED, Seen(problem="nobody"), None),
        ("response.status == 404", Seen(status=404, problem="404"), True),
        ("response.status == 503", Seen(status=503, problem="503"), True),
        ("response.body.sum == args.sum", Seen(status=200, answer={"sum": 5.0}), True),
        ("response.body.order == args.order", Seen(status=200, answer={"order": "8841"}), True),
        ("response.body.sum == args.nothing", Seen(status=200, answer={"sum": 5}), None),
        ("response.body", Seen(status=200, answer=None), None),
        ("response.body", Seen(status=200, answer=[[]]), None),
        ("'__proto__' in response.body", Seen(status=200, answer={"__proto__": {}}), True),
    ],
)
def test_a_condition_holds_or_not_or_says_why_neither(condition, seen, answer):
    found_, problem = holds(condition, ARGS, seen)
    assert found_ is answer
    assert (problem is None) == (answer is not None)
    if answer is None:
        assert problem == (seen.problem or NEITHER)


def test_args_that_are_too_large_are_not_looked_at():
    large = {"order": "x" * 40_000}
    seen = Seen(status=200, answer={})
    assert holds("args.order.size() > 1", large, seen) == (None, NEITHER)


def test_without_a_condition_the_answer_is_held_against_what_was_expected():
    step, expected = Verify(look=LOOK), {"/status": "refunded"}
    done = as_seen(step, ARGS, expected, Seen(status=200, answer={"status": "refunded"}))
    assert (done.holds, done.by, done.seen) == (True, Source.LOOK, {"/status": "refunded"})
    other = as_seen(step, ARGS, expected, Seen(status=200, answer={}))
    assert (other.holds, [one.pointer for one in other.differs]) == (False, ["/status"])
    unseen = as_seen(step, ARGS, expected, Seen(status=404, answer={}, problem="It is not there."))
    assert (unseen.holds, unseen.problem) == (None, "It is not there.")
    assert as_seen(step, ARGS, None, Seen()).problem == NOTHING


def test_a_large_answer_is_kept_as_its_beginning():
    step = Verify(look=LOOK, condition="response.status == 200")
    seen = as_seen(step, ARGS, None, Seen(status=200, answer=["x" * 30_000]))
    assert seen.holds
    assert len(str(seen.to_json())) < 9_000


# --------------------------------------------------------------------------------------------------
# Again and again


def done(within):
    handoff = in_state(Status.SUCCEEDED)
    step = Verify(look=LOOK, within=within)
    return replace(handoff, terms=replace(handoff.terms, verify=step))


FINDINGS = [
    Finding(holds=False, by=Source.LOOK),
    Finding(holds=None, by=Source.LOOK, problem="It does not answer."),
]


@given(
    finding=st.sampled_from(FINDINGS),
    within=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(hours=1)),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_it_is_looked_at_until_its_time_is_over_and_then_once_more_at_the_end(
    finding, within, jitter
):
    handoff, now, looks = done(within), NOW, []
    pause = timedelta()
    while pause is not None:
        now += pause
        looks.append(now)
        assert len(looks) < 200
        pause = again_in(handoff, finding, len(looks), now, jitter)
    assert looks == sorted(looks)
    assert NOW + within in looks
    if finding.problem is None:
        assert looks[-1] == NOW + within


def test_what_is_so_needs_no_other_look_nor_what_has_nothing_to_compare_with():
    handoff = done(timedelta(hours=1))
    for finding in (
        Finding(holds=True, by=Source.LOOK),
        Finding(holds=None, by=Source.LOOK, problem=NOTHING),
    ):
        assert again_in(handoff, finding, 1, NOW, 0.5) is None


# --------------------------------------------------------------------------------------------------
# In the policy


def test_it_is_read_as_it_is_written():
    lines = f"verify: {{{URL}, within: 5m, {SO}}}"
    read = read_action(BASE + lines).terms.verify
    assert read == Verify(
        look=LOOK, condition='response.body.status == "refunded"', within=timedelta(minutes=5)
    )
    assert from_json(to_json(read)) == read
    assert (from_json(None), to_json(None), read_action(BASE).terms.verify) == (None, None, None)


@pytest.mark.parametrize(
    ("lines", "path", "code"),
    [
        ("verify: {}", "verify", "missing"),
        ("verify: 'https://bank.internal/'", "verify", "wrong_type"),
        (f"verify: {{{URL}, expect: 1}}", "verify.expect", "unknown_key"),
        (f"verify: {{{URL}, within: 2h}}", "verify.within", "out_of_range"),
        (f"verify: {{{URL}, within: soon}}", "verify.within", "bad_duration"),
        (f"verify: {{{URL}, condition: 'response.status +'}}", "verify.condition", "bad_expression"),
        (f"verify: {{{URL}, condition: '1 + 1'}}", "verify.condition", "bad_expression"),
        (f"verify: {{{URL}, condition: 'handoff.kind == \"action\"'}}", "verify.condition", "bad_expression"),
        (f"verify: {{{URL}, condition: 'args.oder == \"1\"'}}", "verify.condition", "unknown_arg"),
        (f"verify: {{{URL}, condition: 'response.body.map(x, x) == []'}}", "verify.condition", "bad_expression"),
        ("verify: {url: 'https://bank.internal/{note}'}", "verify.url", "unknown_arg"),
        (f"verify: {{{URL}, credentials: {{vault: {{path: bank/creds}}}}}}", "verify.credentials.vault", "unsupported"),
    ],
)  # fmt: skip
def test_what_cannot_be_verified_so_is_refused_at_its_place(lines, path, code):
    problems = [(one, what) for _, _, one, what in found(action_with(BASE + lines))]
    assert (f"actions.a.b.{path}", code) in problems


def test_what_rests_on_the_agent_s_word_or_on_nothing_is_pointed_at():
    step = f"verify: {{{URL}, {SO}}}\n"
    assert warnings(action_with(BASE + step)) == []
    assert warnings(action_with(f"{BASE}verify: {{{URL}}}\n")) == ["verify_by_claim"]
    assert "verify_never" in warnings(action_with(BASE + step + "observe: true"))
    maybe = f"{BASE}verify: {{{URL}, condition: 'response.body.note == args.note'}}\n"
    assert warnings(action_with(maybe)) == ["arg_optional"]


def test_a_diff_says_that_somebody_looks_or_nobody_any_more():
    plain, step, other = (
        parse(action_with(BASE + lines), number=1)
        for lines in ("", f"verify: {{{URL}, {SO}}}", f"verify: {{{URL}, {SO}, within: 5m}}")
    )
    [added] = policy_differences(plain, step)
    assert (added.path, added.leaning) == ("actions.a.b.verify", Leaning.STRICTER)
    assert "Handrail now looks whether it is: GET https://bank.internal/{order}" in added.said
    [gone] = policy_differences(step, plain)
    assert (gone.leaning, gone.said) == (
        Leaning.LOOSER,
        "Nobody looks any more whether a.b has really happened.",
    )
    [changed] = policy_differences(step, other)
    assert changed.said.endswith("changed: within 5m instead of 2m.")
