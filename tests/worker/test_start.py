"""A Kubernetes Job runs what was approved: one for each permit, followed to its end."""

import pytest

from tests.kubernetes import cluster
from tests.worker.bench import a_bench
from webapp.domain.handoff import Status
from webapp.domain.message import Reach

POLICY = """
timezone: UTC
agents:
  refunder: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
actions:
  payments.refund:
    title: Refund a customer
    risk: medium
    args:
      type: object
      required: [amount]
      additionalProperties: false
      properties: {{amount: {{type: string}}}}
    approvals: {{from: [payments], count: 1}}
    permit: {{valid: 24h, run_within: 15m}}
    executor:
      kubernetes_job:
        namespace: payments
        image: registry.example.org/refund:1.4
        command: [refund]
        args: ["--amount={{amount}}", "--price", "$(PATH) $"]
        service_account: refunds
        credentials: {{secret: kubeconfig}}
        {more}
"""


@pytest.fixture
def k8s():
    with cluster() as found:
        yield found


@pytest.fixture
def bench(database_url, tmp_path, k8s):
    (tmp_path / "kubeconfig").write_text(k8s.kubeconfig)
    with a_bench(database_url, tmp_path) as made:
        made.publish(text=POLICY)
        yield made


def later(bench, handoff, **length):
    bench.world.pass_time(**(length or {"seconds": 40}))
    return bench.run(handoff)


def test_a_job_is_started_and_followed_until_it_is_complete(bench, k8s):
    approved = bench.approved()
    started = bench.run(approved)
    assert (started.status, len(k8s.created)) == (Status.RUNNING, 1)
    assert later(bench, approved).status is Status.RUNNING
    k8s.end("Complete")
    ran = later(bench, approved)
    assert (ran.status, ran.outcome.by) == (Status.SUCCEEDED, "Handrail")
    assert bench.said(ran)["detail"] == f"The Job {k8s.created[0]} is complete."
    assert "approval.execute" not in bench.office.topics()


def test_it_has_the_permits_name_and_nothing_that_it_does_not_need(bench, k8s):
    approved = bench.approved()
    bench.run(approved)
    [job] = k8s.jobs.values()
    assert job["metadata"]["name"] == f"handrail-{approved.permit.id}".lower().replace("_", "-")
    assert job["metadata"]["labels"]["handrail/handoff"] == approved.id
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    assert (spec["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert (spec["activeDeadlineSeconds"], spec["ttlSecondsAfterFinished"]) == (870, 87300)
    assert (pod["serviceAccountName"], pod["enableServiceLinks"]) == ("refunds", False)
    [container] = pod["containers"]
    assert container["resources"]["limits"] == {"cpu": "500m", "memory": "256Mi"}
    assert container["args"] == ["--amount=1.00", "--price", "$$(PATH) $$"]


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("BackoffLimitExceeded", Status.FAILED),
        ("DeadlineExceeded", Status.UNKNOWN),
        ("PodFailurePolicy", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
def test_only_a_program_that_failed_by_itself_has_failed(bench, k8s, reason, status):
    approved = bench.approved()
    bench.run(approved)
    k8s.end("Failed", reason)
    assert later(bench, approved).status is status


def test_a_job_whose_answer_was_lost_is_not_started_twice(bench, k8s):
    k8s.loses = 1
    approved = bench.approved()
    assert bench.run(approved).status is Status.RUNNING
    later(bench, approved)
    k8s.end("Complete")
    assert later(bench, approved).status is Status.SUCCEEDED
    assert len(k8s.created) == 1
    assert [one.split()[0] for one in k8s.asked] == ["POST", "POST", "GET"]


def test_a_job_that_was_taken_away_is_unknown_and_not_started_again(bench, k8s):
    approved = bench.approved()
    bench.run(approved)
    k8s.jobs.clear()
    ran = later(bench, approved)
    assert (ran.status, len(k8s.created)) == (Status.UNKNOWN, 1)
    assert "is gone" in bench.said(ran)["detail"]


def test_a_job_that_kubernetes_refuses_has_failed(bench, k8s):
    k8s.failures = [403]
    ran = bench.run(bench.approved())
    assert ran.status is Status.FAILED
    assert (
        bench.said(ran)["detail"] == "Nothing was sent: Kubernetes refuses the Job: 403 Forbidden."
    )


def test_a_cluster_that_is_away_is_asked_again(bench, k8s):
    k8s.failures = [500, 503]
    approved = bench.approved()
    for _ in range(3):
        bench.run(approved)
        bench.world.pass_time(seconds=40)
    assert len(k8s.created) == 1


def test_a_job_that_never_ends_is_given_up_with_its_run(bench, k8s):
    approved = bench.approved()
    bench.run(approved)
    bench.world.pass_time(minutes=15)
    bench.turn(Reach.INSIDE)
    assert later(bench, approved).status is Status.UNKNOWN
    assert "approval.execute" not in bench.office.topics()


def test_without_a_kubeconfig_that_can_be_used_nothing_is_started(bench, k8s):
    (bench.folder / "kubeconfig").write_text("none")
    ran = bench.run(bench.approved())
    assert (ran.status, k8s.asked) == (Status.FAILED, [])
    assert "The kubeconfig cannot be used" in bench.said(ran)["detail"]
