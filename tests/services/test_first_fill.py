"""What an empty database is filled with, once, and never without its credentials being kept."""

import pytest

from webapp import config, first_fill
from webapp.domain.decision import EVERY_TEAM, Membership, Role
from webapp.domain.handoff import Agent, Face
from webapp.domain.policy_people import CODES
from webapp.services import accounts, policies, policy_check


@pytest.fixture(params=["1", "0"], ids=["with samples", "without samples"])
def settings(request, tmp_path):
    secret = {"HANDRAIL_SECRET_KEY": "x" * 40, "HANDRAIL_HOME": str(tmp_path)}
    return config.read({**secret, "HANDRAIL_SAMPLE": request.param})


@pytest.fixture
def fill(store, settings):
    return first_fill.filling(store, settings)


def test_an_empty_database_gets_an_admin_agents_with_keys_and_a_policy(fill, read, settings):
    kept = []
    fill(kept.append)
    (first,) = kept
    admin = accounts.verified(read(accounts.claimed, first.email), first.password)
    assert admin.memberships == (Membership(team=EVERY_TEAM, role=Role.ADMIN),)
    assert isinstance(read(accounts.identify, first.key, Face.API), Agent)
    assert set(first.keys) == (set(first_fill.SAMPLE_AGENTS) if settings.sample else {first.agent})
    assert read(policies.standing).policy.number == 1


def test_a_filled_database_is_left_alone(fill, read):
    kept = []
    fill(kept.append)
    people = read(accounts.people)
    fill(kept.append)
    assert len(kept) == 1
    assert read(accounts.people) == people


def test_the_samples_have_a_second_person_who_may_agree(fill, read, settings):
    kept = []
    fill(kept.append)
    (first,) = kept
    if not settings.sample:
        assert first.colleague is None
        return
    second = accounts.verified(read(accounts.claimed, first.colleague), first.password)
    assert second.memberships == (Membership(team=EVERY_TEAM, role=Role.APPROVER),)


def test_the_first_policy_asks_nobody_who_is_not_there(fill, read):
    fill(lambda _: None)
    text = read(policies.standing).policy.text
    assert [one for one in read(policy_check.check, text).warnings if one.code in CODES] == []


def test_a_first_policy_is_published_once(store, transact, read):
    transact(first_fill.first_policy)
    transact(first_fill.first_policy)
    assert read(policies.standing).policy.number == 1


def test_credentials_that_cannot_be_kept_leave_the_database_empty(fill, read):
    def full(_first):
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        fill(full)
    assert read(accounts.people) == []


def test_the_sample_agents_have_programs():
    assert [file for file in first_fill.programs().values() if not file.is_file()] == []


def test_the_policy_of_the_first_start_lets_nothing_run_unasked(store, transact, read):
    transact(policies.publish, first_fill.FIRST_POLICY, "test")
    policy = read(policies.standing).policy
    action = policy.action_type("anything.at_all")
    assert policy.levels[policy.grant("anybody", "team").start] is None
    assert not action.unasked
