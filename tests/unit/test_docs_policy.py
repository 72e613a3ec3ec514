"""docs/policy.md says what the policy document really is."""

import re
from pathlib import Path

import pytest

from webapp.domain import (
    policy_actions,
    policy_agents,
    policy_deadline,
    policy_document,
    policy_envelope,
    policy_executor,
    policy_limits,
    policy_tasks,
)
from webapp.domain.policy import DEFAULT_LEVELS
from webapp.domain.policy_document import check, parse
from webapp.domain.policy_problems import Code

TEXT = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
EXECUTORS = (Path(__file__).parents[2] / "docs" / "executors.md").read_text(encoding="utf-8")
EXAMPLES += re.findall(r"```yaml\n(.*?)```", EXECUTORS, re.DOTALL)
NAMED = set(re.findall(r"`([a-z_]+)", TEXT))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n", 1)[0])
def test_every_example_is_a_policy_without_problems(example):
    assert check(example).problems == ()


def test_the_whole_example_has_the_usual_levels():
    levels = parse(EXAMPLES[0], number=1).levels
    assert dict(levels) == dict(DEFAULT_LEVELS)


def test_every_code_is_explained():
    assert {code.value for code in Code} <= NAMED


def test_every_key_and_everything_that_comes_later_is_named():
    keys = {*policy_document.KEYS, *policy_tasks.KEYS, *policy_actions.KEYS, *policy_agents.KEYS}
    keys |= {
        *policy_deadline.KEYS,
        *policy_envelope.KEYS,
        *policy_limits.USAGE,
        *policy_limits.TOTALS,
    }
    executors = set(re.findall(r"`([a-z_]+)", EXECUTORS))
    assert {*policy_executor.HTTP_KEYS, *policy_executor.JOB_KEYS} <= executors
    later = {*policy_document.LATER}
    assert keys | later <= NAMED
