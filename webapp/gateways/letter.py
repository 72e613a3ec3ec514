"""How a notice looks as plain text, for mail and for chats that we only write to: what waits, why, and the link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.domain.alert import Alert
from webapp.domain.notice import Notice
from webapp.domain.summary import visible

LONGEST_SUBJECT = 150
# What chats read as links, mentions or formatting, and the signs that look like it and mean nothing.
INERT = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in "<>[]()*_`~|@#\\!"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is told: a subject of one line, what people and agents wrote, and the page that it is about."""

    subject: str
    words: str
    link: str

    @property
    def body(self) -> str:
        """Give the text of a mail."""
        return f"{self.words}\n\n{self.link}\n"

    @property
    def inert(self) -> Letter:
        """Give the same with nothing in it that a chat reads as a link, a mention or formatting."""
        return Letter(
            subject=self.subject.translate(INERT),
            words=self.words.replace("://", ":/\u200b/").translate(INERT),
            link=self.link,
        )


def letter(notice: Notice, link: str) -> Letter:
    """Write what waits for people; opening the link shows it and decides nothing."""
    asked = notice.stakes if notice.waits else "find out whether it ran"
    subject = f"[Handrail] {asked}: {notice.headline.text}"
    return Letter(subject=_line(subject), words="\n".join(_lines(notice)), link=link)


def of_alert(alert: Alert, link: str) -> Letter:
    """Write what people should know of an agent."""
    return Letter(subject=_line(f"[Handrail] {alert.says}"), words=visible(alert.says), link=link)


def of_digest(count: int, link: str) -> Letter:
    """Write how much of low risk waits."""
    waits = "handoff of low risk waits" if count == 1 else "handoffs of low risk wait"
    return Letter(subject=f"[Handrail] {count} {waits}", words=f"{count} {waits}.", link=link)


def _line(text: str) -> str:
    """Make one line of it: a line break in a subject would begin another header."""
    whole = visible(text)
    return whole if len(whole) <= LONGEST_SUBJECT else whole[: LONGEST_SUBJECT - 1] + "…"


def _lines(notice: Notice) -> Iterator[str]:
    waits = "waits for a decision" if notice.waits else "does not know whether it ran"
    yield f"{visible(notice.agent)} {waits} ({notice.stakes})."
    yield ""
    yield from _claims(notice)
    yield from _args(notice)
    if notice.reasons:
        yield from ("", "Why it reached you:")
        yield from (f"  - {one.text}" for one in notice.reasons)
    if notice.halted:
        yield from ("", notice.halted)
    if notice.waits and notice.deadline_at:
        yield from ("", f"It expires on {notice.deadline_at:%Y-%m-%d at %H:%M} UTC.")
    yield from ("", "Open it to decide; the link alone decides nothing:")


def _claims(notice: Notice) -> Iterator[str]:
    """Say what is asked for, and what the agent says of it, marked as such."""
    yield notice.headline.text + (" (in the agent's words)" if notice.claimed else "")
    if notice.irreversible:
        yield "It cannot be undone."
    if notice.doubt:
        yield from ("", "Unsure about (the agent's claim):", notice.doubt.text)
    if notice.confidence is not None:
        yield f"Says that it is {notice.confidence:.0%} sure (the agent's claim)."


def _args(notice: Notice) -> Iterator[str]:
    if notice.rows:
        yield from ("", visible(notice.action_title))
        yield from (f"  {row.name}: {row.value.text}" for row in notice.rows)
    if notice.more:
        yield f"  and {notice.more} more in Handrail"
