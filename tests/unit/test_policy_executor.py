"""By whom an action is run: what the policy may say of it, and what is refused at its place."""

from datetime import timedelta

import pytest

from tests.unit.policy_samples import action_with, found, read_action, warnings
from webapp.domain.executor import (
    Credentials,
    ExecutorKind,
    Header,
    HttpCall,
    KubernetesJob,
    from_json,
    kind_of,
    to_json,
)
from webapp.domain.policy_diff import differences
from webapp.domain.policy_document import check, parse

BASE = """
risk: low
args:
  type: object
  required: [order]
  additionalProperties: false
  properties: {order: {type: string}, note: {type: string}}
"""
CALL = 'executor: {http: {url: "https://tools.example.org/refunds"}}'
JOB = "executor: {kubernetes_job: {namespace: pay, image: refund:1}}"


def executor_of(line):
    return read_action(BASE + line).terms.executor


def problems(line):
    return [
        (path.removeprefix("actions.a.b."), code)
        for _, _, path, code in found(action_with(BASE + line))
    ]


def test_without_a_word_the_agent_runs_it():
    assert kind_of(executor_of("")) is ExecutorKind.AGENT
    assert executor_of("executor: agent") is None


def test_a_tool_needs_an_address_and_nothing_else():
    assert executor_of(CALL) == HttpCall(url="https://tools.example.org/refunds")
    assert check(action_with(BASE + CALL)).warnings == ()


def test_everything_that_can_be_said_of_a_call_is_read():
    call = executor_of("""
executor:
  http:
    url: https://tools.example.org/
    method: PUT
    headers: {X-Api-Key: {secret: bank}, X-Team: payments}
    credentials: {vault: {path: database/creds/x, field: password}}
    success: response.status == 200 && response.body.ok
    timeout: 2m
    idempotent: true
""")
    assert call == HttpCall(
        url="https://tools.example.org/",
        method="PUT",
        headers=(Header(name="X-Api-Key", secret="bank"), Header(name="X-Team", text="payments")),
        credentials=Credentials(vault="database/creds/x", field="password"),
        success="response.status == 200 && response.body.ok",
        timeout=timedelta(minutes=2),
        idempotent=True,
    )
    assert call.secrets == ("bank",)


def test_everything_that_can_be_said_of_a_job_is_read():
    job = executor_of("""
executor:
  kubernetes_job:
    namespace: pay
    image: registry.example.org/refund@sha256:0123
    command: [refund]
    args: ["--order={order}"]
    service_account: refunds
    cpu: "2"
    memory: 1Gi
    credentials: {secret: kubeconfig}
""")
    assert job == KubernetesJob(
        namespace="pay",
        image="registry.example.org/refund@sha256:0123",
        command=("refund",),
        args=("--order={order}",),
        service_account="refunds",
        cpu="2",
        memory="1Gi",
        credentials=Credentials(secret="kubeconfig"),
    )


@pytest.mark.parametrize("line", [CALL, JOB, "executor: agent"])
def test_an_executor_is_stored_and_read_again_as_it_was(line):
    executor = executor_of(line)
    assert from_json(to_json(executor)) == executor


