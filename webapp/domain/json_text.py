"""Read JSON strictly: UTF-8, RFC 8785 numbers, no duplicate keys, bounded size, depth and keys."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import NoReturn, TypeAlias

from webapp.domain.errors import BodyInvalid, BodyTooLarge, FieldProblem
from webapp.domain.pointer import escape

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

GREATEST_INTEGER = 2**53 - 1
SHOWN_PROBLEMS = 20

_BRACKETS_ALONE = str.maketrans("[{]}", "(())")
_HOLDERS = (dict, list)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,?[ \t\n\r]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a body may be: in bytes, levels of nesting, and keys of all objects together."""

    size: int = 1_048_576
    depth: int = 32
    keys: int = 10_000


LIMITS = Limits()


def parse(data: bytes, *, limits: Limits = LIMITS) -> JSON:
    """Read one JSON value; numbers as RFC 8785 reads them, so that `1.0` comes back as 1.

    Raises BodyTooLarge, or BodyInvalid with a FieldProblem for each place that is wrong.
    """
    text = _decode(data, limits)
    try:
        return _read(text, limits)
    except json.JSONDecodeError as error:
        raise _malformed(error) from error
    except RecursionError as error:
        raise _too_deep(limits) from error


def _read(text: str, limits: Limits) -> JSON:
    try:
        value: JSON = _STRICT.decode(text)
    except BodyInvalid:
        _refuse_in_place(text, limits)
        raise
    _check_shape(value, text, limits)
    if "\\u" in text and _has_bad_text(value, text):
        _refuse_in_place(text, limits)
    return value


def members(data: bytes, value: JSON, names: Collection[str]) -> dict[str, bytes]:
    """Give the bytes, just as they were sent, of those members of the outermost object that are there.

    `value` is what `parse` made of `data`.
    """
    wanted = [name for name in names if name in value] if isinstance(value, dict) else []
    if not wanted:
        return {}
    text = data.decode()
    places = [_only_place(text, name) for name in wanted]
    if -1 in places:
        return _walked(text, wanted)
    return {name: _value_at(text, at) for name, at in zip(wanted, places, strict=True)}


def _only_place(text: str, name: str) -> int:
    """Say where the name of a member that is there ends; -1 where more than one place may be it, or it is escaped."""
    quoted = f'"{name}"'
    at = text.find(quoted) + len(quoted)
    sure = "\\u" not in text and name.isidentifier() and text.find(quoted, at) < 0
    return at if sure else -1


def _value_at(text: str, after: int) -> bytes:
    start = _skip(_COLON, text, after)
    _, end = _LOOSE.raw_decode(text, start)
    return text[start:end].encode()


def _walked(text: str, wanted: Collection[str]) -> dict[str, bytes]:
    """Find the members of the outermost object by reading one after the other."""
    found: dict[str, bytes] = {}
    end = _skip(_SPACE, text, text.index("{") + 1)
    while len(found) < len(wanted):
        key, end = _LOOSE.raw_decode(text, end)
        start = _skip(_COLON, text, end)
        _, end = _LOOSE.raw_decode(text, start)
        if key in wanted:
            found[key] = text[start:end].encode()
        end = _skip(_COMMA, text, end)
    return found


def _skip(what: re.Pattern[str], text: str, start: int) -> int:
    match = what.match(text, start)
    return match.end() if match else start


def _decode(data: bytes, limits: Limits) -> str:
    if len(data) > limits.size:
        raise BodyTooLarge(f"The body is larger than {limits.size:,} bytes.")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _invalid("encoding", f"Byte {error.start} is not UTF-8.", "UTF-8 text") from error
    if not text or text.isspace():
        raise _invalid("empty", "The body is empty.", "a JSON object")
    return text


def _check_shape(value: JSON, text: str, limits: Limits) -> None:
    """Refuse what is too deep or has too many keys.

    Counting brackets and colons, those in strings included, settles nearly every body.
    """
    colons = text.count(":")
    if colons <= limits.keys and text.count("[") + text.count("{") <= limits.depth:
        return
    keys, level = 0, _holders([value])
    for _ in range(limits.depth):
        keys += sum(len(holder) for holder in level if isinstance(holder, dict))
        level = [child for holder in level for child in _holders(_inside(holder))]
    if level:
        raise _too_deep(limits)
    if keys > limits.keys:
        message = f"The JSON has more than {limits.keys:,} keys."
        raise _invalid("too_many_keys", message, f"at most {limits.keys:,} keys in all objects")


def _holders(values: Iterable[JSON]) -> list[dict[str, JSON] | list[JSON]]:
    return [value for value in values if isinstance(value, _HOLDERS)]


def _inside(holder: dict[str, JSON] | list[JSON]) -> Iterable[JSON]:
    return holder.values() if isinstance(holder, dict) else holder


def _has_bad_text(value: JSON, text: str) -> bool:
    """Say whether NUL or half a surrogate pair may be in `value`; only escapes can bring them."""
    if r"\u0000" in text:
        return True
    if not _SURROGATE_ESCAPE.search(text):
        return False
    try:
        _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        return True
    return False


