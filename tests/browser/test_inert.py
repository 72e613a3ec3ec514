"""Text that machines wrote is shown as text: nothing runs, nothing hides, nothing turns around."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.browser.inert import hiding, inert
from webapp.domain.summary import visible


def test_markup_is_text():
    assert inert("<b onclick=x>&") == "&lt;b onclick=x&gt;&amp;"


@pytest.mark.parametrize(
    "character",
    [
        "\u202e",
        "\u2066",
        "\u200b",
        "\x07",
        "\x1b",
        "\u2028",
        "\ufeff",
        "\u00ad",
        "\U000e0041",
        "\u3164",
        "\u034f",
        "\ufe0f",
        "\U000e0101",
    ],
)
def test_a_character_that_hides_is_spelled_out(character):
    shown = inert(f"a{character}b")
    assert character not in shown
    assert f"U+{ord(character):04X}" in shown


@pytest.mark.parametrize("text", ["\u2764\ufe0f", "\u26a0\ufe0e", "\U0001f5d1\ufe0f!"])
def test_what_has_a_symbol_drawn_in_colour_is_part_of_it(text):
    assert inert(text) == f"<bdi>{text}</bdi>"
    assert visible(text) == text
    assert "U+FE0F" in inert(f"{text}\ufe0f")


@pytest.mark.parametrize("text", ["100 \u20ac\ufe0f", "a+\ufe0f", "cus_77\ufe0f"])
def test_what_stands_in_an_amount_or_a_name_is_no_picture(text):
    assert "U+FE0F" in inert(text)
    assert "U+FE0F" in visible(text)


def test_line_breaks_and_letters_of_all_scripts_stay():
    assert (
        inert("Zeile\nwörter\t\u05e9\u05dc\u05d5\u05dd")
        == "<bdi>Zeile\nwörter\t\u05e9\u05dc\u05d5\u05dd</bdi>"
    )


def test_foreign_direction_keeps_to_itself():
    assert inert("\u05e9\u05dc\u05d5\u05dd").startswith("<bdi>")


@given(st.text())
def test_nothing_invisible_ever_gets_through(text):
    shown = str(inert(text))
    assert not any(
        unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} for one in shown if one not in "\n\t"
    )


@given(st.text())
def test_hiding_says_when_something_is_spelled_out(text):
    assert hiding(text) == ('class="odd"' in inert(text))
