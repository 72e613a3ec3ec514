"""The sentence that an approver reads: the policy's template, filled with args made inert."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.canonical import canonical
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, escape, is_pointer, look_up
from webapp.domain.signs import hidden_in

LONGEST_VALUE = 80
ABSENT = "—"

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_BRACES = {"{{": "{", "}}": "}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A summary template, read: words and pointers into the args in turn.

    `{amount}` and `{/order/lines/0}` stand for args, `{{` and `}}` for braces; `faults` lists the
    parts that are neither.
    """

    parts: tuple[tuple[str, str | None], ...]
    faults: tuple[str, ...]

    @property
    def pointers(self) -> tuple[str, ...]:
        """List the args that the template shows."""
        return tuple(pointer for _, pointer in self.parts if pointer is not None)

    def fill(self, args: Mapping[str, JSON]) -> str:
        """Write the sentence; each value is cut at 80 characters, what is absent is a dash."""
        return "".join(
            words if pointer is None else words + _shown(look_up(args, pointer))
            for words, pointer in self.parts
        )


def read_template(text: str) -> Template:
    """Read a template such as `Refund {amount} {currency} to {counterparty}`."""
    parts: list[tuple[str, str | None]] = []
    faults: list[str] = []
    words, end = "", 0
    for match in _PART.finditer(text):
        words += text[end : match.start()]
        end = match.end()
        pointer = arg_pointer(match[1]) if match[1] else None
        if pointer:
            parts.append((words, pointer))
            words = ""
        elif match[0] in _BRACES:
            words += _BRACES[match[0]]
        else:
            faults.append(match[0])
    return Template(parts=(*parts, (words + text[end:], None)), faults=tuple(faults))


def arg_pointer(written: str) -> str | None:
    """Give the pointer of an arg that a policy names: `amount` or `/amount`; None for neither."""
    if written.startswith("/"):
        return written if is_pointer(written) else None
    return f"/{escape(written)}" if written.strip() else None


def _shown(value: object) -> str:
    if value is MISSING:
        return ABSENT
    text = value if isinstance(value, str) else canonical(value).decode()
    return visible(text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…")


def visible(text: str) -> str:
    """Show characters that hide, break the line or turn the direction as ⟨U+202E⟩."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"⟨U+{ord(char):04X}⟩" if hides else char
        for char, hides in zip(text, hidden_in(text), strict=True)
    )
