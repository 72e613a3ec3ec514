"""The calls about standing approvals."""

from __future__ import annotations

from webapp.api.bodies import EmptyBody
from webapp.api.operations import STANDING, Answer, Body, Caller, Operation
from webapp.api.standing_answers import StandingApproval, StandingApprovalList
from webapp.domain.errors import NotAnApprover

STANDING_OPERATIONS = (
    Operation(
        method="get",
        path="/standing-approvals",
        id="standing_approvals",
        group="Deciding",
        summary="List standing approvals",
        says="Decisions given in advance, with who gave them, what they cover and what is left.",
        caller=Caller.PERSON,
        answers=(Answer(says="The newest 200.", models=(StandingApprovalList,)),),
    ),
    Operation(
        method="post",
        path="/standing-approvals/{approval_id}/revoke",
        id="revoke_standing_approval",
        group="Deciding",
        summary="Take a standing approval back",
        says="From the answer on it approves nothing, and what it approved cannot start any more.",
        caller=Caller.PERSON,
        parameters=(STANDING,),
        body=Body(model=EmptyBody, example={}, required=False),
        answers=(Answer(says="Ended.", models=(StandingApproval,)),),
        refusals=(NotAnApprover,),
    ),
)
