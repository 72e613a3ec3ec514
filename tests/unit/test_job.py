"""A Job's command line: each word stays one word, whatever an agent put into its args."""

import pytest

from tests.makers import NOW, approved, redemption
from webapp.domain.executor import KubernetesJob
from webapp.domain.job import WordRefused, job_name, job_of, read_conditions, words_of


def test_an_arg_stays_inside_of_its_word_and_is_never_read_by_a_shell():
    args = {"order": "1; rm -rf / $(id) 'x'", "n": 5, "list": [1, "a"]}
    words = words_of(["--order={order}", "{n}", "{list}", "{{}}"], args)
    assert words == ["--order=1; rm -rf / $(id) 'x'", "5", '[1,"a"]', "{}"]


def test_an_arg_begins_no_option():
    with pytest.raises(WordRefused, match="/order begins with a dash"):
        words_of(["{order}"], {"order": "--all"})
    assert words_of(["--order={order}"], {"order": "--all"}) == ["--order=--all"]


@pytest.mark.parametrize(("args", "words"), [({}, "absent"), ({"order": "a\0b"}, "NUL")])
def test_what_no_command_line_can_hold_is_refused(args, words):
    with pytest.raises(WordRefused, match=words):
        words_of(["{order}"], args)


def test_kubernetes_does_not_read_an_arg_as_a_variable():
    begun = redemption(approved()).after
    job = KubernetesJob(namespace="pay", image="a", args=("{to}$(HOME)",))
    [container] = job_of(job, begun, begun.execution)["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["carl$$(HOME)"]


def test_a_name_follows_from_the_permit_and_fits_kubernetes():
    name = job_name("pm_01K9ZZZZZZZZZZZZZZZZZZZZZZ_12")
    assert (name, len(name) <= 63) == ("handrail-pm-01k9zzzzzzzzzzzzzzzzzzzzzz-12", True)


def test_a_job_is_forgotten_long_after_its_run_is_given_up():
    begun = redemption(approved()).after
    spec = job_of(KubernetesJob(namespace="pay", image="a"), begun, begun.execution)["spec"]
    within = (begun.execution.run_until - NOW).total_seconds()
    assert spec["activeDeadlineSeconds"] < within < spec["ttlSecondsAfterFinished"]


def test_a_job_is_over_only_where_kubernetes_says_so():
    assert not read_conditions([{"type": "Complete", "status": "False"}]).over
    assert not read_conditions([{"type": "FailureTarget", "status": "True"}]).over
    assert read_conditions([{"type": "Failed", "status": "True", "reason": None}]).over
