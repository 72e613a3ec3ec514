"""Strategies: conditions and expressions on the args of `pay`, and args that they may or may not fit."""

from decimal import Decimal

from hypothesis import strategies as st

from webapp.domain.conditions import Absent, Bound, Condition, Matches, NoneOf, OneOf, Side
from webapp.domain.policy_document import parse

# such that a larger amount, more use and lower confidence never loosen them
EXPRESSIONS = (
    'args.to == "bank"',
    "args.to",
    'args.to.startsWith("b")',
    'money(args.amount, args.currency) > money("100", "EUR")',
    "double(args.amount) > 50.0",
    "handoff.confidence < 0.5",
    'handoff.tags.exists(tag, tag == "odd")',
    '!("vip" in handoff.tags)',
    'handoff.tags[0] == "odd"',
    'handoff.on_behalf_of != "" && args.to == "ann"',
    'counters.used["agents.payer.daily_budget"] > 40.0',
    'agent.owner == "payments"',
)
_WRITTEN = "".join(f"      - {{when: '{one}', route: review, because: x}}\n" for one in EXPRESSIONS)
COMPILED = [
    rule.expression
    for rule in parse(f"actions:\n  pay:\n    risk: low\n    rules:\n{_WRITTEN}", number=1)
    .actions["pay"]
    .rules
]

PLACES = ("ann", "bank", 1, True, None)
AMOUNTS = (
    "10.00",
    "100",
    "100.01",
    "-5",
    100,
    99.99,
    "1e9",
    "nan",
    "",
    None,
    True,
    [1],
    {"a": 1},
)
CURRENCIES = ("EUR", "USD", "eur", "", None, 7)

places = st.sampled_from(PLACES)
some_places = st.lists(places, min_size=1, max_size=3).map(tuple)
numbers = st.sampled_from([Decimal(one) for one in ("-1", "0", "99.99", "100", "100.005")])
bounds = st.builds(Bound, side=st.sampled_from(Side), number=numbers) | st.builds(
    Bound,
    side=st.sampled_from(Side),
    number=numbers,
    currency=st.sampled_from(["EUR", "USD"]),
    beside=st.just("/currency"),
)


def on(pointer, asks):
    """Draw a condition on one arg."""
    return asks.map(lambda one: Condition(pointer=pointer, asks=one))


conditions = st.one_of(
    on("/to", st.builds(OneOf, some_places)),
    on("/to", st.builds(NoneOf, some_places)),
    on("/to", st.builds(Matches, st.sampled_from(["^b", "n", "^$"]))),
    on("/amount", bounds),
    on("/amount", st.builds(Absent, st.booleans())),
)
args = st.fixed_dictionaries(
    {"to": places},
    optional={"amount": st.sampled_from(AMOUNTS), "currency": st.sampled_from(CURRENCIES)},
)
expressions = st.sampled_from(COMPILED)
tags = st.lists(st.sampled_from(["odd", "vip", "x"]), max_size=2, unique=True).map(tuple)
people = st.sampled_from([None, "ann@example.org"])
