"""What a person sees of undoing a run: whether it can be, and in which handoff it was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.decision import Person, right_refusal
from webapp.domain.execution import has_run
from webapp.domain.handoff import Handoff
from webapp.services.inbox import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """`action` is what the policy names, where this person may ask for it; `asked` is where it was asked for."""

    action: str | None
    asked: Handoff | None

    @property
    def says(self) -> str:
        """Name the link to what was asked for."""
        return "Undone" if self.asked and has_run(self.asked) else "Asked to undo"


def undoing(look: Look, person: Person) -> Undoing | None:
    """Say how it stands with undoing it; None where there is nothing to say."""
    if look.undone_by:
        return Undoing(action=None, asked=look.undone_by)
    if look.undo is None or right_refusal(person, look.handoff):
        return None
    return Undoing(action=look.undo.action, asked=None)
