"""JSON values for properties: what a body may carry once it has been read."""

from hypothesis import strategies as st

from webapp.domain.json_text import GREATEST_INTEGER

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
INTEGERS = st.integers(-GREATEST_INTEGER, GREATEST_INTEGER)


def is_read_as_float(number):
    return not number.is_integer()


REALS = st.floats(-1e15, 1e15, allow_nan=False, allow_infinity=False).filter(is_read_as_float)
SCALARS = st.none() | st.booleans() | INTEGERS | REALS | TEXT


def json_values():
    """Draw values as `parse` gives them: numbers that are whole are integers."""
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=12,
    )
