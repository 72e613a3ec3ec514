"""Labels: choose by lot what people look at afterwards, keep what they say, and compare what they decided blind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp.domain.decision import EVERY_TEAM, Person, right_refusal, sees
from webapp.domain.errors import (
    AlreadyLabelled,
    FieldProblem,
    LostRace,
    NotAnApprover,
    NotSampled,
    SubmissionInvalid,
)
from webapp.domain.handoff import Handoff, Status
from webapp.domain.instant import written
from webapp.domain.label import (
    BY_PEOPLE,
    OVER,
    Label,
    LabelKind,
    Labelled,
    runs_unasked,
    sample_of,
    shadow_of,
)
from webapp.domain.label import label as label_step
from webapp.domain.step import Step
from webapp.services import policies
from webapp.store import handoffs
from webapp.store import labels as store
from webapp.store.batch import NewRow
from webapp.store.labels import Wanted
from webapp.work import Work

__all__ = ["Label", "LabelKind", "Labelled", "Page", "Wanted"]

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of labels, newest handoff first; `more` says that another follows."""

    labels: tuple[Labelled, ...]
    more: bool


# ---------------------------------------------------------------------------------------------------------------------
# What follows from a step


def chosen(work: Work, step: Step) -> list[NewRow]:
    """Give the row of an open sample where policy lets a new handoff run unasked and its lot falls.

    A row, not a write of its own: a new handoff is one statement, and one that lost must not draw again.
    """
    sample = _sample(work, step)
    return [store.row_of(sample)] if sample else []


def follow(work: Work, step: Step) -> None:
    """Keep labels in step with a handoff that exists."""
    before, after = step.before, step.after
    if before is None:
        return
    if before.verdict.observed and after.status is Status.ANSWERED:
        label = shadow_of(after, work.now)
        if label:
            store.add(work, label)
        return
    sample = _sample(work, step)
    if sample:
        store.add(work, sample)
    elif runs_unasked(None, before) and after.status in {Status.PENDING, Status.BLOCKED}:
        store.drop_open(work, before.id)


def _sample(work: Work, step: Step) -> Labelled | None:
    after = step.after
    if after.action is None or not runs_unasked(step.before, after):
        return None
    policy = policies.of_version(work, after.verdict.policy)
    share = policy.action_type(after.action.name).audit_sample
    if not share or work.store.keyring.lot(after.id) >= share:
        return None
    return sample_of(after, work.now)


# ---------------------------------------------------------------------------------------------------------------------
# What people say and see


def label(work: Work, handoff_id: str, said: Label, reason: str | None, person: Person) -> Labelled:
    """Let a person say of what ran unasked whether that was right; the same word again changes nothing.

    Raises NotFound, NotAnApprover, OwnRequest, NotSampled, AlreadyLabelled and SubmissionInvalid.
    """
    before = handoffs.load(work, handoff_id, lock=True)
    refusal = right_refusal(person, before) if sees(person, before) else NotAnApprover()
    if refusal:
        raise refusal
    reason = _checked(said, reason)
    found = store.find(work, handoff_id)
    if found is None or found.kind is not LabelKind.SAMPLE:
        raise NotSampled
    if found.label is not None:
        return _again(found, said, reason, person)
    step = label_step(before, said, reason, person)
    closed = replace(
        found, label=said, reason=reason, by_id=person.id, by=person.email, at=work.now
    )
    if not store.close(work, closed):
        raise LostRace
    handoffs.advance(work, step)
    return closed


def _checked(said: Label, reason: str | None) -> str | None:
    """Give the reason as it is kept. Raises SubmissionInvalid."""
    words = (reason or "").strip() or None
    if said not in BY_PEOPLE:
        raise _invalid(
            "/label", "enum", "A person says right, wrong or unsure.", "right, wrong or unsure"
        )
    if words is None and said is not Label.RIGHT:
        raise _invalid(
            "/reason", "required", "Say why; it is what others learn from.", "a sentence"
        )
    if words and len(words) > LONGEST_REASON:
        expected = f"at most {LONGEST_REASON} characters"
        raise _invalid("/reason", "maxLength", "The reason is too long.", expected)
    return words


def _invalid(pointer: str, code: str, message: str, expected: str) -> SubmissionInvalid:
    problem = FieldProblem(pointer=pointer, code=code, message=message, expected=expected)
    return SubmissionInvalid(message, problems=[problem])


def _again(found: Labelled, said: Label, reason: str | None, person: Person) -> Labelled:
    """Give the label where it is the same word of the same person. Raises AlreadyLabelled."""
    if (found.by_id, found.label, found.reason) == (person.id, said, reason):
        return found
    at = written(found.at) if found.at else None
    facts = {"label": found.label, "by": found.by, "at": at}
    raise AlreadyLabelled(f"{found.by} has said {found.label} already.", extra={"labelled": facts})


def of_handoff(work: Work, handoff_id: str) -> Labelled | None:
    """Give the label or open sample of a handoff."""
    return store.find(work, handoff_id)


def may_label(found: Labelled | None, handoff: Handoff, person: Person) -> bool:
    """Say whether this person is asked about this handoff now."""
    is_open = found is not None and found.kind is LabelKind.SAMPLE and found.label is None
    return is_open and handoff.status in OVER and right_refusal(person, handoff) is None


def waiting(work: Work, person: Person, size: int) -> Sequence[Handoff]:
    """Give the oldest of what this person may say something of."""
    teams = person.deciding_teams
    if not teams:
        return []
    concerned = None if EVERY_TEAM in teams else teams
    found = store.open_samples(
        work, concerned, 2 * size
    )  # some of it the person may have asked for
    return [one for one in found if right_refusal(person, one) is None][:size]


def find(work: Work, person: Person, wanted: Wanted, size: int) -> Page:
    """Give the labels of what the person may see."""
    teams = None if person.sees_all else person.teams
    found = store.newest(work, replace(wanted, teams=teams), size + 1)
    return Page(labels=tuple(found[:size]), more=len(found) > size)
