"""Make an action type from what was recorded: draft it, and put it into the draft of a policy."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.action import is_action_name
from webapp.domain.decision import Person
from webapp.domain.errors import Conflict, NotFound, SubmissionInvalid
from webapp.domain.policy_draft import PolicyDraft, require_right_to_write
from webapp.domain.policy_problems import Notes
from webapp.domain.seen_type import SeenType, type_of
from webapp.domain.yaml_edit import rewritten
from webapp.domain.yaml_lines import read_yaml
from webapp.services import drafts
from webapp.store import policy_drafts, recorded
from webapp.work import Work

MOST_SEEN = 200
MOST_BYTES = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A draft with the type in it, and the line where it begins; `began` says that the draft is new."""

    draft: PolicyDraft
    line: int
    began: bool


def draft_type(work: Work, name: str) -> SeenType:
    """Draft the type of an action from the last handoffs that asked for it. Raises NotFound."""
    samples = recorded.args_of(work, name, MOST_SEEN, MOST_BYTES) if is_action_name(name) else []
    if not samples:
        raise NotFound(
            f"Nothing is recorded of {name[:120]}.",
            hint="A type is drafted from args that agents have asked with and that were not erased.",
        )
    return type_of(name, samples)


def add_type(work: Work, person: Person, name: str) -> Added:
    """Put the drafted type into the person's own draft that they changed last, else into a new one.

    What is in there already stays as it is. Raises Forbidden, NotFound and Conflict.
    """
    require_right_to_write(person)
    base = drafts.in_force(work)
    if base and name in base.actions:
        raise Conflict(f"Policy {base.number} has a type for {name} already.")
    seen = draft_type(work, name)
    own = _own(work, person)
    text = _with_type(own.text, seen) if own else None
    if own is None or text is None:
        text = rewritten(base.text if base else "", seen.path, seen.value, seen.notes)
        draft = drafts.begin(work, person, text, f"A type for {name}")
        return Added(draft=draft, line=_line(text, seen), began=True)
    draft = drafts.edit(work, own.id, person, text, own.note, own.digest)
    return Added(draft=draft, line=_line(text, seen), began=False)


def _own(work: Work, person: Person) -> PolicyDraft | None:
    """Find the draft that the person changed last and that waits for nobody else."""
    found = policy_drafts.open_ones(work)
    return next((one for one in found if one.by_id == person.id and not one.proposed_at), None)


def _with_type(text: str, seen: SeenType) -> str | None:
    """Give a document with the type, None where it cannot be written into this one."""
    if _line(text, seen):
        return text
    try:
        return rewritten(text, seen.path, seen.value, seen.notes)
    except SubmissionInvalid:
        return None


def _line(text: str, seen: SeenType) -> int:
    """Say on which line the type begins, 0 for nowhere."""
    root = read_yaml(text, Notes())
    section, name = seen.path
    actions = root.value.get(section) if root and isinstance(root.value, dict) else None
    place = actions.keys.get(name) if actions else None
    return place.line if place else 0
