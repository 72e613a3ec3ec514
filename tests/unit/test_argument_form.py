"""The edit form: only what was touched changes, and digits, null and absence survive it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.argument_form import Control, State, as_json, fields
from webapp.domain.argument_values import read, retyped

SCHEMA = {
    "type": "object",
    "required": ["order_id", "amount"],
    "properties": {
        "order_id": {"type": "string"},
        "amount": {"type": "string", "description": "With two digits"},
        "count": {"type": "integer"},
        "weight": {"type": "number"},
        "currency": {"enum": ["EUR", "USD"]},
        "notify": {"type": "boolean"},
        "note": {"type": ["string", "null"], "maxLength": 500},
        "lines": {"type": "array", "items": {"type": "string"}},
        "ship": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
ARGS = {
    "order_id": "8841",
    "amount": "1840.10",
    "count": 3,
    "weight": 1.5,
    "currency": "EUR",
    "notify": True,
    "note": None,
    "lines": ["lamp", "shade"],
    "ship": {"city": "Köln"},
    "extra": {"deep": [1, {"x": None}]},
}


def shown(made):
    """Give what a browser would send back untouched."""
    sent = {}
    for one in made:
        if one.control is Control.GROUP:
            sent |= shown(one.children)
            continue
        lines = one.text.replace("\r\n", "\n").replace("\r", "\n")
        sent[one.key] = lines.replace("\n", "\r\n")
        if one.states:
            sent[f"state:{one.pointer}"] = one.state.value
    return sent


def edited(args=ARGS, schema=SCHEMA, **changes):
    made = fields(schema, args)
    return read(made, {**shown(made), **{f"/{name}": text for name, text in changes.items()}})


def by_name(made):
    return {one.name: one for one in made}


def test_an_untouched_form_gives_back_the_very_same_args():
    assert edited().value == ARGS


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc/~", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc/~ü", max_size=5), json_values, max_size=5))
def test_any_args_survive_an_untouched_form_without_a_schema(args):
    assert edited(args, None).value == args


@given(st.dictionaries(st.sampled_from(sorted(ARGS)), json_values, max_size=6))
def test_args_that_do_not_fit_their_schema_survive_an_untouched_form(args):
    assert edited(args).value == args


def test_only_the_touched_field_changes():
    assert edited(amount="64.50").value == {**ARGS, "amount": "64.50"}


def test_money_stays_text_with_its_digits():
    assert edited(amount="1840.00").value["amount"] == "1840.00"


@pytest.mark.parametrize(
    ("typed", "read_as"), [("4", 4), ("4.0", 4), (" 1.13 ", 1.13), ("-2", -2), ("1e3", 1000)]
)
def test_numbers_are_read_exactly(typed, read_as):
    assert edited(weight=typed).value["weight"] == read_as


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "1,5",
        "NaN",
        "Infinity",
        "9007199254740993",
        "0.1234567890123456789",
        "1e99999999",
        "1e-99999999",
    ],
)
def test_a_number_that_cannot_be_kept_is_refused_not_rounded(typed):
    answer = edited(weight=typed)
    assert [problem.pointer for problem in answer.problems] == ["/weight"]


def test_null_empty_and_absent_are_three_things():
    made = fields(SCHEMA, ARGS)
    sent = shown(made)
    empty = read(made, {**sent, "state:/note": "value"}).value
    absent = read(made, {**sent, "state:/note": "absent"}).value
    assert (empty["note"], "note" in absent, ARGS["note"]) == ("", False, None)


def test_a_state_that_no_form_offers_changes_nothing():
    made = fields(SCHEMA, ARGS)
    assert read(made, {**shown(made), "state:/note": "bogus"}).value["note"] is None


def test_typing_into_a_null_field_gives_it_a_value_without_a_script():
    assert edited(note="fragile").value["note"] == "fragile"


def test_a_required_field_cannot_be_left_out():
    assert by_name(fields(SCHEMA, ARGS))["amount"].states == ()


def test_an_absent_optional_field_stays_absent():
    args = {"order_id": "1", "amount": "1.00"}
    assert edited(args).value == args


def test_an_absent_boolean_is_not_a_box_that_says_no():
    notify = by_name(fields(SCHEMA, {"order_id": "1"}))["notify"]
    assert (notify.control, notify.state) == (Control.SELECT, State.ABSENT)


def test_a_box_can_be_ticked_off():
    assert edited(notify="false").value["notify"] is False


def test_a_value_outside_the_enum_stays_selected():
    currency = by_name(fields(SCHEMA, {**ARGS, "currency": "CHF"}))["currency"]
    assert currency.text in dict(currency.options)


def test_an_option_that_was_not_offered_is_refused():
    assert [p.pointer for p in edited(currency='"GBP"').problems] == ["/currency"]


def test_a_value_of_which_none_was_chosen_is_refused():
    made = fields(SCHEMA, {"order_id": "1", "amount": "1.00"})
    sent = {**shown(made), "state:/notify": "value"}
    assert [p.pointer for p in read(made, sent).problems] == ["/notify"]


def test_a_list_of_texts_is_edited_line_by_line():
    assert edited(lines="lamp\r\n\r\n bulb ").value["lines"] == ["lamp", "bulb"]


def test_an_object_is_a_group_of_fields():
    assert edited(**{"ship/city": "Bonn"}).value["ship"] == {"city": "Bonn"}


def test_what_the_schema_does_not_know_is_edited_as_json():
    answer = edited(**{"extra/deep": '[1.0, {"x": 2}]'})
    assert answer.value["extra"] == {"deep": [1, {"x": 2}]}


@pytest.mark.parametrize("text", ["{", '{"a":1,"a":2}', "[NaN]"])
def test_broken_json_is_refused_in_its_place(text):
    assert [p.pointer for p in edited(**{"extra/deep": text}).problems] == ["/extra/deep"]


def test_the_whole_can_be_edited_as_json():
    made = as_json(ARGS)
    assert read(made, {"args": '{"order_id": "1"}'}).value == {"order_id": "1"}


def test_args_as_json_must_be_an_object():
    assert [p.pointer for p in read(as_json(ARGS), {"args": "[1]"}).problems] == [""]


def test_what_was_typed_comes_back_when_something_is_wrong():
    made = fields(SCHEMA, ARGS)
    again = by_name(retyped(made, {**shown(made), "/weight": "heavy"}))
    assert again["weight"].text == "heavy"


def test_names_with_slashes_and_tildes_keep_their_place():
    answer = edited({"a/b~c": "x"}, None, **{"a~1b~0c": "y"})
    assert answer.value == {"a/b~c": "y"}


def test_a_required_field_that_stays_empty_stays_absent():
    assert "order_id" not in edited({"amount": "1.00"}).value
