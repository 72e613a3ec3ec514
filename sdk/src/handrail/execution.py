"""Running what was approved: redeem the permit, do it, say how it ended."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self, Unpack

from handrail.errors import HandrailError, NotApproved
from handrail.fields import Action, Outcome
from handrail.handoff import Handoff, Permit, Status


class Desk(Protocol):
    """The part of the client that an execution needs."""

    def redeem(self, handoff: Handoff) -> Handoff:
        """Begin the one run."""
        ...

    def report(self, handoff: Handoff, status: str, **outcome: Unpack[Outcome]) -> Handoff:
        """Say how it ended."""
        ...


def leave_to_run(handoff: Handoff) -> tuple[Permit, Action]:
    """Give the permit and the action that it is for. Raise NotApproved."""
    action = handoff.resume.action if handoff.resume else None
    if not handoff.may_run or handoff.permit is None or action is None:
        raise NotApproved(handoff)
    return handoff.permit, action


class Execution:
    """The one run of an approved action, as a `with` block: see `Client.run`.

    `args` are the approved ones, edited or not. Send `permit_id` to the tool as idempotency key,
    and `token` to a tool that checks permits itself (`handrail.permits`): it is there once the
    block has begun.
    """

    def __init__(self, desk: Desk, handoff: Handoff) -> None:
        self._desk = desk
        self._handoff = handoff
        self._status = Status.SUCCEEDED
        self._outcome: Outcome | None = None
        permit, action = leave_to_run(handoff)
        self.permit_id = permit.id
        self.name = action["name"]
        self.args = action["args"]
        self.token = ""

    def __enter__(self) -> Self:
        begun = self._desk.redeem(self._handoff)
        self.token = begun.permit.token if begun.permit else ""
        return self

    def ended(self, status: str, **outcome: Unpack[Outcome]) -> None:
        """Note how it ended: `succeeded`, `failed` (certainly without effect) or `unknown`.

        It is reported at the block's end. Without it, the end means `succeeded` and an exception
        out of it `unknown`.
        """
        self._status, self._outcome = Status(status), outcome

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self._outcome is None:
            # it broke before, in or after the effect; only a person can find out where
            self.ended(Status.UNKNOWN, detail=f"{type(error).__name__}: {error}")
        try:
            self._desk.report(self._handoff, self._status, **(self._outcome or {}))
        except HandrailError as lost:
            if error is None:
                raise
            error.add_note(f"The outcome could not be reported either: {lost}")
