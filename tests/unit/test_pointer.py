"""JSON pointers lead where RFC 6901 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.pointer import MISSING, is_pointer, join, look_up, split

DOCUMENT = {"a": {"b/c": [10, {"~": 11}]}, "": 12, "01": [1]}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", DOCUMENT), ("/a/b~1c/0", 10), ("/a/b~1c/1/~0", 11), ("/", 12), ("/01/0", 1)],
)
def test_a_pointer_leads_to_its_value(pointer, value):
    assert look_up(DOCUMENT, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/x", "/a/x", "/a/b~1c/2", "/a/b~1c/-1", "/a/b~1c/00", "/a/b~1c/0/1", "/01/²"]
)
def test_a_pointer_to_nowhere_is_missing(pointer):
    assert look_up(DOCUMENT, pointer) is MISSING


@given(st.lists(st.text()))
def test_joining_and_splitting_are_each_others_inverse(tokens):
    assert split(join(tokens)) == tuple(tokens)


@pytest.mark.parametrize(
    ("text", "valid"),
    [("/a", True), ("/a~0~1", True), ("/~2", False), ("/a~", False), ("a", False)],
)
def test_only_well_formed_pointers_are_pointers(text, valid):
    assert is_pointer(text) is valid
