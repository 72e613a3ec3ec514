"""The calls about runs: how one ended that nobody knew the end of, asking for it again, undoing it."""

from __future__ import annotations

from webapp.api.answers import HandoffSeen
from webapp.api.bodies import EmptyBody, SettleBody
from webapp.api.operations import HANDOFF, Answer, Body, Caller, Operation, seen
from webapp.domain.errors import IdempotencyConflict, NotAnApprover, OwnRequest
from webapp.domain.run_errors import AlreadySettled, CannotUndo, MayHaveRun, NotUnknown

ASKED = (
    Answer(status=201, says="Asked.", models=(HandoffSeen,), headers=("Location",)),
    Answer(
        says="Asked before: as it stands now.",
        models=(HandoffSeen,),
        headers=("Location", "Idempotent-Replayed"),
    ),
)
SETTLING = (
    Operation(
        method="post",
        path="/handoffs/{handoff_id}/settle",
        id="settle",
        group="Deciding",
        summary="Settle whether it ran",
        says="For what is `unknown`, by somebody who may decide it, once; the same again is 200. The status stays "
        "`unknown`, and `settled` stands beside it. What did not run gives back what it held of limits and budget.",
        caller=Caller.PERSON,
        parameters=(HANDOFF,),
        body=Body(model=SettleBody, example={"ran": False, "note": "The bank has no such refund."}),
        answers=(seen("As it is kept."),),
        refusals=(NotAnApprover, OwnRequest, NotUnknown, AlreadySettled),
    ),
    Operation(
        method="post",
        path="/handoffs/{handoff_id}/run-again",
        id="run_again",
        group="Deciding",
        summary="Ask for what did not run again",
        says="For what was settled as not run: a new handoff of the same agent with the same action and intent, under "
        "the key `run-again:{handoff_id}` and with it as `parent_handoff_id`. It waits for people, never for the one "
        "who asks; the agent finds it by that key and in its events. Once: asked again, it is answered as it stands.",
        caller=Caller.PERSON,
        parameters=(HANDOFF,),
        body=Body(model=EmptyBody, example={}, required=False),
        answers=ASKED,
        refusals=(NotAnApprover, OwnRequest, MayHaveRun, IdempotencyConflict),
    ),
    Operation(
        method="post",
        path="/handoffs/{handoff_id}/undo",
        id="undo",
        group="Deciding",
        summary="Ask for what undoes it",
        says="For what has run, where the policy names an `undo`: a new handoff of the same agent with that action, "
        "under the key `undo:{handoff_id}` and with it as `parent_handoff_id`. It waits for people, never for the one "
        "who asks; policy routes it like any other. Once: asked again, it is answered as it stands.",
        caller=Caller.PERSON,
        parameters=(HANDOFF,),
        body=Body(model=EmptyBody, example={}, required=False),
        answers=ASKED,
        refusals=(NotAnApprover, OwnRequest, CannotUndo, IdempotencyConflict),
    ),
)
