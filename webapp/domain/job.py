"""The Kubernetes Job of an execution: its name, which makes it one, what it is told, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from webapp.domain.canonical import canonical
from webapp.domain.errors import SubmissionInvalid
from webapp.domain.executor import MARGIN, KubernetesJob
from webapp.domain.handoff import Execution, Handoff, Status
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, look_up
from webapp.domain.summary import read_template
from webapp.domain.tool_call import Ran

# Kubernetes must not forget a Job while its execution might still ask for it by name: a second one would start
KEPT = timedelta(days=1)
# a pod that its node took away says nothing of its program
TAKEN_AWAY = {
    "action": "FailJob",
    "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
}
PROGRAM_FAILED = "BackoffLimitExceeded"


class WordRefused(SubmissionInvalid):
    """An arg cannot stand where the policy's command line wants it."""

    code = "word_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How a Job stands: whether it is over and succeeded, and in Kubernetes' words why not."""

    over: bool = False
    succeeded: bool = False
    reason: str = ""


def job_name(permit: str) -> str:
    """Name the Job of a permit: Kubernetes takes each name once, so the permit runs once."""
    return f"handrail-{permit.lower().replace('_', '-')}"


def words_of(templates: Sequence[str], args: Mapping[str, JSON]) -> list[str]:
    """Write a command line; each word stays one, and an arg begins no option. Raises WordRefused."""
    return [_word(one, args) for one in templates]


def job_of(job: KubernetesJob, handoff: Handoff, run: Execution) -> dict[str, Any]:
    """Write the Job of an execution. Raises WordRefused."""
    if handoff.action is None:
        raise ValueError("only an action is run")
    args = handoff.action.args
    within = run.run_until - run.redeemed_at
    labels = {"app.kubernetes.io/managed-by": "handrail", "handrail/handoff": handoff.id}
    size = {"cpu": job.cpu, "memory": job.memory}
    account = {"serviceAccountName": job.service_account} if job.service_account else {}
    container = {
        "name": "action",
        "image": job.image,
        **_escaped("command", words_of(job.command, args)),
        **_escaped("args", words_of(job.args, args)),
        "env": [
            {"name": "HANDRAIL_HANDOFF", "value": handoff.id},
            {"name": "HANDRAIL_PERMIT", "value": run.permit_id},
            {"name": "HANDRAIL_FINGERPRINT", "value": handoff.fingerprint or ""},
        ],
        "resources": {"limits": size, "requests": size},
        "securityContext": {"allowPrivilegeEscalation": False},
    }
    pod = {
        **account,
        "automountServiceAccountToken": job.service_account is not None,
        "containers": [container],
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(run.permit_id),
            "namespace": job.namespace,
            "labels": labels,
        },
        "spec": {
            "activeDeadlineSeconds": int((within - MARGIN).total_seconds()),
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "podFailurePolicy": {"rules": [TAKEN_AWAY]},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            "ttlSecondsAfterFinished": int((within + KEPT).total_seconds()),
        },
    }


def read_conditions(conditions: Sequence[Mapping[str, Any]]) -> JobState:
    """Read how a Job stands from the conditions in its status."""
    true = {one["type"]: one for one in conditions if one.get("status") == "True"}
    if "Complete" in true:
        return JobState(over=True, succeeded=True)
    failed = true.get("Failed")
    return JobState(over=True, reason=failed.get("reason") or "") if failed else JobState()


def ended(state: JobState, name: str) -> Ran:
    """Say how an execution went whose Job is over: what was cut short may have done all, something or nothing."""
    if state.succeeded:
        return Ran(status=Status.SUCCEEDED, detail=f"The Job {name} is complete.")
    if state.reason == PROGRAM_FAILED:
        return Ran(status=Status.FAILED, detail=f"The Job {name} failed.")
    why = state.reason or "for no reason that Kubernetes gives"
    return Ran(status=Status.UNKNOWN, detail=f"The Job {name} was cut short: {why}.")


def gone(name: str) -> Ran:
    """Say that a Job which was started is not there any more."""
    return Ran(
        status=Status.UNKNOWN,
        detail=f"The Job {name} was started and is gone; nobody knows how it ended.",
    )


def _word(text: str, args: Mapping[str, JSON]) -> str:
    word = ""
    for words, pointer in read_template(text).parts:
        word += words
        if pointer is not None:
            value = _written(pointer, look_up(args, pointer))
            if not word and value.startswith("-"):
                raise WordRefused(f"{pointer} begins with a dash and would be read as an option.")
            word += value
    return word


def _written(pointer: str, value: object) -> str:
    if value is MISSING:
        raise WordRefused(f"{pointer} is absent, and the command line needs it.")
    text = value if isinstance(value, str) else canonical(value).decode()
    if "\0" in text:
        raise WordRefused(f"{pointer} holds NUL, which no command line can.")
    return text


def _escaped(key: str, words: Sequence[str]) -> dict[str, list[str]]:
    """Keep Kubernetes from reading $(NAME) as a variable of the container."""
    return {key: [word.replace("$", "$$") for word in words]} if words else {}
