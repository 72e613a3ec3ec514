"""Reading an envelope: what it means, and what is wrong with it, at its place."""

import pytest

from tests.unit.policy_samples import action_with, codes, found, read_action, warnings
from webapp.domain.envelope import Measure
from webapp.domain.policy_document import check, parse
from webapp.domain.uses import SCALE, Counted, Period
from webapp.domain.verdict import Route

ARGS = """\
risk: low
target: /order
args:
  type: object
  properties:
    amount: {type: string}
    currency: {enum: [EUR, USD]}
    to: {type: string}
    order: {type: string}
    list: {type: array}
    file: {type: string}
"""


def with_envelope(lines):
    inside = "\n".join(f"  {line}" for line in lines.strip("\n").split("\n"))
    return f"{ARGS}envelope:\n{inside}\n"


def envelope(lines):
    return read_action(with_envelope(lines)).envelope


def problem(lines):
    [only] = check(action_with(with_envelope(lines))).problems
    return only


WHOLE = """\
amount: {arg: /amount, currency: /currency, each: "500 EUR", per_day: "2000 EUR", per_month: "9000.5 EUR"}
count: {arg: /list, each: 50, per_day: 200}
counterparty: {arg: /to, allow: ["cus_*"], deny: ["Cus_Evil*"], new: block}
places:
  - {arg: /file, kind: path, allow: ["/srv//data/*"], deny: [/srv/data/Private]}
values: {/currency: [EUR]}
hours: ["Mon-Fri 08:00-18:00 Europe/Berlin", "Sat 10:00-12:00"]
holidays: [2026-12-25]
rate: 20/hour
total:
  counterparty: {month: "1500 EUR", ever: ["3 runs", "90 list"]}
  intent: {ever: "500 EUR"}
outside: block
"""


def test_a_whole_envelope_is_read():
    read = envelope(WHOLE)
    assert (read.amount.each, read.amount.currencies) == ({"EUR": 500 * SCALE}, {"EUR"})
    assert (read.count.unit, read.count.each) == ("list", 50 * SCALE)
    assert (read.counterparty.deny, read.counterparty.new) == (("cus_evil*",), Route.BLOCK)
    assert (read.places[0].allow, read.places[0].deny) == (("/srv/data/*",), ("/srv/data/private",))
    assert (read.values, len(read.hours.openings)) == ((("/currency", ("EUR",)),), 2)
    assert read.outside is Route.BLOCK


