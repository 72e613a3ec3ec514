"""Strategies: conditions on the args of `pay`, and args that they may or may not fit."""

from decimal import Decimal

from hypothesis import strategies as st

from webapp.domain.conditions import Absent, Bound, Condition, Matches, NoneOf, OneOf, Side

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
