"""Who runs what was approved where the agent does not: a tool that Handrail calls, or a Job that it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar

TIMEOUT = timedelta(seconds=30)
LONGEST_TIMEOUT = timedelta(minutes=5)
# how much longer than its call a run may take: a call must never outlive the run that it belongs to
MARGIN = timedelta(seconds=30)
SHORTEST_JOB = timedelta(minutes=1)

VAULT_TOKEN = "vault-token"  # noqa: S105 — the name of the secret that opens Vault

RUN_HERE = "Handrail runs this itself: wait for the outcome."


class ExecutorKind(StrEnum):
    """What a handoff's action is run by."""

    AGENT = "agent"
    HTTP = "http"
    KUBERNETES_JOB = "kubernetes_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header of a call: its words, or the name of the secret that holds them."""

    name: str
    text: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What Handrail shows to whoever runs it: a named secret, or one that Vault lends for one execution.

    `vault` is the path that is read there, `field` the part of the answer that is shown.
    """

    secret: str | None = None
    vault: str | None = None
    field: str = "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """A tool that is called.

    `success` is CEL over `response`; None takes every 2xx for success. Only where it is `idempotent` may a call be
    repeated, under the same Idempotency-Key.
    """

    kind: ClassVar[ExecutorKind] = ExecutorKind.HTTP

    url: str
    method: str = "POST"
    headers: tuple[Header, ...] = ()
    credentials: Credentials | None = None
    success: str | None = None
    timeout: timedelta = TIMEOUT
    idempotent: bool = False

    @property
    def says(self) -> str:
        """Say in a few words what is done."""
        return f"{self.method} {self.url}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Name the secrets that it needs."""
        names = [one.secret for one in (*self.headers, self.credentials) if one and one.secret]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesJob:
    """A Job that is started, one for each execution; its command and args are templates over the action's args.

    Without `credentials`, the worker's own service account starts it; else they name a kubeconfig.
    """

    kind: ClassVar[ExecutorKind] = ExecutorKind.KUBERNETES_JOB

    namespace: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    service_account: str | None = None
    cpu: str = "500m"
    memory: str = "256Mi"
    credentials: Credentials | None = None

    @property
    def says(self) -> str:
        """Say in a few words what is done."""
        return f"a Job in namespace {self.namespace} with image {self.image}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Name the secrets that it needs."""
        named = self.credentials.secret if self.credentials else None
        return (named,) if named else ()


Executor = HttpCall | KubernetesJob


def run_by(executor: Executor | None) -> str:
    """Say by whom an action is run."""
    return f"Handrail ({executor.says})" if executor else "its agent"


def kind_of(executor: Executor | None) -> ExecutorKind:
    """Say by what an action is run; without an executor, by its agent."""
    return executor.kind if executor else ExecutorKind.AGENT


def to_json(executor: Executor | None) -> dict[str, Any] | None:
    """Give the form that is stored with a handoff."""
    if executor is None:
        return None
    facts = {name: getattr(executor, name) for name in executor.__slots__}
    if executor.credentials:
        facts["credentials"] = _plain(executor.credentials)
    if isinstance(executor, HttpCall):
        facts["headers"] = [_plain(one) for one in executor.headers]
        facts["timeout"] = executor.timeout.total_seconds()
    return {executor.kind.value: facts}


def from_json(data: Mapping[str, Any] | None) -> Executor | None:
    """Read what `to_json` gave."""
    if data is None:
        return None
    [(kind, facts)] = data.items()
    shown = facts["credentials"]
    credentials = Credentials(**shown) if shown else None
    if kind == ExecutorKind.HTTP:
        headers = tuple(Header(**one) for one in facts["headers"])
        timeout = timedelta(seconds=facts["timeout"])
        return HttpCall(
            **{**facts, "headers": headers, "timeout": timeout, "credentials": credentials}
        )
    words = {name: tuple(facts[name]) for name in ("command", "args")}
    return KubernetesJob(**{**facts, **words, "credentials": credentials})


def _plain(value: Header | Credentials) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
