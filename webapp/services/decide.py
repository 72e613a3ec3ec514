"""Decide: the only way in which a person decides; API, browser and Slack all call it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from webapp.domain import lifecycle
from webapp.domain.action import Action
from webapp.domain.decision import Decision, Person, is_same_decision, right_refusal, sees
from webapp.domain.drafting import check_args, content_of
from webapp.domain.errors import (
    ArgsInvalid,
    EditRefused,
    FieldProblem,
    NotAnApprover,
    NotFound,
    SubmissionInvalid,
)
from webapp.domain.handoff import Handoff, Verb
from webapp.domain.policy import Policy
from webapp.domain.response_schema import response_problems
from webapp.domain.shadow import record
from webapp.domain.verdict import Route
from webapp.services import policies
from webapp.services.advance import advance
from webapp.services.limits import route_edited
from webapp.services.resumption import thawed
from webapp.services.scope import admit, completed
from webapp.services.standing_effects import check_wish
from webapp.store import handoffs
from webapp.work import Work

LONGEST_NOTE = 4000
NEEDS_WORDS = {
    Verb.DENY: "A denial needs a reason; the agent gets it.",
    Verb.REQUEST_CHANGES: "Asking back needs the question; the agent gets it.",
}


def decide(work: Work, handoff_id: str, decision: Decision, person: Person) -> Handoff:
    """Let `person` decide a handoff and give it as it stands then.

    The same decision again by the same person changes nothing. Raises what stands against it: NotFound, NotAnApprover,
    OwnRequest, AlreadyDecided, StaleRevision, SubmissionInvalid, EditRefused.
    """
    before = with_right(work, handoff_id, person)
    _check_form(decision)
    if before.task and decision.verb is Verb.RESPOND:
        decision = completed(before.task, decision)
    if is_same_decision(before, decision, person, partial(_body, work, before)):
        return before
    before = thawed(work, before)
    lifecycle.refuse_decision(before, decision, person, work.now)
    if decision.verb is Verb.EDIT:
        return _edit(work, before, decision, person)
    if before.task and decision.verb is Verb.RESPOND:
        return admit(work, before, decision, person)
    if decision.verb is Verb.RESPOND:
        _check_response(work, before, decision)
    check_wish(work, before, decision.standing, person)
    return advance(work, lifecycle.decide(before, decision, person, work.now))


def revoke(work: Work, handoff_id: str, person: Person, note: str | None = None) -> Handoff:
    """Take an approval back as long as its permit has not been redeemed; the note is kept."""
    before = with_right(work, handoff_id, person)
    return advance(work, lifecycle.revoke(before, person, work.now, note))


def seen(work: Work, handoff_id: str, person: Person) -> Handoff:
    """Give a handoff that the person may see. Raises NotFound, the same for one that does not exist."""
    handoff = handoffs.load(work, handoff_id)
    if not sees(person, handoff):
        raise NotFound
    return handoff


def with_right(work: Work, handoff_id: str, person: Person) -> Handoff:
    """Give the handoff to somebody who may decide it. Raises NotFound, NotAnApprover and OwnRequest.

    Whoever may not see it is told that they have no right, but not whose it is.
    """
    handoff = handoffs.load_once(work, handoff_id)
    refusal = right_refusal(person, handoff) if sees(person, handoff) else NotAnApprover()
    if refusal:
        raise refusal
    return handoff


def _body(work: Work, handoff: Handoff, sequence: int) -> Mapping[str, Any]:
    return handoffs.content(work, handoff.id, sequence).body


def edited_action(work: Work, before: Handoff, decision: Decision) -> Action:
    """Give the action that an edit asks for: the same one with other args, or that of another interpretation."""
    if decision.interpretation is None:
        if before.action is None or decision.args is None:
            raise _invalid("/args", "required", "An edit needs the new args.")
        return Action(name=before.action.name, args=decision.args)
    chosen = interpretation(work, before, decision.interpretation, "/response/interpretation")
    action = chosen.get("action")
    if action is None:
        raise _invalid(
            "/response/interpretation", "no_action", "This interpretation carries no action."
        )
    return Action(name=action["name"], args=action["args"])


def interpretation(work: Work, before: Handoff, chosen: str, pointer: str) -> Mapping[str, Any]:
    """Find one of the interpretations that the agent listed."""
    claim = _body(work, before, before.claim_sequence)
    listed = {one["id"]: one for one in claim.get("interpretations", ())}
    if chosen not in listed:
        expected = f"one of {', '.join(listed)}" if listed else "the agent listed none"
        raise _invalid(pointer, "unknown", "There is no such interpretation.", expected)
    found: Mapping[str, Any] = listed[chosen]
    return found


def _edit(work: Work, before: Handoff, decision: Decision, person: Person) -> Handoff:
    """Route the edited action without the confidence check, and count the editor as its first approver."""
    policy = policies.standing(work).policy
    action = edited_action(work, before, decision)
    _check_edit(action, policy, decision)
    if action.fingerprint() == before.fingerprint:
        raise _invalid("/args", "unchanged", "Nothing was changed; approve it as it stands.")
    if before.verdict.observed:  # nothing runs, so there is nothing that policy could refuse
        return advance(work, record(before, decision, person, work.now, instead=action))
    content = content_of(action, before.agent, before.owner, policy)
    edited = lifecycle.as_edited(before, action, content, work.now)
    routed = route_edited(work, edited, policy)
    if routed.verdict.route is Route.BLOCK:
        blocking = [r for r in routed.verdict.reasons if r.route is Route.BLOCK]
        raise EditRefused(
            "The policy blocks the action as edited: " + " ".join(r.message for r in blocking),
            extra={"reasons": [reason.to_json() for reason in blocking]},
        )
    return advance(work, lifecycle.edit(before, edited, routed, decision, person))


def _check_edit(action: Action, policy: Policy, decision: Decision) -> None:
    """Refuse edited args that the schema refuses; what a person mistypes does not count against the agent."""
    prefix = "/args" if decision.interpretation is None else "/response/interpretation"
    try:
        check_args(action, policy, prefix)
    except ArgsInvalid as error:
        raise SubmissionInvalid(error.detail, problems=error.problems) from None


def _check_form(decision: Decision) -> None:
    """Refuse a decision whose parts do not belong to its verb."""
    for wrong, pointer, code, message in _form_faults(decision):
        if wrong:
            raise _invalid(pointer, code, message)


def _form_faults(decision: Decision) -> tuple[tuple[bool, str, str, str], ...]:
    """List what can be wrong with a decision, and whether it is: fault, pointer, code, message."""
    verb, note = decision.verb, (decision.note or "").strip()
    too_long = f"The note is longer than {LONGEST_NOTE} characters."
    both_or_none = (decision.args is None) == (decision.interpretation is None)
    edits, answers = verb is Verb.EDIT, verb is Verb.RESPOND
    args, response = decision.args is not None, decision.response is not None
    in_advance, agrees = decision.standing is not None, verb is Verb.APPROVE
    return (
        (len(note) > LONGEST_NOTE, "/note", "too_long", too_long),
        (verb in NEEDS_WORDS and not note, "/note", "required", NEEDS_WORDS.get(verb, "")),
        (edits and both_or_none, "/args", "required", "An edit carries args or an interpretation."),
        (args and not edits, "/args", "unexpected", "Only an edit carries args."),
        (answers and not response, "/response", "required", "An answer needs its response."),
        (response and not answers, "/response", "unexpected", "Only an answer has a response."),
        (in_advance and not agrees, "/standing", "unexpected", "Only an approval can be standing."),
    )


def _check_response(work: Work, before: Handoff, decision: Decision) -> None:
    """Refuse an answer that is neither a listed interpretation nor fits the agent's response_schema."""
    response = decision.response or {}
    claim = _body(work, before, before.claim_sequence)
    if set(response) == {"interpretation"} and claim.get("interpretations"):
        interpretation(work, before, str(response["interpretation"]), "/response/interpretation")
        return
    schema = claim.get("response_schema")
    if schema is None:
        if claim.get("interpretations"):
            expected = '{"interpretation": ID}'
            raise _invalid("/response", "unknown", "Choose one of the interpretations.", expected)
        return
    problems = response_problems(schema, dict(response), "/response")
    if problems:
        raise SubmissionInvalid("The answer is not as the agent needs it.", problems=problems)


def _invalid(
    pointer: str, code: str, message: str, expected: str | None = None
) -> SubmissionInvalid:
    problem = FieldProblem(pointer=pointer, code=code, message=message, expected=expected)
    return SubmissionInvalid(message, problems=[problem])
