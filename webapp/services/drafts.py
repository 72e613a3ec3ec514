"""Drafts: write a policy, propose it, publish it as the next version, or an old version again."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain.decision import Person
from webapp.domain.errors import Conflict, Forbidden, NotFound, SubmissionInvalid, Unavailable
from webapp.domain.policy import Policy
from webapp.domain.policy_document import parse
from webapp.domain.policy_draft import PolicyDraft, publish_refusal, require_right_to_write
from webapp.domain.yaml_lines import LARGEST
from webapp.services import policies
from webapp.store import policies as versions
from webapp.store import policy_drafts as store
from webapp.work import Work

WRITING = "write policies"  # the lock under which it is decided who publishes next
LONGEST_NOTE = 500


def in_force(work: Work) -> Policy | None:
    """Give the policy in force, None before the first."""
    try:
        return policies.standing(work).policy
    except Unavailable:
        return None


def begin(work: Work, person: Person, text: str | None = None, note: str = "") -> PolicyDraft:
    """Begin a draft, from the policy in force unless there is a text. Raises Forbidden."""
    require_right_to_write(person)
    base = in_force(work)
    draft = PolicyDraft(
        id=work.new_id("pd"),
        text=_checked(text if text is not None else base.text if base else ""),
        based_on=base.number if base else 0,
        note=_note(note),
        by_id=person.id,
        by=person.email,
        changed_at=work.now,
    )
    store.add(work, draft)
    return draft


def find(work: Work, draft_id: str) -> PolicyDraft:
    """Give a draft. Raises NotFound."""
    return _found(store.find(work, draft_id), draft_id)


def open_ones(work: Work) -> list[PolicyDraft]:
    """List the drafts that something can become of yet."""
    return store.open_ones(work)


def edit(
    work: Work, draft_id: str, person: Person, text: str, note: str, shown: str
) -> PolicyDraft:
    """Change a draft, which must then be proposed again. Raises Forbidden, NotFound and Conflict."""
    draft = _taken(work, draft_id, person, shown)
    changed = replace(
        draft,
        text=_checked(text),
        note=_note(note),
        by_id=person.id,
        by=person.email,
        changed_at=work.now,
        proposed_at=None,
        proposed_by_id=None,
        proposed_by=None,
    )
    if changed.text == draft.text:
        changed = replace(draft, note=changed.note)
    store.save(work, changed)
    return changed


def propose(work: Work, draft_id: str, person: Person, shown: str) -> PolicyDraft:
    """Propose a draft for publishing. Raises PolicyInvalid too: what has problems is not proposed."""
    draft = _taken(work, draft_id, person, shown)
    parse(draft.text, number=0)
    proposed = replace(
        draft, proposed_at=work.now, proposed_by_id=person.id, proposed_by=person.email
    )
    store.save(work, proposed)
    return proposed


def discard(work: Work, draft_id: str, person: Person, shown: str) -> None:
    """Do away with a draft."""
    draft = _taken(work, draft_id, person, shown)
    store.save(work, replace(draft, discarded_at=work.now))


def publish(work: Work, draft_id: str, person: Person, shown: str, over: int | None = None) -> int:
    """Publish a draft as the next version and give its number.

    `shown` is the digest of the text that the person has seen, `over` the version that it was compared with. Raises
    Forbidden, Conflict and PolicyInvalid.
    """
    draft = _taken(work, draft_id, person, shown)
    base = in_force(work)
    if over is not None and base is not None and base.number != over:
        raise Conflict(
            f"Policy {base.number} was published meanwhile; look at the differences again."
        )
    refusal = publish_refusal(draft, person, base) if base else None
    if refusal:
        raise refusal
    number = policies.publish(work, draft.text, person.email)
    store.save(work, replace(draft, published_as=number))
    return number


def publish_text(work: Work, text: str, person: Person | None, by: str) -> int:
    """Publish a document that is no draft; where two must, one that somebody else has proposed just so.

    Raises Forbidden, Conflict and PolicyInvalid.
    """
    work.lock_for(WRITING, shared=False)
    if person:
        require_right_to_write(person)
    base = in_force(work)
    if base is None or not base.published_by_two:
        return policies.publish(work, text, by)
    if person is None:
        raise Forbidden(
            f"Policy {base.number} wants two people to publish the next one: say who you are.",
            hint="Name yourself with --by EMAIL; another admin proposes the same document first.",
        )
    wanted = _checked(text)
    same = [one for one in store.open_ones(work) if one.text == wanted and one.proposed_at]
    for draft in same:
        if publish_refusal(draft, person, base) is None:
            return publish(work, draft.id, person, draft.digest)
    raise Forbidden(
        f"Policy {base.number} wants two people to publish the next one, and nobody else has proposed this document.",
        hint="handrail policy propose FILE --by EMAIL, then another admin publishes the same file.",
    )


def roll_back(work: Work, number: int, person: Person | None, by: str) -> int | PolicyDraft:
    """Publish an old version as a new one; where two must publish, propose it. Raises NotFound and Forbidden."""
    work.lock_for(WRITING, shared=False)
    if person:
        require_right_to_write(person)
    published = versions.find(work, number)
    if published is None:
        raise NotFound(f"There is no policy {number}.")
    base = in_force(work)
    if base is None or not base.published_by_two:
        return policies.publish(work, published.text, by)
    if person is None:
        return publish_text(work, published.text, None, by)
    draft = begin(work, person, published.text, f"Back to policy {number}")
    return propose(work, draft.id, person, draft.digest)


def _taken(work: Work, draft_id: str, person: Person, shown: str) -> PolicyDraft:
    """Give an open draft that nobody else can change now, if it is as it was shown."""
    require_right_to_write(person)
    work.lock_for(WRITING, shared=False)
    draft = _found(store.find(work, draft_id, lock=True), draft_id)
    if not draft.is_open:
        raise Conflict("This draft is published or discarded already.")
    if draft.digest != shown:
        raise Conflict(f"{draft.by} has changed this draft meanwhile; look at it again.")
    return draft


def _found(draft: PolicyDraft | None, draft_id: str) -> PolicyDraft:
    if draft is None:
        raise NotFound(f"There is no draft {draft_id}.")
    return draft


def _checked(text: str) -> str:
    if len(text.encode()) > LARGEST:
        raise SubmissionInvalid(f"The document is larger than {LARGEST} bytes.")
    return text.replace("\r\n", "\n")


def _note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise SubmissionInvalid(f"A note has at most {LONGEST_NOTE} characters.")
    return note.strip()
