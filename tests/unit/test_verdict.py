"""Routes and risks are ordered, mildest first."""

import pytest

from webapp.domain.verdict import Risk, Route


@pytest.mark.parametrize(
    ("kind", "order"),
    [(Route, "auto review block"), (Risk, "read low medium high critical")],
)
def test_ranks_go_from_the_mildest_to_the_strictest(kind, order):
    assert [one.value for one in sorted(kind, key=lambda one: one.rank)] == order.split()
    assert [one.rank for one in kind] == list(range(len(kind)))
