"""Save a draft with the limits that a person set in forms, written into what they typed."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.decision import Person
from webapp.domain.limit_fields import with_limits
from webapp.domain.policy_draft import PolicyDraft, require_right_to_write
from webapp.services import drafts
from webapp.work import Work


def save(
    work: Work,
    draft_id: str,
    person: Person,
    typed: tuple[str, str],
    limits: Mapping[str, str],
    shown: str,
) -> PolicyDraft:
    """Change a draft to the text and note that were `typed`, and its `limits` by pointer.

    What the fields change is told by the draft as it was `shown`. Raises Forbidden, NotFound, Conflict and
    SubmissionInvalid.
    """
    require_right_to_write(person)
    text, note = typed
    draft = drafts.find(work, draft_id)
    if limits and draft.digest == shown:
        text = with_limits(draft.text, text.replace("\r\n", "\n"), limits)
    return drafts.edit(work, draft_id, person, text, note, shown)
