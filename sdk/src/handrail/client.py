"""The client: hand off, wait, redeem, report, and come back by key after any crash."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import count
from types import TracebackType
from typing import Any, Self, Unpack
from urllib.parse import quote

import httpx

from handrail.errors import (
    QueueFull,
    ServerError,
    TooEarly,
    TooManyRequests,
    TransportError,
    WaitTimeout,
)
from handrail.execution import Execution, leave_to_run
from handrail.fields import Claims, Outcome, Revision
from handrail.handoff import Handoff, handoff_from
from handrail.retry import Retry
from handrail.stream import Event, Frame, read_frames
from handrail.wire import Call, Wire
from handrail.world import World

LONG_POLL = 30
"""The longest, in seconds, that the desk holds a question."""

_SILENCE = 60.0
_USUAL_RETRY = Retry()
_THIS_MACHINE = World()
_REPEATED = ("kind", "title", *Claims.__annotations__)
_PASSING = (TransportError, ServerError, TooManyRequests)


class Client:
    """One agent's connection to one desk; safe to share between threads.

        client = Client("http://127.0.0.1:8000", "hr_…")

    It is synchronous, and only that: handing off means stopping until somebody has decided, so
    there is nothing to do meanwhile in the same line of thought; in asyncio, `await
    asyncio.to_thread(handoff.wait)`. So it is written once.

    `timeout` is for one answer, in seconds; long polls get theirs on top. `transport` is httpx's
    two-method seam: `httpx.WSGITransport(app)` in tests, a proxy, a recorder.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
        retry: Retry = _USUAL_RETRY,
        world: World = _THIS_MACHINE,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "handrail-python"}
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/api/v1/", headers=headers, transport=transport
        )
        self._wire = Wire(self._http, timeout=timeout, retry=retry, world=world)
        self._world = world
        self._unanswered: dict[str, str] = {}

    def submit(
        self,
        *,
        key: str,
        title: str,
        kind: str = "action",
        wait_for_room: float = 0.0,
        **claims: Unpack[Claims],
    ) -> Handoff:
        """Hand off, and return what the policy made of it: already approved or blocked, or pending.

        `key` is the name of the ask ("refund:8841"), not a random word: whoever submits the same
        ask again, after a crash or a year, gets the handoff that there is, as it stands now. Raise
        IdempotencyConflict where the name was used for another action, Invalid where the args are
        not as the policy says, QueueFull where the agent has asked as much of people as it may.
        With `wait_for_room` (seconds) it waits that long for room instead, and asks again under
        the same key.
        """
        body = {"kind": kind, "title": title, **claims}
        call = Call(method="POST", path="handoffs", body=body, key=key)
        end = self._world.monotonic() + wait_for_room
        for attempt in count(1):
            try:
                return self._handoff(call)
            except QueueFull as error:
                left = end - self._world.monotonic()
                if (error.retry_after or 0.0) > left or left <= 0:
                    raise
                self._wire.pause(attempt, error)
        raise AssertionError

    def submit_task(self, *, key: str, title: str, **claims: Unpack[Claims]) -> Handoff:
        """Hand in a `task` before beginning it; `wait()` until it is `admitted`, or final otherwise.

        A task that is fit is admitted at once; people complete the others. Then work on
        `handoff.task`, and send `handoff.id` as `task_id` with every handoff that belongs to it.
        """
        return self.submit(key=key, title=title, kind="task", **claims)

    def get(self, handoff_id: str) -> Handoff:
        """Read a handoff as it stands now. Raise NotFound."""
        return self._handoff(Call(method="GET", path=f"handoffs/{quote(handoff_id, safe='')}"))

    def find(self, key: str) -> Handoff | None:
        """Find what was asked under this key, the way back for an agent that kept nothing else."""
        return next(self.list(key=key), None)

    def list(self, **filters: str) -> Iterator[Handoff]:
        """Give this agent's handoffs, newest first, page after page.

        Filters: `key`, `status`, `run_id`, `thread_id`, `since`.
        """
        more = True
        while more:
            page = self._json(Call(method="GET", path="handoffs", params=filters))
            yield from (handoff_from(data, self._wait) for data in page["handoffs"])
            filters["cursor"] = page["next_cursor"]
            more = page["has_more"]

    def revise(self, handoff: Handoff, **changes: Unpack[Revision]) -> Handoff:
        """Answer somebody who asked back: what was said before, with these changes.

        The new revision is routed again. Works on what is pending or `changes_requested`; earlier
        approvals are void.
        """
        said = {name: handoff.data.get(name) for name in _REPEATED}
        said["private_state"] = handoff.resume.private_state if handoff.resume else None
        body = {name: value for name, value in {**said, **changes}.items() if value is not None}
        path = f"handoffs/{handoff.id}/revisions"
        try:
            return self._handoff(Call(method="POST", path=path, body=body, repeatable=False))
        except TransportError:
            now = self.get(handoff.id)  # did it arrive, and only the answer was lost?
            if now.revision == handoff.revision:
                raise
            return now

    def withdraw(self, handoff: Handoff) -> Handoff:
        """Take back what has not been redeemed, or a task that was admitted."""
        return self._handoff(Call(method="POST", path=f"handoffs/{handoff.id}/withdraw"))

    def end_run(self, run_id: str) -> tuple[str, ...]:
        """Withdraw all that waits of one run and its admitted tasks, because the run is over, and give the ids."""
        path = f"runs/{quote(run_id, safe='')}/end"
        return tuple(self._json(Call(method="POST", path=path))["withdrawn"])

    def me(self) -> Mapping[str, Any]:
        """Say who this agent is to the desk: level, budget and limits left, queue depth, stops."""
        return self._json(Call(method="GET", path="me"))

    def redeem(self, handoff: Handoff) -> Handoff:
        """Begin the one run that the permit allows; from here on, what happens must be reported.

        Waits where the permit's `not_before` is still to come. A lost answer is asked for again
        under the same random key, which lives in this process only: a restarted agent gets
        AlreadyRedeemed, and must look into its own ledger. Raise NotApproved, AlreadyRedeemed,
        PermitUnusable, PolicyChanged, WorldChanged or Stopped.
        """
        permit, action = leave_to_run(handoff)
        key = self._unanswered.pop(permit.id, None) or self._world.token()
        body = {"action": action}
        call = Call(method="POST", path=f"permits/{permit.id}/redeem", body=body, key=key)
        for attempt in count(1):
            try:
                return self._handoff(call)
            except TooEarly as error:
                self._wire.pause(attempt, error)
            except _PASSING:
                self._unanswered[permit.id] = key  # so that the caller can ask the same again
                raise
        raise AssertionError

    def report(self, handoff: Handoff, status: str, **outcome: Unpack[Outcome]) -> Handoff:
        """Say how it ended: `succeeded`, `failed` or `unknown`; the same twice is fine."""
        body = {"status": status, **outcome}
        return self._handoff(Call(method="POST", path=f"handoffs/{handoff.id}/outcome", body=body))

    def run(self, handoff: Handoff) -> Execution:
        """Redeem, do what the `with` block does, report.

            with client.run(handoff) as execution:
                refund(**execution.args, idempotency_key=execution.permit_id)

        The block's end reports `succeeded`; an exception out of it reports `unknown`, since nobody
        knows how far it came, and goes on. `execution.ended("failed", detail=…)` says what the
        block knows better.
        """
        return Execution(self, handoff)

    def events(self, last_event_id: str = "") -> Iterator[Event]:
        """Give what happens to all of this agent's handoffs, for ever and through interruptions.

        Start from the `id` of the last event that you have dealt with and none is lost.
        """
        quiet = 0
        while True:
            reason = None
            try:
                for frame in self._listen(last_event_id):
                    quiet, last_event_id = 0, frame.id
                    yield from frame.events()
            except _PASSING as error:
                reason = error
            quiet += 1
            self._wire.pause(quiet, reason)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _wait(self, handoff: Handoff, timeout: float | None) -> Handoff:
        """Ask again and again until `handoff` is no longer pending; wait for an ill desk too."""
        end = math.inf if timeout is None else self._world.monotonic() + timeout
        failures = 0
        while handoff.is_waited_for:
            left = end - self._world.monotonic()
            if left <= 0:
                raise WaitTimeout(handoff)
            try:
                handoff = self._poll(handoff, math.ceil(min(LONG_POLL, left)))
                failures = 0
                self._world.sleep(min(handoff.poll_after, left))
            except _PASSING as error:
                failures += 1
                self._wire.pause(failures, error, at_most=left)
        return handoff

    def _poll(self, handoff: Handoff, seconds: int) -> Handoff:
        params = {"wait": seconds, "after": handoff.version}
        path = f"handoffs/{handoff.id}"
        call = Call(method="GET", path=path, params=params, patience=seconds)
        return handoff_from(self._wire.send_once(call).data, self._wait)

    def _listen(self, last_event_id: str) -> Iterator[Frame]:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last_event_id}
        call = Call(method="GET", path="events", patience=_SILENCE)
        with self._wire.stream(call, {k: v for k, v in headers.items() if v}) as lines:
            yield from read_frames(lines)

    def _handoff(self, call: Call) -> Handoff:
        answer = self._wire.send(call)
        return handoff_from(answer.data, self._wait, replayed=answer.replayed)

    def _json(self, call: Call) -> Mapping[str, Any]:
        data: Mapping[str, Any] = self._wire.send(call).data
        return data
