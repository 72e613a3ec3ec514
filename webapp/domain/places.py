"""Places that an action touches (paths, hosts, repositories, tables), in the one form in which they are compared.

What has no single meaning is no place at all, and so outside: a path with `..`, a percent sign or a backslash, a host
with an address in disguise. Guessing which of its meanings a tool will use is how checks of places are got round.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from webapp.domain.patterns import alike, matches

LONGEST = 2000

_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_REPOSITORY = re.compile(r"[a-z0-9_.-]+(?:/[a-z0-9_.-]+)*", re.ASCII)
_TABLE = re.compile(r"[a-z0-9_$]+(?:\.[a-z0-9_$]+)*", re.ASCII)
_DOTS = frozenset({".", ".."})
_STAR = "0star0"  # stands for `*` while a pattern is read as if it were a place


class PlaceKind(StrEnum):
    """What sort of place an arg names."""

    PATH = "path"
    HOST = "host"
    REPOSITORY = "repository"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBounds:
    """Which places one arg may name; patterns are in plain form, `deny` also folded. No `allow` allows all but those.

    Without `allow`, a path must begin as the forbidden ones do: what is relative to somewhere else may be any of them.
    """

    path: str
    arg: str
    kind: PlaceKind
    allow: tuple[str, ...] | None
    deny: tuple[str, ...]

    def denies(self, place: str) -> bool:
        """Say whether a place in plain form is forbidden, or lies in a forbidden folder."""
        folded = alike(place)
        inside = self.kind in _WITH_FOLDERS
        return any(
            matches(one, folded) or (inside and matches(f"{one.rstrip('/')}/*", folded))
            for one in self.deny
        )

    def allows(self, place: str) -> bool:
        """Say whether a place in plain form is among those that are allowed."""
        if self.allow is None:
            rooted = place.startswith("/")
            return self.kind is not PlaceKind.PATH or all(
                one.startswith("/") is rooted for one in self.deny
            )
        return any(_covers(pattern, place, self.kind) for pattern in self.allow)


_WITH_FOLDERS = frozenset({PlaceKind.PATH, PlaceKind.REPOSITORY})


def plain_place(value: object, kind: PlaceKind) -> str | None:
    """Give a place in the form in which it is compared; None where it has no single meaning."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return None
    return _READERS[kind](value)


def plain_pattern(pattern: str, kind: PlaceKind) -> str | None:
    """Give a pattern in the form in which it is compared; None where it could not match any place."""
    if pattern == "*":
        return pattern
    plain = plain_place(pattern.replace("*", _STAR), kind)
    return None if plain is None else plain.replace(_STAR, "*")


def _covers(pattern: str, place: str, kind: PlaceKind) -> bool:
    """Match an allowed pattern: within paths `*` stays in its folder, but at the end it takes all that is below."""
    if kind not in _WITH_FOLDERS or pattern == "*":
        return matches(pattern, place)
    wanted, found = pattern.split("/"), place.split("/")
    if wanted[-1].endswith("*") and len(found) > len(wanted):
        found = [*found[: len(wanted) - 1], "/".join(found[len(wanted) - 1 :])]
    return all(
        want is not None and part is not None and matches(want, part)
        for want, part in zip_longest(wanted, found)
    )


def _path(text: str) -> str | None:
    text, wide = unicodedata.normalize("NFC", text), unicodedata.normalize("NFKC", text)
    if any(unicodedata.category(one).startswith("C") or one in "%\\" for one in wide):
        return None
    # signs that some systems take for slashes; `..`, and what some systems shorten to it
    if wide.count("/") != text.count("/") or any(map(_leads_out, wide.split("/"))):
        return None
    parts = [part for part in text.split("/") if part not in {"", "."}]
    return ("/" if text.startswith("/") else "") + "/".join(parts)


def _leads_out(part: str) -> bool:
    return part not in {"", "."} and part.strip(" .") == ""


def _host(text: str) -> str | None:
    text = text.lower()
    if ":" in text:
        return _address(text.removeprefix("[").removesuffix("]"))
    text = text.removesuffix(".")
    if not _HOST.fullmatch(text):
        return None
    return _address(text) if _NUMERIC.fullmatch(text.rpartition(".")[2]) else text


def _address(text: str) -> str | None:
    """Give an address in its one usual form; None for `127.1`, `0x7f000001` and the like."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            return None
        return str(address.ipv4_mapped or address)
    return str(address)


def _repository(text: str) -> str | None:
    text = text.lower().removesuffix("/").removesuffix(".git")
    if not _REPOSITORY.fullmatch(text) or _DOTS & set(text.split("/")):
        return None
    return text


def _table(text: str) -> str | None:
    text = text.lower()
    return text if _TABLE.fullmatch(text) else None


_READERS: Mapping[PlaceKind, Callable[[str], str | None]] = {
    PlaceKind.PATH: _path,
    PlaceKind.HOST: _host,
    PlaceKind.REPOSITORY: _repository,
    PlaceKind.TABLE: _table,
}
