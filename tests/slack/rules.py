"""Slack's published limits on messages and modals, as a judge: what Slack would refuse, this refuses.

Sources: Slack's Block Kit reference and the errors that its API answers with. The limit on the characters of a whole
message is not published; 12,000 is where messages begin to be refused (`msg_blocks_too_long`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

MOST_BLOCKS = {"message": 50, "modal": 100}
MOST_CHARACTERS = 12_000
MOST_TEXT = 40_000
TEXTS = {"plain_text", "mrkdwn"}


class Refused(Exception):
    """Slack would answer this with an error; the first word is its code."""


def check_message(body: Mapping[str, Any]) -> None:
    """Raise Refused where a message breaks a limit."""
    text, blocks = body.get("text"), body.get("blocks") or []
    if not text and not blocks:
        raise Refused("no_text")
    if text is not None and len(text) > MOST_TEXT:
        raise Refused("msg_too_long")
    if len(blocks) > MOST_BLOCKS["message"]:
        raise Refused("invalid_blocks too many")
    if characters(blocks) > MOST_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    check_blocks(blocks)


def check_modal(view: Mapping[str, Any]) -> None:
    """Raise Refused where a modal breaks a limit."""
    _text(view, "title", 24, kinds={"plain_text"})
    for name in ("submit", "close"):
        if name in view:
            _text(view, name, 24, kinds={"plain_text"})
    if view.get("type") != "modal":
        raise Refused("invalid_arguments type")
    if len(view.get("private_metadata", "")) > 3000:
        raise Refused("invalid_arguments private_metadata")
    if len(view["blocks"]) > MOST_BLOCKS["modal"]:
        raise Refused("invalid_blocks too many")
    if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        raise Refused("invalid_arguments missing submit")
    check_blocks(view["blocks"])


def check_blocks(blocks: list[Mapping[str, Any]]) -> None:
    """Raise Refused where a block breaks a limit."""
    names = Counter(block["block_id"] for block in blocks if "block_id" in block)
    if any(count > 1 for count in names.values()):
        raise Refused("invalid_blocks block_id twice")
    for block in blocks:
        if len(block.get("block_id", "")) > 255:
            raise Refused("invalid_blocks block_id too long")
        check = CHECKS.get(block["type"])
        if check is None:
            raise Refused(f"invalid_blocks {block['type']}")
        check(block)


def _section(block: Mapping[str, Any]) -> None:
    if "text" not in block and "fields" not in block:
        raise Refused("invalid_blocks section is empty")
    if "text" in block:
        _text(block, "text", 3000)
    fields = block.get("fields", [])
    if len(fields) > 10 or ("fields" in block and not fields):
        raise Refused("invalid_blocks fields")
    for one in fields:
        _text({"field": one}, "field", 2000)
    if "accessory" in block:
        _element(block["accessory"])


def _header(block: Mapping[str, Any]) -> None:
    _text(block, "text", 150, kinds={"plain_text"})


def _context(block: Mapping[str, Any]) -> None:
    elements = block["elements"]
    if not 1 <= len(elements) <= 10:
        raise Refused("invalid_blocks context")
    for one in elements:
        if one["type"] in TEXTS:
            _text({"element": one}, "element", 3000)


def _actions(block: Mapping[str, Any]) -> None:
    elements = block["elements"]
    if not 1 <= len(elements) <= 25:
        raise Refused("invalid_blocks actions")
    names = [one.get("action_id") for one in elements]
    if len(set(names)) != len(names):
        raise Refused("invalid_blocks action_id twice")
    for one in elements:
        _element(one)


def _input(block: Mapping[str, Any]) -> None:
    _text(block, "label", 2000, kinds={"plain_text"})
    if "hint" in block:
        _text(block, "hint", 2000, kinds={"plain_text"})
    _element(block["element"])


def _nothing(_block: Mapping[str, Any]) -> None:
    return None


def _element(element: Mapping[str, Any]) -> None:
    if len(element.get("action_id", "")) > 255:
        raise Refused("invalid_blocks action_id too long")
    kind = element["type"]
    if kind == "button":
        _button(element)
    elif kind in {"static_select", "radio_buttons", "checkboxes", "multi_static_select"}:
        _choice(element)
    elif kind == "plain_text_input":
        most, least = element.get("max_length", 3000), element.get("min_length", 0)
        if not 1 <= most <= 3000 or not 0 <= least <= most:
            raise Refused("invalid_blocks length")
        if len(element.get("initial_value", "")) > most:
            raise Refused("invalid_blocks initial_value")
    elif kind not in {"number_input", "datepicker", "timepicker", "overflow"}:
        raise Refused(f"invalid_blocks {kind}")
    if "placeholder" in element:
        _text(element, "placeholder", 150, kinds={"plain_text"})
    if "confirm" in element:
        _confirm(element["confirm"])


def _button(element: Mapping[str, Any]) -> None:
    _text(element, "text", 75, kinds={"plain_text"})
    if len(element.get("value", "")) > 2000 or len(element.get("url", "")) > 3000:
        raise Refused("invalid_blocks button")
    if element.get("style", "primary") not in {"primary", "danger"}:
        raise Refused("invalid_blocks style")


def _choice(element: Mapping[str, Any]) -> None:
    options = element["options"]
    most = 10 if element["type"] in {"radio_buttons", "checkboxes"} else 100
    if not 1 <= len(options) <= most:
        raise Refused("invalid_blocks options")
    for one in options:
        _text(one, "text", 75)
        if not one["value"] or len(one["value"]) > 150:
            raise Refused("invalid_blocks option value")
        if "description" in one:
            _text(one, "description", 75)
    chosen = [element["initial_option"]] if "initial_option" in element else []
    if any(one not in options for one in chosen + element.get("initial_options", [])):
        raise Refused("invalid_blocks initial_option")


def _confirm(confirm: Mapping[str, Any]) -> None:
    _text(confirm, "title", 100, kinds={"plain_text"})
    _text(confirm, "text", 300)
    for name in ("confirm", "deny"):
        _text(confirm, name, 30, kinds={"plain_text"})


def _text(holder: Mapping[str, Any], name: str, most: int, kinds: set[str] = TEXTS) -> None:
    found = holder.get(name)
    if not isinstance(found, Mapping) or found.get("type") not in kinds:
        raise Refused(f"invalid_blocks {name}")
    if not 1 <= len(found.get("text", "")) <= most:
        raise Refused(f"invalid_blocks {name} has {len(found.get('text', ''))} of {most}")


CHECKS = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _nothing,
}


def characters(value: Any) -> int:
    """Count the characters of all texts in blocks."""
    return sum(len(text) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            elif name not in {"action_id", "block_id", "value", "url"}:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
