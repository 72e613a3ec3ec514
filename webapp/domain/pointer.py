"""RFC 6901 JSON pointers: write one, follow one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

MISSING = object()

_INDEX = re.compile(r"0|[1-9][0-9]{0,6}", re.ASCII)


def join(tokens: Iterable[str | int]) -> str:
    """Write `tokens` as a pointer: `("args", "a/b", 0)` is `/args/a~1b/0`."""
    return "".join(f"/{escape(str(token))}" for token in tokens)


def escape(token: str) -> str:
    """Write one token of a pointer, so that `/` and `~` inside of it stay its own."""
    return token.replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=4096)
def split(pointer: str) -> tuple[str, ...]:
    """Read a pointer's tokens: `/a~1b/0` is `("a/b", "0")`."""
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:])


def is_pointer(text: str) -> bool:
    """Say whether `text` is a pointer to something inside of a document."""
    return text.startswith("/") and "~" not in text.replace("~0", "").replace("~1", "")


def look_up(document: object, pointer: str) -> object:
    """Follow `pointer` into `document`; MISSING where it leads nowhere."""
    found = document
    for token in split(pointer):
        found = _step(found, token)
    return found


def _step(holder: object, token: str) -> object:
    if isinstance(holder, dict):  # as almost always, and asked much faster
        return holder.get(token, MISSING)
    if isinstance(holder, Mapping):
        return holder.get(token, MISSING)
    if isinstance(holder, list) and _INDEX.fullmatch(token) and int(token) < len(holder):
        return holder[int(token)]
    return MISSING