@pytest.mark.parametrize(
    ("line", "path", "code"),
    [
        ("executor: robot", "executor", "not_a_choice"),
        ("executor: {}", "executor", "missing"),
        ("executor: {ftp: {}}", "executor.ftp", "unknown_key"),
        ("executor: {http: {}, kubernetes_job: {}}", "executor", "missing"),
        ("executor: {http: {}}", "executor.http", "missing"),
        ("executor: {http: {url: 'ftp://x/'}}", "executor.http.url", "bad_address"),
        ("executor: {http: {url: 'https://u:p@x/'}}", "executor.http.url", "bad_address"),
        ("executor: {http: {url: 'https://x/{order}'}}", "executor.http.url", "bad_address"),
        ("executor: {http: {url: 'https://x:0/'}}", "executor.http.url", "bad_address"),
        (CALL.replace('"}}', '", method: GET}}'), "executor.http.method", "not_a_choice"),
        (CALL.replace('"}}', '", timeout: 6m}}'), "executor.http.timeout", "out_of_range"),
        (CALL.replace('"}}', '", headers: {Host: x}}}'), "executor.http.headers.Host", "bad_name"),
        (CALL.replace('"}}', '", headers: {X: é}}}'), "executor.http.headers.X", "bad_name"),
        (
            CALL.replace('"}}', '", headers: {Authorization: Bearer x}}}'),
            "executor.http.headers.Authorization",
            "secret_written",
        ),
        (
            CALL.replace('"}}', '", headers: {X: {secret: ../x}}}}'),
            "executor.http.headers.X.secret",
            "bad_name",
        ),
        (CALL.replace('"}}', '", success: response}}'), "executor.http.success", "bad_expression"),
        (
            CALL.replace('"}}', '", success: args.a == 1}}'),
            "executor.http.success",
            "bad_expression",
        ),
        (CALL.replace('"}}', '", credentials: {}}}'), "executor.http.credentials", "missing"),
        (
            CALL.replace('"}}', '", credentials: {vault: {path: /sys/x}}}}'),
            "executor.http.credentials.vault.path",
            "bad_name",
        ),
        (
            CALL.replace(
                '"}}', '", credentials: {secret: a}, headers: {authorization: {secret: b}}}}'
            ),
            "executor.http.headers",
            "duplicate_key",
        ),
        ("executor: {kubernetes_job: {image: a}}", "executor.kubernetes_job", "missing"),
        (JOB.replace("pay", "Pay"), "executor.kubernetes_job.namespace", "bad_name"),
        (JOB.replace("refund:1", "'a b'"), "executor.kubernetes_job.image", "bad_name"),
        (JOB.replace("}}", ", args: ['{ordr}']}}"), "executor.kubernetes_job.args", "unknown_arg"),
        (JOB.replace("}}", ", args: ['{note}']}}"), "executor.kubernetes_job.args", "unknown_arg"),
        (JOB.replace("}}", ", args: ['{']}}"), "executor.kubernetes_job.args", "bad_template"),
        (JOB.replace("}}", ", command: refund}}"), "executor.kubernetes_job.command", "wrong_type"),
        (JOB.replace("}}", ", memory: 1TB}}"), "executor.kubernetes_job.memory", "bad_name"),
        (
            JOB.replace("}}", ", credentials: {vault: {path: a/b}}}}"),
            "executor.kubernetes_job.credentials",
            "unsupported",
        ),
    ],
)
def test_what_cannot_be_run_so_is_refused_at_its_place(line, path, code):
    assert problems(line) == [(path, code)]


@pytest.mark.parametrize(
    ("line", "path"),
    [(CALL, "executor.http.timeout"), (JOB, "executor.kubernetes_job")],
)
def test_a_run_must_leave_time_for_its_call_or_job(line, path):
    assert problems(f"{line}\npermit: {{run_within: 59s}}") == [(path, "out_of_range")]


def test_a_call_without_tls_is_worth_a_second_look():
    assert warnings(action_with(BASE + CALL.replace("https", "http"))) == ["unencrypted"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "",
            CALL,
            "a.b is now run by Handrail (POST https://tools.example.org/refunds) instead of by its agent.",
        ),
        (
            CALL,
            CALL.replace('"}}', '", timeout: 1m, idempotent: true}}'),
            "Handrail now runs a.b otherwise: timeout 60 instead of 30; idempotent true instead of false.",
        ),
    ],
)
def test_a_difference_says_who_runs_it_and_how(old, new, said):
    before, after = (parse(action_with(BASE + line), number=1) for line in (old, new))
    assert [change.said for change in differences(before, after)] == [said]