def test_every_limit_says_what_it_counts_for_whom_and_how_long():
    listed = [
        (bound.measure, bound.counted, unit, limit.period, limit.most // SCALE)
        for bound in envelope(WHOLE).bounds
        for unit, limit in bound.limits.items()
    ]
    assert listed == [
        (Measure.AMOUNT, Counted.EVERYBODY, "EUR", Period.DAY, 2000),
        (Measure.AMOUNT, Counted.EVERYBODY, "EUR", Period.MONTH, 9000),
        (Measure.COUNT, Counted.EVERYBODY, "list", Period.DAY, 200),
        (Measure.RUNS, Counted.AGENT, "runs", Period.HOUR, 20),
        (Measure.AMOUNT, Counted.COUNTERPARTY, "EUR", Period.MONTH, 1500),
        (Measure.RUNS, Counted.COUNTERPARTY, "runs", None, 3),
        (Measure.COUNT, Counted.COUNTERPARTY, "list", None, 90),
        (Measure.AMOUNT, Counted.INTENT, "EUR", None, 500),
    ]


def test_limits_are_named_by_their_place_and_so_go_on_counting_under_the_next_version():
    paths = {limit.path for bound in envelope(WHOLE).bounds for limit in bound.limits.values()}
    prefix = "actions.a.b.envelope"
    assert {f"{prefix}.rate", f"{prefix}.total.counterparty.month"} <= paths


def test_no_envelope_is_none():
    assert read_action(ARGS).envelope is None


AMOUNT = "amount: {arg: /amount, currency: /currency"


@pytest.mark.parametrize(
    ("lines", "place", "code"),
    [
        ("{}", "", "missing"),
        ("outside: review", "", "missing"),
        ('amount: {currency: EUR, each: "5 EUR"}', ".amount.arg", "missing"),
        ('amount: {arg: /amount, each: "5 EUR"}', ".amount", "missing"),
        ("amount: {arg: /amount, currency: EUR}", ".amount", "missing"),
        ('amount: {arg: /amuont, currency: EUR, each: "5 EUR"}', ".amount.arg", "unknown_arg"),
        ('amount: {arg: /amount, currency: euro, each: "5 EUR"}', ".amount.currency", "bad_amount"),
        (f"{AMOUNT}, each: 500}}", ".amount.each", "wrong_type"),
        (f'{AMOUNT}, each: "500"}}', None, "bad_amount"),
        (f'{AMOUNT}, each: "-5 EUR"}}', None, "bad_amount"),
        (f'{AMOUNT}, each: "5.00001 EUR"}}', None, "bad_amount"),
        (f'{AMOUNT}, each: ["5 EUR", "6 EUR"]}}', None, "bad_amount"),
        (f'{AMOUNT}, each: "5 EUR", a_day: "6 EUR"}}', ".amount.a_day", "unknown_key"),
        ("count: {arg: /list}", ".count", "missing"),
        ("count: {arg: /list, each: -1}", ".count.each", "out_of_range"),
        ("count: {arg: /list, each: '5'}", ".count.each", "wrong_type"),
        ("counterparty: {allow: [a]}", ".counterparty.arg", "missing"),
        ("counterparty: {arg: /to, new: auto}", ".counterparty.new", "not_a_choice"),
        ("counterparty: {arg: /to, allow: []}", ".counterparty.allow", "missing"),
        ("places: [{arg: /file, allow: [/a]}]", ".places[0]", "missing"),
        ("places: [{arg: /file, kind: path}]", ".places[0]", "missing"),
        ("places: [{arg: /file, kind: path, allow: [/a/../b]}]", ".places[0].allow", "bad_place"),
        ("places: [{arg: /file, kind: host, deny: ['https://a']}]", ".places[0].deny", "bad_place"),
        ("places: [{arg: /file, kind: moon, deny: [a]}]", ".places[0].kind", "not_a_choice"),
        ("values: {/currency: EUR}", ".values./currency", "wrong_type"),
        ("values: {/currency: []}", ".values./currency", "wrong_type"),
        ("values: {/currency: [[EUR]]}", ".values./currency", "wrong_type"),
        ("values: {/curency: [EUR]}", ".values./curency", "unknown_arg"),
        ("hours: all day", ".hours", "bad_hours"),
        ("hours: ['Mon 08:00-09:00', 'Mon']", ".hours", "bad_hours"),
        ("holidays: [christmas]", ".holidays", "bad_hours"),
        ("rate: 20", ".rate", "wrong_type"),
        ("rate: 0/hour", ".rate", "bad_rate"),
        ("rate: 20/week", ".rate", "bad_rate"),
        ("total: {week: {day: '3 runs'}}", ".total.week", "unknown_key"),
        ("total: {agent: {week: '3 runs'}}", ".total.agent.week", "unknown_key"),
        ("total: {agent: {day: '3 EUR'}}", None, "bad_amount"),
        ("total: {agent: {day: '3 list'}}", None, "bad_amount"),
        ("total: {counterparty: {day: '3 runs'}}", ".total.counterparty", "missing"),
        ("total: {agent: {day: 3}}", ".total.agent.day", "wrong_type"),
        ("rate: 5/day\noutside: auto", ".outside", "not_a_choice"),
        ("hourss: x\nrate: 5/day", ".hourss", "unknown_key"),
    ],
)
def test_what_is_wrong_is_told_at_its_place_with_what_would_be_right(lines, place, code):
    seen = problem(lines)
    assert seen.code == code
    assert place is None or seen.pointer == f"actions.a.b.envelope{place}"
    assert seen.hint or seen.code in {"wrong_type", "not_a_choice", "out_of_range", "missing"}


def test_a_total_for_each_target_needs_a_target():
    lines = with_envelope("total: {target: {day: '3 runs'}}").replace("target: /order\n", "")
    assert codes(action_with(lines)) == ["missing"]


def test_a_problem_in_a_list_of_amounts_has_the_line_of_its_item():
    text = action_with(with_envelope(f'{AMOUNT},\n  each: ["5 EUR",\n    "6"]}}'))
    [(line, _, _, code)] = found(text)
    assert (text.split("\n")[line - 1].strip(), code) == ('"6"]}', "bad_amount")


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        (f'{AMOUNT}, each: "500 EUR", per_day: "499 EUR"}}', 1),
        (f'{AMOUNT}, each: "500 EUR", per_day: "500 EUR"}}', 0),
        (f'{AMOUNT}, per_day: "500 EUR", per_month: "499 EUR"}}', 1),
        (f'{AMOUNT}, each: "500 USD", per_day: "400 EUR"}}', 1),
        (f'{AMOUNT}, each: ["500 EUR", "500 USD"], per_day: ["900 EUR", "900 USD"]}}', 0),
        ("count: {arg: /list, each: 300, per_day: 200}", 1),
        (f'{AMOUNT}, per_day: "5 EUR"}}\ntotal: {{agent: {{day: "6 EUR"}}}}', 1),
        (f'{AMOUNT}, per_day: "5 EUR"}}\ntotal: {{agent: {{month: "6 EUR"}}}}', 0),
        (f'{AMOUNT}, each: "5 EUR"}}\ntotal: {{intent: {{ever: "4 EUR"}}}}', 1),
        ("rate: 20/hour\ntotal: {agent: {day: '10 runs'}}", 1),
        ("rate: 20/hour\ntotal: {intent: {day: '10 runs'}}", 0),
        ("counterparty: {arg: /to, allow: ['evil*'], deny: ['EVIL*']}", 1),
        ("places: [{arg: /file, kind: path, allow: [/a/b/c], deny: [/a/*]}]", 1),
    ],
)
def test_limits_that_contradict_each_other_are_pointed_at(lines, warned):
    assert warnings(action_with(with_envelope(lines))) == ["limits_contradict"] * warned


