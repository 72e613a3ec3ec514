"""Draw the little markup that our own lines in Slack use; everything else in them is text and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from markupsafe import Markup

from webapp.browser.inert import inert

TOKEN = re.compile(
    r"`(?P<code>[^`\n]+)`|\*(?P<bold>[^*\n]+)\*|(?P<cut>:scissors:)"
    r"|<!date\^(?P<stamp>[0-9]{1,10})\^[^|>]*\|(?P<date>[^>]*)>"
)
READ_BY_SLACK = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def mrkdwn(text: str) -> Markup:
    """Draw `code`, *bold*, a date and a pair of scissors as Slack does."""
    parts, place = [], 0
    for found in TOKEN.finditer(text):
        parts += [_words(text[place : found.start()]), _drawn(found)]
        place = found.end()
    return Markup("").join([*parts, _words(text[place:])])


def _drawn(found: re.Match[str]) -> Markup:
    if found["code"]:
        return Markup("<code>{}</code>").format(_words(found["code"]))
    if found["bold"]:
        return Markup("<b>{}</b>").format(_words(found["bold"]))
    if found["cut"]:
        return Markup('<span aria-hidden="true">✂</span>')
    at = datetime.fromtimestamp(int(found["stamp"]), UTC).isoformat()
    return Markup('<time datetime="{}">{}</time>').format(at, _words(found["date"]))


def _words(text: str) -> Markup:
    for written, meant in READ_BY_SLACK:
        text = text.replace(written, meant)
    return inert(text) if text else Markup("")
