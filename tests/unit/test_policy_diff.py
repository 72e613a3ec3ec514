"""What two policies differ in is said in words, and never passed over."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import POLICY
from webapp.domain.policy_diff import Change, differences
from webapp.domain.policy_document import parse
from webapp.domain.policy_facts import Leaning

LOOSER, STRICTER, OTHER = Leaning.LOOSER, Leaning.STRICTER, Leaning.OTHER


def changes(old: str, new: str, text: str = POLICY) -> tuple[Change, ...]:
    """What changes where `old` in the document becomes `new`."""
    assert old in text
    return differences(parse(text, number=1), parse(text.replace(old, new, 1), number=2))


@pytest.mark.parametrize(
    ("old", "new", "said", "leans", "path"),
    [
        (
            "auto: 0.9,",
            "auto: 0.8,",
            "pay now counts as sure enough to run unasked from a confidence of 0.8 instead of 0.9.",
            LOOSER,
            "actions.pay.tiers.auto",
        ),
        (
            "review: 0.2",
            "review: 0.3",
            "pay is now refused below a confidence of 0.3 instead of 0.2.",
            STRICTER,
            "actions.pay.tiers.review",
        ),
        (
            "risk: medium",
            "risk: high",
            "pay is now of high risk instead of medium.",
            STRICTER,
            "actions.pay.risk",
        ),
        (
            "risk: medium",
            "risk: medium\n    unasked: false",
            "pay now always waits for people.",
            STRICTER,
            "actions.pay.unasked",
        ),
        (
            "cost: 10",
            "cost: 5",
            "pay now costs 5 risk units instead of 10.",
            LOOSER,
            "actions.pay.cost",
        ),
        (
            "when_critical: 2",
            "when_critical: 3",
            "Three people now approve critical pay instead of two.",
            STRICTER,
            "actions.pay.approvals.when_critical",
        ),
        (
            "from: [payments]",
            "from: [payments, b]",
            "Approvers of payments, b now decide on pay instead of payments.",
            OTHER,
            "actions.pay.approvals.from",
        ),
        (
            "after: 2h",
            "after: 90m",
            "pay now waits 90m for people before it expires, instead of 2h.",
            OTHER,
            "actions.pay.deadline.after",
        ),
        (
            "deadline: {after: 2h,",
            "deadline: {after: 2h, remind: 20m,",
            "Who decides on pay is now reminded 20m before it goes further or expires.",
            OTHER,
            "actions.pay.deadline.remind",
        ),
        (
            "deadline: {after: 2h,",
            "deadline: {after: 2h, escalate: [{after: 1h, to: leads}, {after: 90m, to: board}],",
            "Where nobody decides, pay goes to leads after 1h, board after 90m.",
            OTHER,
            "actions.pay.deadline.escalate",
        ),
        (
            "deadline: 90m",
            "deadline: {after: 90m, escalate: [{after: 1h, to: leads}]}",
            "Where nobody decides, a question of payer goes to leads after 1h.",
            OTHER,
            "agents.payer.questions.deadline.escalate",
        ),
        (
            "deadline: 90m",
            "deadline: {after: 90m, remind: 10m}",
            "Who decides on a question of payer is now reminded 10m before it goes further or expires.",
            OTHER,
            "agents.payer.questions.deadline.remind",
        ),
        (
            "valid: 24h",
            "valid: 2h",
            "An approval of pay now stays good for 2h instead of 1d.",
            STRICTER,
            "actions.pay.permit.valid",
        ),
        (
            "not_before: 0s",
            "not_before: 5s",
            "pay now starts 5s after its approval at the earliest, instead of 0s.",
            STRICTER,
            "actions.pay.permit.not_before",
        ),
        (
            "daily_budget: 100",
            "daily_budget: 200",
            "spender may now spend 200 risk units a day unasked instead of 100.",
            LOOSER,
            "agents.spender.daily_budget",
        ),
        (
            "    daily_budget: 100\n",
            "",
            "spender may now spend any number of risk units a day unasked; it was 100.",
            LOOSER,
            "agents.spender.daily_budget",
        ),
        (
            "start: standard",
            "start: supervised",
            "payer now starts at supervised (nothing) instead of standard.",
            STRICTER,
            "agents.payer.autonomy.start",
        ),
        (
            "max: standard",
            "max: trusted",
            "payer may now earn trusted (up to high risk) instead of standard.",
            LOOSER,
            "agents.payer.autonomy.max",
        ),
        (
            '"pay", "pay.*"',
            '"pay"',
            "payer is now granted pay, finance.* instead of pay, pay.*, finance.*.",
            OTHER,
            "agents.payer.actions",
        ),
        (
            "deadline: 90m",
            "deadline: 30m",
            "Questions of payer now wait 30m before they expire, instead of 90m.",
            OTHER,
            "agents.payer.questions.deadline",
        ),
        (
            "unknown_action: review",
            "unknown_action: block",
            "Actions without a type are now refused.",
            STRICTER,
            "unknown_action",
        ),
        ("Europe/Berlin", "UTC", "timezone changed from Europe/Berlin to UTC.", OTHER, "timezone"),
        (
            "title: Pay out",
            "title: Payout",
            "title of finance.payout changed from Pay out to Payout.",
            OTHER,
            "actions.finance.payout.title",
        ),
    ],
)
def test_a_change_is_said_in_words_with_its_place_and_which_way_it_leans(
    old, new, said, leans, path
):
    assert changes(old, new) == (Change(path=path, said=said, leaning=leans),)


def test_a_rule_that_goes_and_one_that_comes_are_told_with_their_because():
    gone, new = changes("to: mars}, route: block", "to: moon}, route: review")
    assert gone.said == "A rule of pay is gone: where to is mars, route block (Nobody lives there)."
    assert (gone.leaning, new.leaning) == (LOOSER, STRICTER)
    assert (new.path, "where to is moon, route review" in new.said) == (
        "actions.pay.rules[1]",
        True,
    )


def test_types_agents_and_levels_that_come_and_go_are_told():
    levels = "levels: {standard: low, brave: high}\nactions:"
    said = [one.said for one in changes("actions:\n  pay:", f"{levels}\n  pay.more:")]
    assert "There is a new level brave: it may run up to high risk unasked." in said
    assert "There is no level trusted any more." in said
    assert "Level standard may now run up to low risk unasked instead of up to medium risk." in said
    assert "pay has no type any more: it waits for people, as high risk." in said
    assert "pay.more is a new type of medium risk, which may run unasked." in said


def test_a_default_written_out_and_comments_are_no_change():
    assert changes("risk: medium", "# a comment\n    risk: medium\n    reversible: true") == ()


def test_a_key_without_words_of_its_own_is_told_as_it_is_written():
    (one,) = changes("required: [to, amount]", "required: [to]")
    assert one.said == 'args.required of pay changed from ["to","amount"] to ["to"].'
    (gone,) = changes("properties: {to: {type: string}, ", "properties: {to: {}, ")[:1]
    assert gone.said == "args.properties.to.type of pay is gone; it was string."


@pytest.mark.parametrize(
    ("at", "inside"),
    [("", "{}"), ("agents.x.", "agents: {{x: {{{}}}}}"), ("actions.y.", "actions: {{y: {{{}}}}}")],
)
def test_a_key_that_nobody_has_words_for_yet_is_never_passed_over(at, inside):
    known = parse("{agents: {x: {}}, actions: {y: {}}}", number=1)
    texts = [inside.format(f"to_come: {{deep: {{er: {n}}}}}") for n in (1, 2)]
    (one,) = differences(*(replace(known, text=text) for text in texts))
    assert one.path == f"{at}to_come.deep.er"
    assert one.said.startswith("to_come.deep.er")
    assert one.said.endswith("changed from 1 to 2.")


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_policy_does_not_differ_from_itself_and_leans_back_where_it_is_taken_back(one, other):
    texts = [
        POLICY.replace("auto: 0.9, review: 0.2", f"auto: 1, review: {x:.9f}") for x in (one, other)
    ]
    before, after = (parse(text, number=1) for text in texts)
    assert differences(before, before) == ()
    there, back = differences(before, after), differences(after, before)
    opposite = {LOOSER: STRICTER, STRICTER: LOOSER, OTHER: OTHER}
    assert [opposite[x.leaning] for x in there] == [x.leaning for x in back]


ENVELOPE = "envelope: {amount: {arg: /amount, each: 200 EUR}, outside: review}"


@pytest.mark.parametrize(
    ("most", "said", "leans"),
    [
        ("500 EUR", "pay between 200 and 500 EUR may now run unasked.", LOOSER),
        ("150 EUR", "pay between 150 and 200 EUR now wait for people.", STRICTER),
    ],
)
def test_another_amount_is_told_as_what_happens_in_between(most, said, leans):
    known = parse("actions: {pay: {risk: low}}", number=1)
    texts = [
        "actions: {pay: {risk: low, " + one + "}}"
        for one in (ENVELOPE, ENVELOPE.replace("200 EUR", most))
    ]
    (one,) = differences(*(replace(known, text=text) for text in texts))
    assert (one.said, one.leaning) == (said, leans)


def test_amounts_of_many_currencies_are_told_one_by_one():
    known = parse("actions: {pay: {risk: low}}", number=1)
    texts = [
        "actions: {pay: {risk: low, " + ENVELOPE.replace("200 EUR", each) + "}}"
        for each in ('["200 EUR", "180 GBP", "90 USD"]', '["150 EUR", "180.00 GBP", "99 USD"]')
    ]
    found = differences(*(replace(known, text=text) for text in texts))
    assert [(one.said, one.leaning) for one in found] == [
        ("pay between 150 and 200 EUR now wait for people.", STRICTER),
        ("pay between 90 and 99 USD may now run unasked.", LOOSER),
    ]


COURSE = POLICY.replace(
    "deadline: {after: 2h,",
    "deadline: {after: 2h, remind: 20m, escalate: [{after: 1h, to: leads}],",
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "remind: 20m",
            "remind: 5m",
            "Who decides on pay is now reminded 5m before it goes further or expires, instead of 20m.",
        ),
        ("remind: 20m, ", "", "Who decides on pay is not reminded any more."),
        (
            "to: leads",
            "to: board",
            "Where nobody decides, pay goes to board after 1h instead of leads after 1h.",
        ),
        (
            "escalate: [{after: 1h, to: leads}],",
            "",
            "Where nobody decides, pay goes to nobody else any more; it was leads after 1h.",
        ),
    ],
)
def test_what_changes_before_a_deadline_is_said_as_what_it_was_and_is(old, new, said):
    assert [change.said for change in changes(old, new, COURSE)] == [said]
