"""A Kubernetes API server on this computer: it takes Jobs that Kubernetes' published schema takes, each name once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import kubernetes_validate

from tests.serving import Quiet, served

TOKEN = "worker-account"
PATHS = re.compile(r"/apis/batch/v1/namespaces/([a-z0-9-]+)/jobs(?:/([a-z0-9-]+)/status)?")


@dataclass
class Cluster:
    """`jobs` by namespace and name; `created` lists each that was ever made; `failures` answers come first."""

    url: str = ""
    jobs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    loses: int = 0  # answers that never arrive, after the deed

    @property
    def kubeconfig(self) -> str:
        """What a client needs to speak to it."""
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "worker"}}],
                "clusters": [{"name": "here", "cluster": {"server": self.url}}],
                "users": [{"name": "worker", "user": {"token": TOKEN}}],
            }
        )

    def take(self, namespace: str, job: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)
        name = job["metadata"]["name"]
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name)
        assert job["metadata"]["namespace"] == namespace
        if (namespace, name) in self.jobs:
            return 409, said(409, "AlreadyExists")
        self.jobs[namespace, name] = {**job, "status": {"active": 1}}
        self.created.append(name)
        return 201, job

    def show(self, namespace: str, name: str) -> tuple[int, dict[str, Any]]:
        found = self.jobs.get((namespace, name))
        return (200, found) if found else (404, said(404, "NotFound"))

    def end(self, kind: str, reason: str = "") -> None:
        """Bring every Job to its end."""
        ended = {"type": kind, "status": "True", "reason": reason}
        early = {"type": "SuccessCriteriaMet", "status": "True"}
        for job in self.jobs.values():
            job["status"] = {"conditions": [early, ended] if kind == "Complete" else [ended]}


def said(code: int, reason: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "code": code,
    }


class Asked(Quiet):
    """One request."""

    cluster: Cluster

    def take(self) -> None:
        if self.command == "POST":
            body = json.loads(self.read())
            self._answer(lambda namespace, _name: self.cluster.take(namespace, body))
        else:
            self._answer(self.cluster.show)

    def _answer(self, do: Any) -> None:
        cluster = self.cluster
        cluster.asked.append(f"{self.command} {self.path}")
        if cluster.failures:
            status = cluster.failures.pop(0)
            body = said(status, "Failing")
        elif self.headers["authorization"] != f"Bearer {TOKEN}":
            status, body = 401, said(401, "Unauthorized")
        else:
            status, body = do(*PATHS.fullmatch(self.path).groups())
        if cluster.loses:
            cluster.loses -= 1
            self.connection.close()
            return
        self.answer(status, body)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Serve a cluster on a free port."""
    found = Cluster()
    with served(Asked, cluster=found) as found.url:
        yield found
