"""Read how people watch an action type: in its shadow, and by samples of what ran unasked."""

from __future__ import annotations

from webapp.domain.policy import ActionType
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section


def read_observe(section: Section) -> bool:
    """Read whether the action is only observed."""
    return section.flag("observe", default=False)


def read_audit_sample(section: Section) -> float:
    """Read the share of what runs unasked that people look at afterwards."""
    return section.share("audit_sample", 0.0)


def warn_of_watching(section: Section, action: ActionType) -> None:
    """Point at samples of what never runs unasked."""
    if not action.audit_sample or (action.unasked and not action.observe):
        return
    message = f"{action.name} never runs unasked, so audit_sample finds nothing to choose from."
    section.notes.warn(section.at("audit_sample"), Code.NEVER_UNASKED, message)
