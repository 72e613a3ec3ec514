"""Read how it is verified that an action of a type has really happened."""

from __future__ import annotations

from webapp.domain.policy_expressions import read_condition
from webapp.domain.policy_look import LOOK_KEYS, read_look
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape
from webapp.domain.policy_section import Section
from webapp.domain.verify import LONGEST_WITHIN, WITHIN, Verify


def read_verify(section: Section, shape: ArgsShape) -> Verify | None:
    """Read `verify` of an action type; None where there is none."""
    if "verify" not in section:
        return None
    verify = section.section("verify")
    verify.only((*LOOK_KEYS, "condition", "within"))
    within = verify.duration("within", WITHIN)
    if within > LONGEST_WITHIN:
        message = "within is longer than 1h, which is the most."
        verify.notes.problem(verify.at("within"), Code.OUT_OF_RANGE, message)
    condition = read_condition(verify, "condition", shape)
    return Verify(look=read_look(verify, shape), condition=condition, within=within)


def warn_of_verify(section: Section, *, observe: bool) -> None:
    """Point at what rests on the agent's word alone, or on nothing."""
    if "verify" not in section:
        return
    verify = section.section("verify")
    if observe:
        message = "What is only observed never runs, so there is nothing to verify."
        section.notes.warn(section.at("verify"), Code.VERIFY_NEVER, message)
    elif "condition" not in verify:
        message = (
            "Only the expected_effect that an agent declares is verified; without one, nothing is."
        )
        hint = 'such as condition: response.body.status == "refunded"'
        section.notes.warn(section.at("verify"), Code.VERIFY_BY_CLAIM, message, hint)
