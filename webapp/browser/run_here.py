"""What Handrail will do itself once an action is approved, and what it sends: no surprises for who approves it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.domain.duration import write_duration
from webapp.domain.executor import HttpCall, KubernetesJob
from webapp.domain.handoff import Handoff
from webapp.domain.job import WordRefused, words_of
from webapp.domain.message import Hitch
from webapp.services.inbox import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHere:
    """What is done, in a few words, and line by line what goes along; secrets by their names alone.

    `hitch` says why it has not begun, though it may.
    """

    says: str
    lines: tuple[tuple[str, str], ...]
    hitch: Hitch | None


def run_here(look: Look) -> RunHere | None:
    """Say what Handrail runs; None where the agent does."""
    handoff = look.handoff
    executor = handoff.terms.executor
    if executor is None or handoff.action is None:
        return None
    sent = _of_call(executor) if isinstance(executor, HttpCall) else _of_job(executor, handoff)
    return RunHere(says=executor.says, lines=tuple(sent), hitch=look.hitch)


def _of_call(call: HttpCall) -> Iterator[tuple[str, str]]:
    yield "Body", "this action, its fingerprint and the permit"
    for one in call.headers:
        yield one.name, f"the secret {one.secret}" if one.secret else one.text or ""
    if call.credentials:
        lent = f"what Vault lends at {call.credentials.vault}"
        named = call.credentials.secret
        yield "Authorization", f"the secret {named}" if named else lent
    yield "Success", call.success or "any 2xx"
    again = "is sent again under the same key" if call.idempotent else "is never sent again"
    yield "Without an answer", f"it {again}; waits {write_duration(call.timeout)}"


def _of_job(job: KubernetesJob, handoff: Handoff) -> Iterator[tuple[str, str]]:
    if handoff.action is None:
        return
    try:
        words = words_of((*job.command, *job.args), handoff.action.args)
        yield "Command", shlex.join(words) or "that of the image"
    except WordRefused as error:
        yield "Command", f"cannot be written: {error.detail}"
    yield "Account", job.service_account or "none"
    yield "At most", f"{job.cpu} CPU, {job.memory} of memory"
