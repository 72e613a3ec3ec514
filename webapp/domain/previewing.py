"""What becomes of a handoff when the world is looked at: before people decide, and again before it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from webapp.domain import lifecycle
from webapp.domain.errors import NotPending
from webapp.domain.handoff import SYSTEM, Handoff, Previewed, Status
from webapp.domain.history import EventType, payload
from webapp.domain.message import Topic
from webapp.domain.preview import Difference, Pictured
from webapp.domain.step import Routed, Step, noted, one_step, tell


def waits_for_look(handoff: Handoff) -> bool:
    """Say whether a look is of use to people who have still to decide it."""
    return handoff.status is Status.PENDING and handoff.shows_world


def must_look(handoff: Handoff) -> bool:
    """Say whether the world must still be as people saw it when this begins.

    What nobody was shown, since policy or a standing approval let it pass or the look had failed, is not compared.
    """
    shown = handoff.preview
    seen = handoff.shows_world and shown is not None and not shown.failed
    return seen and handoff.status is Status.APPROVED and handoff.decided is not None


def note(before: Handoff, picture: Pictured, now: datetime) -> Step:
    """Keep what a look has shown; where that is new, who agreed before has agreed to something else.

    Raises NotPending where nobody has still to decide on it.
    """
    if not waits_for_look(before):
        raise NotPending("Nothing is looked up: it does not wait for people, or policy shows none.")
    shown = _shown(before, picture, now)
    is_same = before.preview is not None and before.preview.digest == shown.digest
    void = () if is_same else before.votes
    after = replace(noted(before, now), preview=shown, votes=() if void else before.votes)
    kind = EventType.PREVIEW_FAILED if shown.failed else EventType.PREVIEWED
    return one_step(
        before,
        after,
        kind,
        SYSTEM,
        data={"digest": shown.digest, "void": [vote.whose for vote in void]},
        body=picture.to_json(),
        messages=(tell(before.id, now),) if void else (),
    )


def take_back(
    before: Handoff,
    routed: Routed,
    picture: Pictured,
    moved: tuple[Difference, ...],
    now: datetime,
) -> Step:
    """Take an approval back because the world has moved; people are shown how it is now, and what has changed."""
    step = lifecycle.recall(before, routed, now)
    shown = _shown(before, picture, now)
    data = {**step.event.data, "digest": shown.digest, "because": "world_changed"}
    body = {**picture.to_json(), "changed": [one.to_json() for one in moved]}
    return replace(
        step,
        after=replace(step.after, preview=shown),
        event=replace(step.event, data=data, payload=payload(body)),
        messages=tuple(one for one in step.messages if one.topic is not Topic.PREVIEW),
    )


def _shown(before: Handoff, picture: Pictured, now: datetime) -> Previewed:
    failed = picture.problem is not None
    return Previewed(digest=picture.digest, at=now, sequence=before.sequence + 1, failed=failed)
