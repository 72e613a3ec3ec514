"""Read what people are shown of the world before they decide on an action of a type."""

from __future__ import annotations

from webapp.domain.pointer import is_pointer
from webapp.domain.policy_look import LOOK_KEYS, read_look
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape
from webapp.domain.policy_section import Section
from webapp.domain.preview import MOST_POINTERS, WHOLE, Preview


def read_preview(section: Section, shape: ArgsShape) -> Preview | None:
    """Read `preview` of an action type; None where there is none."""
    if "preview" not in section:
        return None
    preview = section.section("preview")
    preview.only((*LOOK_KEYS, "before", "after", "only"))
    return Preview(
        look=read_look(preview, shape),
        before=_pointer(preview, "before") or WHOLE,
        after=_pointer(preview, "after"),
        only=_read_only(preview),
    )


def warn_of_preview(section: Section, *, observe: bool) -> None:
    """Point at what a preview makes void, or at what makes it void."""
    if "preview" not in section:
        return
    approvals = section.section("approvals") if "approvals" in section else None
    if approvals and "in_chat" in approvals and approvals.text("in_chat") != "none":
        message = "With a preview it is decided in Handrail alone, where that is seen."
        section.notes.warn(approvals.at("in_chat"), Code.IN_CHAT_NEVER, message, "in_chat: none")
    if observe:
        message = "What is only observed never runs, so nobody is shown the preview."
        section.notes.warn(section.at("preview"), Code.PREVIEW_NEVER, message)


def _pointer(section: Section, key: str) -> str | None:
    text = section.text(key)
    if text and not is_pointer(text):
        _refuse(section, key, text)
    return text


def _read_only(section: Section) -> tuple[str, ...]:
    written = tuple(dict.fromkeys(section.texts("only") or ()))
    if len(written) > MOST_POINTERS:
        message = f"only has {len(written)} pointers; {MOST_POINTERS} is the most."
        section.notes.problem(section.at("only"), Code.OUT_OF_RANGE, message)
    for text in written:
        if not is_pointer(text):
            _refuse(section, "only", text)
    return written


def _refuse(section: Section, key: str, text: str) -> None:
    message = f"{text[:80]} in {key} is no pointer into the answer."
    section.notes.problem(section.at(key), Code.BAD_POINTER, message, "such as /order/status")
