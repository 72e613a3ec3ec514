"""Decide from a chat: who pressed what on which drawing of a message, and whether that may be decided there at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webapp.domain.copy import Copy, read_name
from webapp.domain.decision import Decision, Person
from webapp.domain.errors import (
    AlreadyDecided,
    Forbidden,
    NotFound,
    NotLinked,
    NotNow,
    StaleRevision,
)
from webapp.domain.handoff import Face, Handoff, Verb
from webapp.domain.notice import Notice, decided_elsewhere
from webapp.domain.policy import ActionType
from webapp.domain.slack_link import SlackLink
from webapp.services import accounts, policies
from webapp.services.decide import decide, seen
from webapp.services.notices import notice_now
from webapp.store import accounts as account_store
from webapp.store import channels, handoffs
from webapp.store import notices as store
from webapp.work import Work

CHANGED = "This message has changed since you saw it: look at it again, or open it in Handrail."
DIRECT = ("none", "reminders", "all")
TOO_SLOW = "Handrail could not record this in time. Nothing was decided: try again in a moment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who pressed on which drawing of which message. `name` is what the button carried."""

    workspace: str
    slack_user: str
    name: str
    place: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What somebody said with it."""

    verb: Verb
    note: str | None = None
    args: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    interpretation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A handoff as somebody in a chat may see it, for a modal about it."""

    handoff: Handoff
    notice: Notice
    action_type: ActionType | None
    claim: Mapping[str, Any]


def person_of(work: Work, workspace: str, slack_user: str) -> Person:
    """Say who somebody in Slack is here. Raises NotLinked."""
    link = channels.link_of(work, workspace, slack_user)
    user = account_store.user_by_id(work, link.user_id) if link else None
    if user is None:
        raise NotLinked
    return user.person(Face.SLACK)


def look(work: Work, press: Press) -> Sight:
    """Give what the press is about. Raises NotLinked, StaleRevision, AlreadyDecided, NotFound and Forbidden."""
    person = person_of(work, press.workspace, press.slack_user)
    copy = _copy(work, press, person)
    handoff = seen(work, copy.handoff_id, person)
    notice = _decidable(work, handoff)
    action_type = None
    if handoff.action is not None:
        action_type = policies.at(work, handoff.verdict.policy).action_type(handoff.action.name)
    claim = handoffs.content(work, handoff.id, handoff.claim_sequence).body
    return Sight(handoff=handoff, notice=notice, action_type=action_type, claim=claim)


def decide_there(
    work: Work, press: Press, saying: Saying, late: Callable[[], bool] = lambda: False
) -> Handoff:
    """Let somebody decide by what their message showed; give the handoff as it stands then.

    Every drawing of the message is void afterwards, so that the same press again decides nothing. Where `late` says so
    in the end, nothing is recorded. Raises what `look` and `decide` raise, and NotNow.
    """
    work.begin()
    person = person_of(work, press.workspace, press.slack_user)
    copy = _copy(work, press, person)
    _decidable(work, seen(work, copy.handoff_id, person))
    decision = Decision(
        verb=saying.verb,
        revision=copy.revision,
        fingerprint=copy.fingerprint,
        note=saying.note,
        args=saying.args,
        response=saying.response,
        interpretation=saying.interpretation,
        shown=copy.shown,
    )
    after = decide(work, copy.handoff_id, decision, person)
    store.save(work, replace(copy, draw=copy.draw + 1, drawn=None), copy.draw)
    if late():
        raise NotNow(TOO_SLOW)
    return after


def bind(work: Work, user_id: str, workspace: str, slack_user: str) -> SlackLink:
    """Bind somebody in Slack to a person who has signed in and said so."""
    link = SlackLink(
        workspace=workspace, slack_user=slack_user, user_id=user_id, direct="reminders"
    )
    channels.bind(work, link)
    return link


def bind_by_name(work: Work, email: str, workspace: str, slack_user: str) -> SlackLink:
    """Bind somebody in Slack on an operator's word. Raises NotFound."""
    return bind(work, accounts.user_named(work, email).id, workspace, slack_user)


def links(work: Work, user_id: str) -> list[SlackLink]:
    """List who a person is in Slack."""
    return channels.links_of_user(work, user_id)


def unbind(work: Work, user_id: str) -> int:
    """Forget who a person is in Slack."""
    return channels.unbind(work, user_id)


def set_direct(work: Work, user_id: str, direct: str) -> None:
    """Say of what a person is told directly: `none`, `reminders` or `all`."""
    channels.set_direct(work, user_id, direct)


def _copy(work: Work, press: Press, person: Person) -> Copy:
    """Find the message that was pressed, as it was drawn last. Raises StaleRevision, AlreadyDecided and NotFound.

    Whoever may not see its handoff is told neither that it was decided nor by whom.
    """
    named = read_name(press.name)
    copy = store.find(work, named[0]) if named else None
    if named is None or copy is None:
        raise NotFound("This button is not one of Handrail's, or its handoff is gone.")
    moved = copy.ts is not None and (copy.place, copy.ts) != (press.place, press.ts)
    if copy.draw == named[1] and not moved:
        return copy
    handoff = seen(work, copy.handoff_id, person)
    if handoff.decided:
        raise AlreadyDecided(_by(handoff.decided.by, handoff.decided.at, handoff.decided.verb))
    raise StaleRevision(CHANGED)


def _decidable(work: Work, handoff: Handoff) -> Notice:
    notice = notice_now(work, handoff)
    elsewhere = decided_elsewhere(notice)
    if elsewhere and notice.waits:
        raise Forbidden(elsewhere)
    return notice


def _by(who: str, at: datetime, verb: Verb) -> str:
    did = {
        Verb.APPROVE: "approved",
        Verb.EDIT: "changed and approved",
        Verb.DENY: "denied",
        Verb.RESPOND: "answered",
        Verb.REQUEST_CHANGES: "asked back about",
    }[verb]
    return f"{who} {did} this at {at:%H:%M} UTC."
