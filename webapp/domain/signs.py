"""Signs that nobody sees in a text: what is compared leaves them out, and what is shown spells them out."""

from __future__ import annotations

import unicodedata

_HIDES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
# letters, marks and symbols that draw nothing
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

_STYLES = frozenset("\ufe0e\ufe0f")  # Unicode, Emoji presentation sequences (UTS 51)


def draws_nothing(sign: str) -> bool:
    """Say whether nobody who reads a text can see that this character stands in it."""
    category = unicodedata.category(sign)
    if sign in _BLANK or category in _HIDES:
        return True
    return category == "Mn" and "VARIATION SELECTOR" in unicodedata.name(sign, "")


def hidden_in(text: str) -> list[bool]:
    """Say of each character whether nobody can see it; what has a picture drawn in colour or not, ❤️, is part of it."""
    before = ("", *text)
    return [
        draws_nothing(sign) and not _styles(sign, last)
        for sign, last in zip(text, before, strict=False)
    ]


def _styles(sign: str, last: str) -> bool:
    return sign in _STYLES and last != "" and unicodedata.category(last) == "So"
