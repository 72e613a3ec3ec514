"""How a notice looks in Slack: blocks within Slack's limits, in which an agent's words are never more than words.

What people or agents wrote stands in `plain_text` alone, where Slack reads neither mentions nor links nor formatting;
`mrkdwn` is for our own sentences. Limits: Slack's Block Kit reference; a message is kept to 8,000 characters, well
below where Slack begins to refuse (about 12,000, undocumented).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from webapp.domain.handoff import Kind, Verb
from webapp.domain.notice import Notice, Reading, Said, decided_elsewhere
from webapp.domain.verdict import Risk

Block = dict[str, Any]
LONGEST_HEADER = 150
LONGEST_BUTTON = 75
LONGEST_OPTION = 75
LONGEST_WHISPER = 1000
MARKS = {
    Risk.READ: "○ read",
    Risk.LOW: "○ low risk",
    Risk.MEDIUM: "◐ medium risk",
    Risk.HIGH: "◆ high risk",
    Risk.CRITICAL: "◆◆ critical risk",
}
SINGLE = {
    "approve": Verb.APPROVE,
    "deny": Verb.DENY,
    "edit": Verb.EDIT,
    "ask": Verb.REQUEST_CHANGES,
}
SORTS = {Kind.QUESTION: "? question", Kind.TASK: "□ task"}  # they do nothing, so they have no risk


def message(notice: Notice, copy: str, link: str, like: int = 0) -> tuple[str, list[Block]]:
    """Give the text (for notifications and screen readers) and the blocks of a message.

    `copy` names this copy of the message and how often it was drawn, which is all that its buttons say; `link` is the
    handoff's page; `like` counts other handoffs that wait behind it.
    """
    blocks = [_header(notice), plain(notice.headline.text), _context(notice)]
    if notice.ending:
        blocks += [*_ending(notice.ending), _buttons([_open(link)])]
    else:
        blocks += _asking(notice, copy, link)
    if like:
        waits = "waits" if like == 1 else "wait"
        blocks.append(context(f"+ {like} more like this {waits} behind it, one after the other"))
    return fallback(notice), blocks


def outcome(notice: Notice) -> list[Block]:
    """Give what is said in the thread when it has ended, or been decided."""
    return list(_ending(notice.ending)) if notice.ending else []


def reminder(notice: Notice) -> tuple[str, list[Block]]:
    """Give what is said in the thread while nobody has decided."""
    until = f" It expires {when(notice.deadline_at)}." if notice.deadline_at else ""
    said = f"Still waits for a decision.{until}"
    return said, [context(said)]


def whispered(text: str, link: str | None = None) -> tuple[str, list[Block]]:
    """Give what one person alone is told, which may hold anybody's words; `link` is ours, to be pressed."""
    cut = text if len(text) <= LONGEST_WHISPER else text[: LONGEST_WHISPER - 1] + "…"
    said = [escape(cut), escape(link)] if link else [escape(cut)]
    return " ".join(said), [plain(cut), *([_buttons([_link(link)])] if link else [])]


def fallback(notice: Notice) -> str:
    """Say it in one line; `&`, `<` and `>` are the characters that Slack reads in it."""
    if notice.ending:
        ending = notice.ending
        said = f"{ending.by} {ending.what}" if ending.by else ending.what
    else:
        said = f"{notice.agent} waits for a decision ({_mark(notice)})"
    return escape(f"{said}: {notice.headline.text}")[:1000]


def _header(notice: Notice) -> Block:
    mark = _mark(notice)
    words = mark if notice.kind in SORTS else f"{mark} · {notice.action_title}"
    return {"type": "header", "text": _plain(words[:LONGEST_HEADER])}


def _mark(notice: Notice) -> str:
    """Say at first sight what sort of a thing it is."""
    return SORTS.get(notice.kind, MARKS[notice.risk])


def _context(notice: Notice) -> Block:
    facts = [f"`{code(notice.agent)}`", f"policy {notice.policy}"]
    if notice.claimed:
        facts.append("in the agent's words")
    if notice.irreversible:
        facts.append("*cannot be undone*")
    if notice.waits and notice.deadline_at:
        facts.append(f"expires {when(notice.deadline_at)}")
    if notice.waits and notice.quorum > 1:
        facts.append(f"{len(notice.agreed)} of {notice.quorum} agreed")
    return context(" · ".join(facts))


def _asking(notice: Notice, copy: str, link: str) -> Iterator[Block]:
    if notice.doubt:
        yield context("*Unsure about* (the agent's claim)")
        yield plain(notice.doubt.text)
    if notice.readings:
        yield context("*How it can be read*")
        yield plain("\n".join(f"{n}. {one.text.text}" for n, one in enumerate(notice.readings, 1)))
    if notice.rows:
        fields = [
            _plain(f"{'• ' if row.pinned else ''}{row.name}\n{row.value.text}")
            for row in notice.rows
        ]
        yield {"type": "section", "fields": fields}
    yield from _why(notice)
    if notice.halted:
        yield plain(notice.halted)
    elsewhere = decided_elsewhere(notice)
    if elsewhere:
        yield from _only_there(notice, elsewhere)
        yield _buttons([_open(link)])
    else:
        yield from _choices(notice, copy)
        yield _buttons([*_verbs(notice, copy), _open(link)])


