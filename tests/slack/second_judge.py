"""The second judge: Slack's own models of blocks and modals. What they do not know or would not send, is refused.

They hold lengths and closed sets, but let pass what they do not know of: so what they read must also come out of them
as it went in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.slack.rules import Refused


def judge_blocks(blocks: Sequence[Mapping[str, Any]]) -> None:
    """Raise Refused where Slack's models refuse a block, or do not know all of it."""
    for block in blocks:
        _same(block, _read(Block.parse, dict(block)))


def judge_modal(view: Mapping[str, Any]) -> None:
    """Raise Refused where Slack's models refuse a modal, or do not know all of it."""
    judge_blocks(view["blocks"])
    _same(view, _read(lambda given: View(**given), dict(view)))


def _read(parse: Any, given: dict[str, Any]) -> Mapping[str, Any]:
    try:
        found = parse(given)
        if found is None:
            raise Refused(f"invalid_blocks {given['type']} is unknown to Slack's models")
        written: Mapping[str, Any] = found.to_dict()
    except (SlackObjectFormationError, TypeError, AttributeError, KeyError) as error:
        raise Refused(f"invalid_blocks Slack's models: {error}") from error
    return written


def _same(given: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """Raise Refused where something was lost or changed between reading and writing."""
    if given != written:
        odd = sorted(name for name in {*given, *written} if given.get(name) != written.get(name))
        raise Refused(f"invalid_blocks Slack's models know no such {', '.join(odd)}")
