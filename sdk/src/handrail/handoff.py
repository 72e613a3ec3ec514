"""A handoff as the desk returned it: where it stands, who said what, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from handrail.fields import Action, Task


class Status(StrEnum):
    """Where a handoff stands."""

    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DENIED = "denied"
    ANSWERED = "answered"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_OPEN = frozenset({Status.PENDING, Status.CHANGES_REQUESTED, Status.APPROVED, Status.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that the policy found; `fix` says what would be accepted."""

    code: str
    route: str
    message: str
    rule: str | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the policy says: `auto`, `review` or `block`, and why.

    What is only `observed` never runs; `would` is the route that it would have had.
    """

    route: str
    risk: str
    tier: str | None
    policy: int
    reasons: tuple[Reason, ...]
    observed: bool = False
    would: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person says; `changes` is a JSON patch from what was proposed to what was approved."""

    verb: str
    by: str
    at: datetime
    via: str | None = None
    note: str | None = None
    response: Mapping[str, Any] | None = None
    changes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """All that an agent needs to go on, also one that remembers nothing but its key.

    `action` is what to run now, as approved, or None. `response` and `note` are what a person said,
    as data. `instruction` says in one sentence what to do next.
    """

    instruction: str
    action: Action | None
    state: Any
    private_state: Any
    response: Mapping[str, Any] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Signed leave to run the action once; `id` is also the idempotency key of the tool's call."""

    id: str
    not_before: datetime
    expires_at: datetime
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a person found out of a run that nobody knew the end of: whether it `ran`."""

    ran: bool
    by: str
    at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One ask and what became of it, as of one reading; reading it again gives another one.

    What is `unknown` stays so; `settled` is what a person has found out since.

    `data` is the whole answer as JSON. `replayed` says that the desk knew this key already;
    `poll_after` is how many seconds the desk wants to be left alone.
    """

    id: str
    key: str
    kind: str
    title: str
    status: Status
    revision: int
    version: int
    fingerprint: str | None
    verdict: Verdict | None
    decision: Decision | None
    resume: Resume | None
    permit: Permit | None
    deadline_at: datetime | None
    settled: Settled | None
    data: Mapping[str, Any] = field(repr=False)
    replayed: bool = field(default=False, compare=False)
    poll_after: float = field(default=0.0, compare=False)
    _wait: Callable[[Handoff, float | None], Handoff] = field(repr=False, compare=False)

    @property
    def is_final(self) -> bool:
        """Say whether nothing more will happen to it."""
        return self.status not in _OPEN

    @property
    def may_run(self) -> bool:
        """Say whether its action may be run now, under its permit."""
        return self.status is Status.APPROVED and self.permit is not None

    @property
    def is_waited_for(self) -> bool:
        """Say whether somebody else has still to act: people, or Handrail where it runs the action itself."""
        if self.observed:
            return False
        run_here = self.data.get("executor") not in {None, "agent"}
        here = run_here and self.status in {Status.APPROVED, Status.RUNNING}
        return here or self.status is Status.PENDING

    @property
    def admitted(self) -> bool:
        """Say whether it is a task that may be started."""
        return self.data.get("admitted") is True

    @property
    def task(self) -> Task | None:
        """Give the task to work on: as a person completed it, else as it was sent; None of other kinds."""
        completed = (self.resume.response or {}).get("task") if self.resume else None
        task: Task | None = completed or self.data.get("task")
        return task

    @property
    def observed(self) -> bool:
        """Say whether it is only observed: people say what they would do, and no permit will ever come.

        Go on as if it had been refused, or by the process that you have without Handrail.
        """
        return self.verdict is not None and self.verdict.observed

    def wait(self, timeout: float | None = None) -> Handoff:
        """Return it as it stands once it is no longer pending: decided, asked back, expired.

        Where Handrail runs the action itself, that is once it has run.

        Returns at once where it is only observed: whatever people say, there is nothing to wait for.

        Waits through restarts of the desk and a lost network, for ever unless a `timeout` in
        seconds is given. Returns at once where there is nothing to wait for. Raise WaitTimeout when
        the time is up.
        """
        return self._wait(self, timeout)


def handoff_from(
    data: Mapping[str, Any],
    wait: Callable[[Handoff, float | None], Handoff],
    *,
    replayed: bool = False,
) -> Handoff:
    """Read a handoff from the desk's JSON; what a newer desk adds is in `data` alone."""
    return Handoff(
        id=data["id"],
        key=data["key"],
        kind=data["kind"],
        title=data["title"],
        status=Status(data["status"]),
        revision=data["revision"],
        version=data["version"],
        fingerprint=data.get("fingerprint"),
        verdict=_verdict(data.get("verdict")),
        decision=_decision(data.get("decision")),
        resume=_resume(data.get("resume")),
        permit=_permit(data.get("permit")),
        deadline_at=_instant(data.get("deadline_at")),
        settled=_settled(data.get("settled")),
        data=data,
        replayed=replayed,
        poll_after=data.get("poll_after") or 0.0,
        _wait=wait,
    )


def _verdict(data: Mapping[str, Any] | None) -> Verdict | None:
    if data is None:
        return None
    return Verdict(
        route=data["route"],
        risk=data["risk"],
        tier=data.get("tier"),
        policy=data["policy"],
        reasons=tuple(_reason(reason) for reason in data["reasons"]),
        observed=data.get("observed", False),
        would=data.get("would"),
    )


def _reason(data: Mapping[str, Any]) -> Reason:
    return Reason(
        code=data["code"],
        route=data["route"],
        message=data["message"],
        rule=data.get("rule"),
        fix=data.get("fix"),
    )


def _decision(data: Mapping[str, Any] | None) -> Decision | None:
    if data is None:
        return None
    return Decision(
        verb=data["verb"],
        by=data["by"],
        at=datetime.fromisoformat(data["at"]),
        via=data.get("via"),
        note=data.get("note"),
        response=data.get("response"),
        changes=data.get("changes") or (),
    )


def _resume(data: Mapping[str, Any] | None) -> Resume | None:
    if data is None:
        return None
    return Resume(
        instruction=data["instruction"],
        action=data.get("action"),
        state=data.get("state"),
        private_state=data.get("private_state"),
        response=data.get("response"),
        note=data.get("note"),
    )


def _permit(data: Mapping[str, Any] | None) -> Permit | None:
    if data is None:
        return None
    return Permit(
        id=data["id"],
        not_before=datetime.fromisoformat(data["not_before"]),
        expires_at=datetime.fromisoformat(data["expires_at"]),
        token=data["token"],
    )


def _settled(data: Mapping[str, Any] | None) -> Settled | None:
    if data is None:
        return None
    at = datetime.fromisoformat(data["at"])
    return Settled(ran=data["ran"], by=data["by"], at=at, note=data.get("note"))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