def _why(notice: Notice) -> Iterator[Block]:
    if notice.reasons:
        yield context("*Why it reached you*")
        yield plain("\n".join(f"– {one.text}" for one in notice.reasons))
    if notice.confidence is not None:
        yield context(f"says that it is {notice.confidence:.0%} sure (the agent's claim)")


def _only_there(notice: Notice, elsewhere: str) -> Iterator[Block]:
    if notice.cut:
        more = f"; {notice.more} more in Handrail" if notice.more else ""
        yield context(f":scissors: *Cut*: not all of it is shown here{more}.")
    if notice.fingerprint:
        yield context(f"`{notice.fingerprint}`")
    yield context(elsewhere)


def _choices(notice: Notice, copy: str) -> Iterator[Block]:
    """Let people choose a reading that is not simply what was proposed."""
    others = [
        one for one in notice.readings if one.verb in notice.verbs and one.verb is not Verb.APPROVE
    ]
    if not others:
        return
    options = [_option(one) for one in others]
    select = {
        "type": "static_select",
        "action_id": f"read:{copy}",
        "placeholder": _plain("Choose a reading …"),
        "options": options,
        "confirm": {
            "title": _plain("This reading?"),
            "text": _plain("It is recorded as your decision."),
            "confirm": _plain("Yes"),
            "deny": _plain("Back"),
        },
    }
    yield _buttons([select])


def _option(one: Reading) -> Block:
    words = {Verb.EDIT: "Approve: ", Verb.RESPOND: "Answer: "}.get(one.verb, "") + one.text.text
    cut = words if len(words) <= LONGEST_OPTION else words[: LONGEST_OPTION - 1] + "…"
    return {"text": _plain(cut), "value": one.id[:150]}


def _verbs(notice: Notice, copy: str) -> Iterator[Block]:
    if Verb.APPROVE in notice.verbs:
        yield _approve(notice, copy)
    if Verb.RESPOND in notice.verbs:
        yield _button("answer", "Answer …", copy, style="primary")
    if Verb.EDIT in notice.verbs:
        yield _button("edit", "Edit …", copy)
    if Verb.REQUEST_CHANGES in notice.verbs:
        yield _button("ask", "Ask back …", copy)
    if Verb.DENY in notice.verbs:
        yield _button("deny", "Deny …", copy, style="danger")


def _approve(notice: Notice, copy: str) -> Block:
    """Ask once more where money, people or production are at stake: medium risk."""
    agrees = notice.quorum - len(notice.agreed) > 1
    button = _button("approve", "Agree" if agrees else "Approve", copy, style="primary")
    if notice.risk is not Risk.MEDIUM:
        return button
    confirm = {
        "title": _plain("Approve exactly this?"),
        "text": _plain(notice.headline.text[:300]),
        "confirm": _plain("Approve"),
        "deny": _plain("Back"),
    }
    return {**button, "confirm": confirm}


def _ending(ending: Said) -> Iterator[Block]:
    who = f"{ending.by} {ending.what}" if ending.by else ending.what
    yield plain(who)
    facts = [when(ending.at)] if ending.at else []
    facts += [f"through {ending.via}"] if ending.via else []
    if facts:
        yield context(" · ".join(facts))
    if ending.note:
        yield plain(f"“{ending.note.text}”")


# ---- parts


def plain(text: str) -> Block:
    """Show words as nothing but words."""
    return {"type": "section", "text": _plain(text)}


def context(text: str) -> Block:
    """Show a small line of our own words."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def escape(text: str) -> str:
    """Write the three characters that Slack reads in any text as Slack wants them written."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Write what may stand between two backticks."""
    return escape(text).replace("`", "'")


def when(at: datetime) -> str:
    """Write a moment so that everybody sees it in their own zone."""
    stamp = int(at.timestamp())
    fallen_back = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{stamp}^{{date_short_pretty}} {{time}}|{fallen_back}>"


def _plain(text: str) -> dict[str, Any]:
    return {
        "type": "plain_text",
        "text": text or "—",
        "emoji": False,
    }  # Slack takes none that is empty


def _buttons(elements: list[Block]) -> Block:
    return {"type": "actions", "elements": elements}


def _button(name: str, label: str, copy: str, style: str | None = None) -> Block:
    made: Block = {
        "type": "button",
        "action_id": name,
        "text": _plain(label[:LONGEST_BUTTON]),
        "value": copy,
    }
    return made | ({"style": style} if style else {})


def _link(address: str) -> Block:
    return {
        "type": "button",
        "action_id": "link",
        "text": _plain("Say who you are"),
        "url": address,
    }


def _open(link: str) -> Block:
    return {"type": "button", "action_id": "open", "text": _plain("Open in Handrail"), "url": link}