def _too_deep(limits: Limits) -> BodyInvalid:
    message = f"The JSON is nested deeper than {limits.depth} levels."
    return _invalid("too_deep", message, f"at most {limits.depth} levels of objects and lists")


def _malformed(error: json.JSONDecodeError) -> BodyInvalid:
    where = f"line {error.lineno}, column {error.colno}"
    return _invalid("malformed", f"This is not JSON: {error.msg} at {where}.", "well-formed JSON")


def _invalid(code: str, message: str, expected: str) -> BodyInvalid:
    problem = FieldProblem(pointer="", code=code, message=message, expected=expected)
    return BodyInvalid(message, problems=[problem])


# The quick pass: it only notices that something is wrong.


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyInvalid
    return found


def _integer(text: str) -> int:
    number = _exact_integer(text)
    if number is None:
        raise BodyInvalid
    return number


def _real(text: str) -> int | float:
    number = _exact_real(text)
    if number is None:
        raise BodyInvalid
    return number


def _exact_integer(text: str) -> int | None:
    if len(text) > len(str(-GREATEST_INTEGER)):
        return None
    number = int(text)
    return number if abs(number) <= GREATEST_INTEGER else None


def _exact_real(text: str) -> int | float | None:
    number = float(text)
    if abs(number) <= GREATEST_INTEGER:
        return int(number) if number.is_integer() else number
    return number if isfinite(number) and "e" in text.lower() else None


def _constant(text: str) -> NoReturn:
    raise BodyInvalid(f"{text} is not JSON.")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
)
_LOOSE = json.JSONDecoder()
_ENCODER = json.JSONEncoder(ensure_ascii=False)


# The slow pass, once something is wrong: it finds every place.


@dataclass(frozen=True, slots=True)
class _Pairs:
    """An object with its keys as written, duplicates included."""

    pairs: list[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class _BadNumber:
    """A number that RFC 8785 does not have, as written."""

    text: str


def _kept(text: str) -> int | float | _BadNumber:
    number = _exact_real(text) if set(text) & set(".eE") else _exact_integer(text)
    return _BadNumber(text) if number is None else number


_FINDER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=_kept, parse_float=_kept, parse_constant=_BadNumber
)


def _refuse_in_place(text: str, limits: Limits) -> None:
    """Raise BodyInvalid with the place of each thing that is wrong; do nothing where none is."""
    value = _FINDER.decode(text)
    problems = list(islice(_problems(value, "", limits.depth), SHOWN_PROBLEMS))
    if problems:
        raise BodyInvalid(problems[0].message, problems=problems)


def _problems(value: object, pointer: str, depth: int) -> Iterator[FieldProblem]:
    """Find what is wrong in `value`, at most `depth` levels down."""
    if isinstance(value, _BadNumber):
        yield _number_problem(value.text, pointer)
    elif isinstance(value, str):
        yield from _string_problems(value, pointer)
    elif isinstance(value, _Pairs | list) and depth == 0:
        message = "This is nested too deep."
        yield FieldProblem(pointer=pointer, code="too_deep", message=message, expected="less depth")
    elif isinstance(value, _Pairs):
        yield from _object_problems(value.pairs, pointer, depth - 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(item, f"{pointer}/{index}", depth - 1)


def _object_problems(
    pairs: list[tuple[str, object]], pointer: str, depth: int
) -> Iterator[FieldProblem]:
    seen: set[str] = set()
    for key, item in pairs:
        shown = key.encode(errors="backslashreplace").decode()
        here = f"{pointer}/{escape(shown)}"
        if key in seen:
            message = f'The key "{shown[:80]}" appears twice in one object.'
            yield FieldProblem(
                pointer=here, code="duplicate_key", message=message, expected="each key once"
            )
        seen.add(key)
        yield from _string_problems(key, here)
        yield from _problems(item, here, depth)


def _number_problem(text: str, pointer: str) -> FieldProblem:
    shown = text if len(text) <= len(str(GREATEST_INTEGER)) * 2 else f"{text[:16]}…"
    if text.lstrip("-").isdecimal():
        message = f"The integer {shown} is beyond 2^53-1 and would lose digits."
        expected = "an integer from -9007199254740991 to 9007199254740991, or a string"
        return FieldProblem(
            pointer=pointer, code="integer_range", message=message, expected=expected
        )
    message = f"{shown} is not a number that JSON carries."
    expected = "a finite number that binary64 can hold"
    return FieldProblem(pointer=pointer, code="number_range", message=message, expected=expected)


def _string_problems(text: str, pointer: str) -> Iterator[FieldProblem]:
    if "\0" in text:
        message = "The text contains a NUL character."
        yield FieldProblem(
            pointer=pointer, code="nul", message=message, expected="text without NUL"
        )
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        message = "The text contains half of a surrogate pair."
        expected = "whole Unicode characters"
        yield FieldProblem(pointer=pointer, code="surrogate", message=message, expected=expected)