def test_a_value_that_args_never_let_through_is_pointed_at():
    found_ = warnings(action_with(with_envelope("values: {/currency: [EUR, GBP]}")))
    assert found_ == ["rule_without_effect"]


UNDOABLE = "reversible: false\nunasked: true\n"


@pytest.mark.parametrize(
    ("lines", "unbounded"),
    [
        ("rate: 20/hour", False),
        (f'{AMOUNT}, per_day: "500 EUR"}}', False),
        ("count: {arg: /list, per_day: 5}", False),
        ("total: {agent: {ever: '3 runs'}}", False),
        (f'{AMOUNT}, each: "500 EUR"}}', True),
        ("hours: Mon-Fri 08:00-18:00", True),
        ("counterparty: {arg: /to, new: review}", True),
    ],
)
def test_only_what_bounds_the_sum_of_what_cannot_be_undone_ends_the_warning(lines, unbounded):
    text = action_with(UNDOABLE + with_envelope(lines))
    assert ("unbounded" in warnings(text)) is unbounded


def agent_with(usage):
    return f"agents:\n  bot: {{owner: team, usage: {usage}}}\n"


def test_usage_is_read_as_limits_per_day():
    text = agent_with('{tokens_per_day: 1000, money_per_day: "2.5 EUR", calls_per_day: 3}')
    limits = parse(text, number=1).grants["bot"].usage
    assert [(one.unit, one.most) for one in limits] == [
        ("tokens", 1000 * SCALE),
        ("calls", 3 * SCALE),
        ("EUR", 25_000),
    ]
    assert {(one.period, one.reported) for one in limits} == {(Period.DAY, True)}


@pytest.mark.parametrize(
    ("usage", "code"),
    [
        ("{tokens: 5}", "unknown_key"),
        ("{tokens_per_day: many}", "wrong_type"),
        ("{tokens_per_day: -1}", "out_of_range"),
        ("{money_per_day: 25}", "wrong_type"),
        ('{money_per_day: "25"}', "bad_amount"),
        ('{money_per_day: ["25 EUR", "25 USD"]}', "bad_amount"),
        ("5", "wrong_type"),
    ],
)
def test_what_is_wrong_with_usage_is_told(usage, code):
    assert codes(agent_with(usage)) == [code]
