"""A policy on its way: who wrote and who proposed it, and who may publish it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.decision import EVERY_TEAM, Person, Role
from webapp.domain.errors import Conflict, Forbidden, HandrailError
from webapp.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """What somebody writes; `based_on` is the version that it began as, `by` who changed it last.

    A draft that is proposed and then changed must be proposed again.
    """

    id: str
    text: str
    based_on: int
    note: str
    by_id: str
    by: str
    changed_at: datetime
    proposed_at: datetime | None = None
    proposed_by_id: str | None = None
    proposed_by: str | None = None
    published_as: int | None = None
    discarded_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether anything can become of it yet."""
        return self.published_as is None and self.discarded_at is None

    @property
    def digest(self) -> str:
        """Give the hash of the text, which whoever publishes it has seen."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def may_write(person: Person) -> bool:
    """Say whether the person may write and publish policies: an admin of every team."""
    return any(m.team == EVERY_TEAM and m.role is Role.ADMIN for m in person.memberships)


def require_right_to_write(person: Person) -> None:
    """Raise Forbidden unless the person may write and publish policies."""
    if not may_write(person):
        raise Forbidden(
            "Only admins of every team may write and publish policies.",
            hint="handrail user add EMAIL --role admin --team '*' makes one.",
        )


def publish_refusal(draft: PolicyDraft, person: Person, in_force: Policy) -> HandrailError | None:
    """Say why this person may not publish the draft, None where they may; the policy in force decides by how many."""
    if not draft.is_open:
        return Conflict("This draft is published or discarded already.")
    if not in_force.published_by_two:
        return None
    if draft.proposed_at is None:
        return Conflict(
            f"Policy {in_force.number} wants two people to publish the next one: propose it first.",
            hint="handrail policy propose FILE --by EMAIL, or the button Propose.",
        )
    if person.id in {draft.by_id, draft.proposed_by_id}:
        return Forbidden(
            f"Policy {in_force.number} wants two people to publish the next one, and this one is yours.",
            hint="Ask another admin of every team to publish it.",
        )
    return None
