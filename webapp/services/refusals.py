"""Refusals: keep who pressed in a chat without the right to, once for each person, handoff and reason."""

from __future__ import annotations

from webapp.domain.copy import read_name
from webapp.domain.errors import HandrailError
from webapp.domain.handoff import Actor, ActorKind, Face
from webapp.store import acts
from webapp.store import notices as store
from webapp.work import Work

REFUSED = "slack.refused"
NOWHERE = "slack"  # a button that is none of ours
LONGEST_REASON = 200
LOOKED_AT = 50  # refusals of one handoff among which the same one is looked for


def note(work: Work, workspace: str, slack_user: str, name: str, error: HandrailError) -> None:
    """Keep it, unless the same is known; `name` is what the button carried."""
    work.lock_for(REFUSED, shared=False)
    named = read_name(name)
    copy = store.find(work, named[0]) if named else None
    about = copy.handoff_id if copy else NOWHERE
    who = Actor(
        kind=ActorKind.PERSON,
        id=slack_user,
        name=f"{slack_user[:80]} of {workspace[:80]} in Slack",
        face=Face.SLACK,
    )
    reason = f"{error.code}: {error.detail}"[:LONGEST_REASON]
    known = acts.of(work, about, LOOKED_AT)
    if not any((one.by, one.what, one.detail) == (who.name, REFUSED, reason) for one in known):
        acts.note(work, who, REFUSED, about, reason)
