"""Kubernetes: start a Job, once for each name, and see how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

from webapp.domain.errors import HandrailError, NotNow
from webapp.domain.job import JobState, read_conditions

PATIENCE = 10  # seconds for each request


class JobRefused(HandrailError):
    """Kubernetes does not take this Job; nothing was started."""

    code = "job_refused"


class Jobs:
    """Speak to one cluster: that of a kubeconfig, or without one the cluster that the worker runs in."""

    def __init__(self, kubeconfig: str | None) -> None:
        self._client = _connect(kubeconfig)
        self._api: Any = client.BatchV1Api(self._client)

    def start(self, job: Mapping[str, Any]) -> None:
        """Start a Job, unless there is one of its name. Raises JobRefused, and NotNow where that is not sure."""
        namespace = job["metadata"]["namespace"]
        try:
            self._api.create_namespaced_job(namespace, job, _request_timeout=PATIENCE)
        except ApiException as error:
            if error.status == HTTPStatus.CONFLICT:
                return
            if _is_refusal(error):
                raise JobRefused(f"Kubernetes refuses the Job: {_said(error)}.") from None
            raise NotNow(f"Kubernetes does not take the Job now: {_said(error)}.") from None
        except HTTPError as error:
            raise NotNow(f"Kubernetes cannot be reached: {type(error).__name__}.") from None

    def look_at(self, namespace: str, name: str) -> JobState | None:
        """Say how a Job stands, None where there is none. Raises NotNow where that cannot be seen."""
        try:
            found = self._api.read_namespaced_job_status(name, namespace, _request_timeout=PATIENCE)
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise NotNow(f"Kubernetes does not show the Job now: {_said(error)}.") from None
        except HTTPError as error:
            raise NotNow(f"Kubernetes cannot be reached: {type(error).__name__}.") from None
        conditions = found.status.conditions if found.status else None
        return read_conditions([one.to_dict() for one in conditions or ()])

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def _connect(kubeconfig: str | None) -> Any:
    settings = client.Configuration()
    settings.retries = False  # the outbox tries again, and knows how often
    try:
        if kubeconfig is None:
            config.load_incluster_config(client_configuration=settings)
        else:
            read = yaml.safe_load(kubeconfig)
            config.load_kube_config_from_dict(read, client_configuration=settings)
    except (ConfigException, yaml.YAMLError, TypeError, AttributeError) as error:
        where = "The kubeconfig" if kubeconfig else "The service account of the worker"
        raise JobRefused(f"{where} cannot be used: {type(error).__name__}.") from None
    return client.ApiClient(settings)


def _is_refusal(error: ApiException) -> bool:
    status = int(error.status or 0)
    lasting = status not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and lasting


def _said(error: ApiException) -> str:
    return f"{error.status} {error.reason}"
