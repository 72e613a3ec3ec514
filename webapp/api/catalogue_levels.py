"""The calls that see and move agents' levels of autonomy."""

from __future__ import annotations

from webapp.api import bodies as b
from webapp.api import standings as s
from webapp.api.operations import AGENT, Answer, Body, Caller, Operation
from webapp.domain import errors as e

LEVELS = (
    Operation(
        method="get",
        path="/agents/{name}/level",
        id="level",
        group="Trusting",
        summary="See where an agent stands, and how far its next step is",
        caller=Caller.PERSON,
        parameters=(AGENT,),
        answers=(Answer(says="Where it stands.", models=(s.AgentLevel,)),),
    ),
    Operation(
        method="post",
        path="/agents/{name}/level",
        id="set_level",
        group="Trusting",
        summary="Promote or demote an agent",
        says="Up one step at a time and never beyond the policy's `max`, by an admin of its owner team "
        "who made none of its keys; down by whoever decides for that team. It counts from the next "
        "routing on. Where it stands there already, nothing changes.",
        caller=Caller.PERSON,
        parameters=(AGENT,),
        body=Body(
            model=b.LevelBody,
            example={"level": "supervised", "reason": "Its refunds went to the wrong account."},
        ),
        answers=(Answer(says="Where it stands then.", models=(s.AgentLevel,)),),
        refusals=(e.Forbidden, e.OwnRequest, e.Conflict),
    ),
)
