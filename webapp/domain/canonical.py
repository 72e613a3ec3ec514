"""The RFC 8785 canonical form of JSON values, which fingerprints and hashes are taken of."""

from __future__ import annotations

import json
import re
from typing import cast

import rfc8785

from webapp.domain.errors import SubmissionInvalid
from webapp.domain.json_text import GREATEST_INTEGER, JSON

# Python orders keys by code point, RFC 8785 by UTF-16 unit: they part ways only above U+FFFF.
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical(value: object) -> bytes:
    """Write a JSON value as RFC 8785 says.

    The standard library's encoder writes the same bytes four times as fast where there are no
    floats and no keys above U+FFFF; everything else goes through the RFC's own package.
    """
    if not _is_plain(value):
        return _by_the_book(value)
    text = _ENCODER.encode(value)
    if text.isascii():
        return text.encode()
    return _by_the_book(value) if _ASTRAL.search(text) else _encode(text)


def _is_plain(value: object) -> bool:
    """Say whether the fast encoder can be trusted with `value`."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if isinstance(value, dict):
        return all(type(k) is str and _is_plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, int) and kind is int and abs(value) <= GREATEST_INTEGER


def _by_the_book(value: object) -> bytes:
    try:
        return rfc8785.dumps(cast("JSON", value))
    except rfc8785.CanonicalizationError as error:
        raise SubmissionInvalid(f"This cannot be written as canonical JSON: {error}.") from error


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise SubmissionInvalid(
            "A lone surrogate is not text, so it has no canonical form."
        ) from error
