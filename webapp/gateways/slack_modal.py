"""Modals in Slack: a reason, a question, an answer, other arguments. What they hold comes back as text by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.domain.argument_form import Control, Field, State
from webapp.domain.notice import Notice
from webapp.gateways.slack_message import Block, code, context, plain

REASONS = ("Wrong target", "Wrong amount", "Not enough evidence", "Not needed", "Against our rules")
MOST_FIELDS = 15
LONGEST_TEXT = 3000
LONGEST_OPTION, LONGEST_OPTION_VALUE, MOST_OPTIONS = 75, 150, 100
LONGEST_LABEL, LONGEST_ID = 200, 255
FITTING = frozenset({Control.TEXT, Control.AREA, Control.NUMBER, Control.SELECT, Control.CHECK})
CHOICES = {Control.SELECT, Control.CHECK}
REASON, NOTE, READING = "reason", "note", "reading"
VALUE = "value"  # the one control of each input
TITLES = {"deny": "Deny", "ask": "Ask back", "edit": "Edit and approve", "answer": "Answer"}
SENDS = {"deny": "Deny", "ask": "Ask", "edit": "Approve as edited", "answer": "Answer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a modal remembers of the button that opened it."""

    copy: str
    place: str
    ts: str

    def written(self) -> str:
        """Write it for Slack to keep."""
        return json.dumps([self.copy, self.place, self.ts])


def remembered(text: str) -> Pressed | None:
    """Read what a modal remembers; None where that is nothing of ours."""
    try:
        copy, place, ts = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return Pressed(copy=str(copy), place=str(place), ts=str(ts))


def fits(made: Sequence[Field]) -> bool:
    """Say whether a modal can show all these fields as what they are."""
    return 0 < len(made) <= MOST_FIELDS and all(map(_fits, made))


def deny(notice: Notice, pressed: Pressed) -> Block:
    """Ask why."""
    options = [_option(one, one) for one in REASONS]
    preset = _input(REASON, "Reason", _select(options), optional=True)
    note = _input(NOTE, "In your words", _text(area=True), optional=True, hint="The agent gets it.")
    return _view("deny", notice, pressed, [preset, note])


def ask(notice: Notice, pressed: Pressed) -> Block:
    """Ask what to ask."""
    note = _input(NOTE, "Your question", _text(area=True), hint="The agent gets it and answers.")
    return _view("ask", notice, pressed, [note])


def answer(notice: Notice, pressed: Pressed, made: Sequence[Field]) -> Block:
    """Offer the readings, or the fields that the agent asked for."""
    if made:
        blocks = [_field(one) for one in made]
    else:
        options = [_option(one.text.text, one.id) for one in notice.readings]
        blocks = [_input(READING, "Which is meant?", _select(options))]
    note = _input(NOTE, "A word beside it", _text(area=True), optional=True)
    return _view("answer", notice, pressed, [*blocks, note])


def edit(notice: Notice, pressed: Pressed, made: Sequence[Field]) -> Block:
    """Offer the arguments, as they are, to be changed."""
    note = _input(
        NOTE, "Why", _text(area=True), optional=True, hint="For the agent and the history."
    )
    return _view("edit", notice, pressed, [*(_field(one) for one in made), note])


def said(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Read what a modal's inputs hold, by field; None for one that was left empty."""
    return {
        block: _said(held[VALUE])
        for block, held in values.items()
        if isinstance(held, Mapping) and isinstance(held.get(VALUE), Mapping)
    }


def note_of(given: Mapping[str, str | None]) -> str | None:
    """Put together the reason that was chosen and the words beside it."""
    parts = [one.strip() for one in (given.get(REASON), given.get(NOTE)) if one and one.strip()]
    return ": ".join(parts) or None


def posted(made: Sequence[Field], given: Mapping[str, str | None]) -> dict[str, str]:
    """Give what the fields hold in the words of a form: text by field, and state where a value was taken away."""
    form: dict[str, str] = {}
    for one in made:
        text = given.get(one.pointer)
        if text is not None:
            form[one.key] = text
        elif one.text:
            form[one.key] = ""
            form.update(_emptied(one))
    return form


def errors(problems: Mapping[str, str], first: str) -> dict[str, Any]:
    """Answer that something is wrong; what belongs to no input stands at the first one."""
    return {
        "response_action": "errors",
        "errors": {name or first: text for name, text in problems.items()},
    }


def _emptied(one: Field) -> Iterator[tuple[str, str]]:
    """Say that a value was taken away: left out where it may be, else null."""
    possible = [state for state, _ in one.states]
    for state in (State.ABSENT, State.NULL):
        if state in possible:
            yield f"state:{one.pointer}", state.value
            return


def _said(held: Mapping[str, Any]) -> str | None:
    chosen = held.get("selected_option")
    found = chosen.get("value") if isinstance(chosen, Mapping) else held.get("value")
    return str(found) if found is not None else None


def _fits(one: Field) -> bool:
    if one.control not in FITTING or len(one.pointer) > LONGEST_ID or len(one.text) > LONGEST_TEXT:
        return False
    if one.control is Control.SELECT:
        values = all(len(value) <= LONGEST_OPTION_VALUE for value, _ in one.options)
        labels = all(0 < len(label) <= LONGEST_OPTION for _, label in one.options)
        return values and labels and 0 < len(one.options) <= MOST_OPTIONS
    return True


def _field(one: Field) -> Block:
    label = one.label if one.required else f"{one.label} (may be left empty)"
    return _input(one.pointer, label, _element(one), optional=not one.required, hint=one.kind)


def _element(one: Field) -> Block:
    if one.control is Control.CHECK:
        options = [_option("yes", "true"), _option("no", "false")]
        return _select(options, one.text)
    if one.control is Control.SELECT:
        return _select([_option(label, value) for value, label in one.options if value], one.text)
    return _text(one.text, area=one.control is Control.AREA)


def _view(name: str, notice: Notice, pressed: Pressed, blocks: Sequence[Block]) -> Block:
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": pressed.written(),
        "title": _plain(TITLES[name]),
        "submit": _plain(SENDS[name]),
        "close": _plain("Cancel"),
        "blocks": [
            plain(notice.headline.text),
            context(f"asked by `{code(notice.agent)}`"),
            *blocks,
        ],
    }


def _input(
    block_id: str, label: str, element: Block, *, optional: bool = False, hint: str = ""
) -> Block:
    made: Block = {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label[:LONGEST_LABEL] or "—"),
        "element": {**element, "action_id": VALUE},
        "optional": optional,
    }
    return made | ({"hint": _plain(hint[:LONGEST_LABEL])} if hint else {})


def _select(options: list[Block], chosen: str = "") -> Block:
    made: Block = {"type": "static_select", "options": options, "placeholder": _plain("Choose …")}
    found = next((one for one in options if one["value"] == chosen), None)
    return made | ({"initial_option": found} if found else {})


def _text(value: str = "", *, area: bool = False) -> Block:
    made: Block = {"type": "plain_text_input", "multiline": area, "max_length": LONGEST_TEXT}
    return made | ({"initial_value": value} if value else {})


def _option(label: str, value: str) -> Block:
    cut = label if len(label) <= LONGEST_OPTION else label[: LONGEST_OPTION - 1] + "…"
    return {"text": _plain(cut or "—"), "value": value[:LONGEST_OPTION_VALUE]}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
