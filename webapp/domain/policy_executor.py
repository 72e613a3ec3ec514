"""Read by whom an action type is run: its agent, a tool that Handrail calls, or a Kubernetes Job."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from webapp.domain.executor import (
    LONGEST_TIMEOUT,
    MARGIN,
    SHORTEST_JOB,
    TIMEOUT,
    Executor,
    ExecutorKind,
    HttpCall,
    KubernetesJob,
)
from webapp.domain.policy_calls import (
    LONGEST_URL,
    is_address,
    read_credentials,
    read_form,
    read_headers,
)
from webapp.domain.policy_conditions import check_arg
from webapp.domain.policy_expressions import read_success
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape, Membership
from webapp.domain.policy_section import Section
from webapp.domain.summary import read_template

MOST_WORDS = 100
METHODS = {one: one for one in ("POST", "PUT", "PATCH", "DELETE")}
HTTP_KEYS = (
    "url", "method", "headers", "credentials", "success", "timeout", "idempotent",
)  # fmt: skip
JOB_KEYS = (
    "namespace", "image", "command", "args", "service_account", "cpu", "memory", "credentials",
)  # fmt: skip
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,499}")
_CPU = re.compile(r"[1-9][0-9]{0,5}m?")
_MEMORY = re.compile(r"[1-9][0-9]{0,5}(Ki|Mi|Gi)")


def read_executor(section: Section, shape: ArgsShape, run_within: timedelta) -> Executor | None:
    """Read `executor` of an action type; None where the agent runs it."""
    node = section.raw("executor")
    if node is None or not isinstance(node.value, dict):
        section.choice("executor", {ExecutorKind.AGENT.value: None}, None)
        return None
    executor = section.section("executor")
    executor.only(tuple(READERS))
    if len(executor.names()) != 1:
        message = f"executor is agent, or one of {' and '.join(READERS)}."
        executor.notes.problem(executor.place, Code.MISSING, message, "executor: {http: {url: …}}")
        return None
    read = READERS.get(executor.names()[0])
    return read(executor.section(executor.names()[0]), shape, run_within) if read else None


# a tool that is called


def _read_http(section: Section, _shape: ArgsShape, run_within: timedelta) -> HttpCall:
    section.only(HTTP_KEYS)
    return HttpCall(
        url=_read_url(section),
        method=section.choice("method", METHODS, "POST"),
        headers=read_headers(section),
        credentials=read_credentials(section),
        success=read_success(section, "success"),
        timeout=_read_timeout(section, run_within),
        idempotent=section.flag("idempotent", default=False),
    )


def _read_url(section: Section) -> str:
    url = section.text("url", LONGEST_URL)
    hint = "such as https://tools.example.org/refunds; an arg never stands in it"
    if url is None:
        if "url" not in section:
            section.notes.problem(section.place, Code.MISSING, "An http executor needs url.", hint)
        return ""
    if not is_address(url):
        message = f"{url[:80]} is no address that can be called."
        section.notes.problem(section.at("url"), Code.BAD_ADDRESS, message, hint)
    elif url.startswith("http:"):
        message = "Permit and secrets go to this address unencrypted."
        section.notes.warn(section.at("url"), Code.UNENCRYPTED, message, "https://…")
    return url


def _read_timeout(section: Section, run_within: timedelta) -> timedelta:
    timeout = section.duration("timeout", TIMEOUT)
    if timeout > LONGEST_TIMEOUT:
        message = "timeout is longer than 5m, which is the most."
        section.notes.problem(section.at("timeout"), Code.OUT_OF_RANGE, message)
    elif timeout + MARGIN > run_within:
        message = "permit.run_within must be 30s longer than timeout, or a call outlives its run."
        section.notes.problem(section.at("timeout"), Code.OUT_OF_RANGE, message)
    return timeout


# a Job that is started


def _read_job(section: Section, shape: ArgsShape, run_within: timedelta) -> KubernetesJob:
    section.only(JOB_KEYS)
    if run_within < SHORTEST_JOB:
        message = "A Job takes its time to start: permit.run_within must be 1m at least."
        section.notes.problem(section.place, Code.OUT_OF_RANGE, message)
    credentials = read_credentials(section)
    if credentials and credentials.vault:
        message = "A Job is started with a kubeconfig, which is a named secret."
        hint = "credentials: {secret: NAME}, or none for the worker's own service account"
        section.notes.problem(section.at("credentials"), Code.UNSUPPORTED, message, hint)
    account = "service_account" in section
    named = "the name of an account in that namespace"
    usual = KubernetesJob(namespace="", image="")
    return KubernetesJob(
        namespace=read_form(section, "namespace", _LABEL, "such as payments"),
        image=read_form(section, "image", _IMAGE, "such as registry.example.org/refund:1.4"),
        command=_read_words(section, "command", shape),
        args=_read_words(section, "args", shape),
        service_account=read_form(section, "service_account", _LABEL, named) if account else None,
        cpu=read_form(section, "cpu", _CPU, "such as 500m", usual.cpu),
        memory=read_form(section, "memory", _MEMORY, "such as 256Mi", usual.memory),
        credentials=credentials,
    )


def _read_words(section: Section, key: str, shape: ArgsShape) -> tuple[str, ...]:
    """Read the words of a command line; each stays one word, whatever the args in it hold."""
    words = (section.texts(key) or ()) if key in section else ()
    if len(words) > MOST_WORDS:
        message = f"{key} has {len(words)} words; {MOST_WORDS} is the most."
        section.notes.problem(section.at(key), Code.OUT_OF_RANGE, message)
    for word in words:
        template = read_template(word)
        for fault in template.faults:
            message = f"{fault[:80]} in {key} names no arg."
            hint = "write --order={order_id}; {{ and }} for braces"
            section.notes.problem(section.at(key), Code.BAD_TEMPLATE, message, hint)
        for pointer in template.pointers:
            check_arg(section, key, pointer, shape)
            if shape.membership(pointer) is Membership.OPTIONAL:
                message = (
                    f"{pointer} is not required by args; without it the Job cannot be started."
                )
                section.notes.problem(section.at(key), Code.UNKNOWN_ARG, message, "require it")
    return words


READERS: Mapping[str, Callable[[Section, ArgsShape, timedelta], Executor]] = {
    ExecutorKind.HTTP.value: _read_http,
    ExecutorKind.KUBERNETES_JOB.value: _read_job,
}
