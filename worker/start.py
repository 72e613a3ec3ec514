"""Run an approved action as a Kubernetes Job: start it once, then look at it from time to time until it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from webapp.domain.errors import HandrailError, NotNow
from webapp.domain.executor import KubernetesJob
from webapp.domain.handoff import Handoff, Status
from webapp.domain.job import WordRefused, ended, gone, job_name, job_of
from webapp.domain.message import Attempt
from webapp.domain.tool_call import Ran, not_begun
from webapp.gateways.extras import load
from webapp.services import execute as executing
from webapp.services import outbox
from worker.hands import Hands
from worker.lend import secrets_of

Begin = Callable[[Hands, Attempt, Handoff, timedelta], Handoff | None]
LENGTH = timedelta(minutes=1)
FIRST_LOOK, LONGEST_PAUSE = timedelta(seconds=2), timedelta(seconds=30)


def run_job(
    hands: Hands, attempt: Attempt, found: Handoff, job: KubernetesJob, begin: Begin
) -> None:
    """Start the Job of an execution, or see how it stands."""
    jobs, problem = _connected(hands, job)
    try:
        begun = begin(hands, attempt, found, LENGTH)
        if begun is None or begun.execution is None:
            return
        is_first = found.status is Status.APPROVED
        if problem:
            _settle(hands, attempt, begun, problem, is_first=is_first)
        elif begun.execution.job is None:
            _start(hands, attempt, begun, jobs, is_first=is_first)
        else:
            _follow(hands, attempt, begun, jobs)
    finally:
        if jobs:
            jobs.close()


def _connected(hands: Hands, job: KubernetesJob) -> tuple[Any, HandrailError | None]:
    named = job.credentials.secret if job.credentials else None
    try:
        kubeconfig = secrets_of(hands).read(named) if named else None
        return load("kubernetes_jobs").Jobs(kubeconfig), None
    except HandrailError as error:
        return None, error


def _start(hands: Hands, attempt: Attempt, begun: Handoff, jobs: Any, *, is_first: bool) -> None:
    job, run = begun.terms.executor, begun.execution
    if not isinstance(job, KubernetesJob) or run is None:
        return
    try:
        jobs.start(job_of(job, begun, run))
    except NotNow:
        raise
    except WordRefused as error:  # the same words each time: no attempt has come further
        _conclude(hands, attempt, begun, not_begun(error.detail))
    except HandrailError as error:
        _settle(hands, attempt, begun, error, is_first=is_first)
    else:
        name = job_name(run.permit_id)
        hands.desk.transact(
            lambda work: executing.note_started(work, attempt, begun.id, name, FIRST_LOOK)
        )


def _follow(hands: Hands, attempt: Attempt, begun: Handoff, jobs: Any) -> None:
    job, run = begun.terms.executor, begun.execution
    if not isinstance(job, KubernetesJob) or run is None or run.job is None:
        return
    state = jobs.look_at(job.namespace, run.job)
    if state is None:
        _conclude(hands, attempt, begun, gone(run.job))
    elif state.over:
        _conclude(hands, attempt, begun, ended(state, run.job))
    else:
        pause = min(FIRST_LOOK * attempt.number, LONGEST_PAUSE)
        hands.desk.transact(lambda work: outbox.come_again(work, attempt, pause))


def _settle(
    hands: Hands, attempt: Attempt, begun: Handoff, error: HandrailError, *, is_first: bool
) -> None:
    """End what cannot be started; where an earlier attempt may have, look again until the run is over."""
    if not is_first:
        raise NotNow(error.detail)
    _conclude(hands, attempt, begun, not_begun(error.detail))


def _conclude(hands: Hands, attempt: Attempt, handoff: Handoff, ran: Ran) -> None:
    hands.desk.transact(lambda work: executing.conclude(work, attempt, handoff.id, ran))
