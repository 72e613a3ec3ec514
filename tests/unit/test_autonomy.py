"""What earns a level and what costs one, as the policy says it and as people read it."""

from datetime import timedelta

import pytest

from tests.makers import DAY, NOW, decided, in_state, outcome, person, running, submitted
from webapp.domain import execution
from webapp.domain.autonomy import Promotion, Record, Trigger, cost, missing
from webapp.domain.decision import EVERY_TEAM, Role
from webapp.domain.errors import Forbidden, OwnRequest
from webapp.domain.handoff import Status, Verb
from webapp.domain.history import EventType
from webapp.domain.leveling import demotion_refusal, promotion_refusal, trigger_of
from webapp.domain.loops import Within
from webapp.domain.policy_document import check, parse
from webapp.domain.step import one_step

ASKED = Promotion()


def record(**given) -> Record:
    return Record(**{"since": NOW, "decided": 20, "agreed": 20, "failed": 0, **given})


def autonomy(text: str):
    """The grant of an agent whose autonomy is `text`."""
    return parse(f"agents: {{x: {{owner: a, autonomy: {text}}}}}", number=1).grants["x"]


def found(text: str) -> tuple[list[str], list[str]]:
    """The codes of problems and warnings of an autonomy."""
    report = check(f"agents: {{x: {{owner: a, autonomy: {text}}}}}")
    return [one.code for one in report.problems], [one.code for one in report.warnings]


@pytest.mark.parametrize(
    ("lacking", "says"),
    [
        ({}, None),
        ({"decided": 19, "agreed": 19}, "19 of 20 cases decided by people within 30d."),
        ({"agreed": 18}, "People agreed with 90 % of them; it takes 95 %."),
        ({"decided": 100, "agreed": 95}, None),
        ({"failed": 1}, "1 failed or unknown outcomes; it may have 0."),
    ],
)
def test_what_a_promotion_takes_is_said_where_it_is_missing(lacking, says):
    assert missing(ASKED, record(**lacking)) == ((says,) if says else ())


def test_without_any_case_nobody_agreed():
    assert record(decided=0, agreed=0).agreement == 0
    assert len(missing(ASKED, record(decided=0, agreed=0))) == 2


def test_the_record_is_told_as_the_api_carries_it():
    told = record(agreed=19).to_json()
    assert told == {"since": "2026-03-02T09:00:00Z", "decided": 20, "agreed": 19, "failed": 0}


def test_why_a_level_was_lost_is_said_in_a_sentence():
    limit = Within(count=2, length=timedelta(days=7))
    assert cost(Trigger.FAILED, limit, 2) == (
        "Failed outcomes within 7d: 2. The policy takes a level back at 2/7d."
    )


# ---------------------------------------------------------------------------------------------------------------------
# The document


def test_the_document_says_what_earns_and_what_costs_a_level():
    grant = autonomy(
        "{start: supervised, max: standard, promote: {decided: 5, agreement: 0.9, failed: 1, within: 10d}, "
        "demote: {failed: 2/7d, loops: 1/12h}}"
    )
    assert grant.promote == Promotion(decided=5, agreement=0.9, failed=1, within=10 * DAY)
    assert grant.demote == {
        Trigger.FAILED: Within(count=2, length=7 * DAY),
        Trigger.LOOPS: Within(count=1, length=DAY / 2),
    }


def test_promote_has_defaults_and_demote_has_none():
    grant = autonomy("{max: standard, promote: {}, demote: {}}")
    assert (grant.promote, grant.demote) == (Promotion(), {})
    silent = autonomy("{max: standard}")
    assert (silent.promote, silent.demote) == (None, {})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{demote: {failed: 2}}", "wrong_type"),
        ("{demote: {failed: 2 in 7d}}", "bad_rate"),
        ("{demote: {failed: 0/7d}}", "out_of_range"),
        ("{demote: {failed: 2/0d}}", "bad_rate"),
        ("{demote: {failed: 2/100d}}", "out_of_range"),
        ("{demote: {faild: 2/7d}}", "unknown_key"),
        ("{promote: {decided: 0}}", "out_of_range"),
        ("{promote: {agreement: 95}}", "out_of_range"),
        ("{promote: {failed: -1}}", "out_of_range"),
        ("{promote: {within: soon}}", "bad_duration"),
        ("{promote: 20}", "wrong_type"),
        ("{start: trusted, max: standard}", "start_above_max"),
    ],
)
def test_what_cannot_stand_there_is_refused(text, code):
    assert code in found(text)[0]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{max: standard, promote: {}, demote: {failed: 1/7d}}", []),
        ("{max: standard, promote: {}}", ["no_way_back"]),
        ("{start: standard, promote: {}, demote: {failed: 1/7d}}", ["rule_without_effect"]),
        ("{demote: {failed: 1/7d}}", ["rule_without_effect"]),
    ],
)
def test_steps_that_lead_nowhere_or_only_up_are_worth_a_second_look(text, codes):
    assert found(text) == ([], codes)


# ---------------------------------------------------------------------------------------------------------------------
# What may cost a level, and who may move an agent


def test_each_way_to_end_badly_is_a_trigger():
    assert trigger_of(outcome(running(), Status.FAILED)) is Trigger.FAILED
    assert trigger_of(outcome(running(), Status.UNKNOWN)) is Trigger.UNKNOWN
    assert trigger_of(execution.overrun(running(), NOW + DAY)) is Trigger.UNKNOWN
    assert trigger_of(outcome(running())) is None


def test_a_claim_after_the_end_is_no_second_failure():
    failed = in_state(Status.FAILED)
    assert trigger_of(outcome(failed, Status.FAILED, detail={"again": True})) is None


def test_a_denial_is_a_trigger_and_other_decisions_are_not():
    before = submitted()
    for verb, kind, trigger in (
        (Verb.DENY, EventType.DENIED, Trigger.DENIED),
        (Verb.APPROVE, EventType.APPROVED, None),
        (Verb.REQUEST_CHANGES, EventType.CHANGES_REQUESTED, None),
    ):
        after = decided(before, verb)
        assert trigger_of(one_step(before, after, kind, person().actor())) is trigger


@pytest.mark.parametrize(
    ("team", "role", "may_promote", "may_demote"),
    [
        ("payments", Role.ADMIN, True, True),
        (EVERY_TEAM, Role.ADMIN, True, True),
        ("payments", Role.APPROVER, False, True),
        (EVERY_TEAM, Role.APPROVER, False, True),
        ("support", Role.ADMIN, False, False),
        ("payments", Role.VIEWER, False, False),
        (EVERY_TEAM, Role.AUDITOR, False, False),
    ],
)
def test_admins_of_the_owner_team_promote_and_its_approvers_demote(
    team, role, may_promote, may_demote
):
    who = person(team=team, role=role)
    assert (promotion_refusal(who, "payments", ()) is None) is may_promote
    assert (demotion_refusal(who, "payments") is None) is may_demote


def test_whoever_made_a_key_does_not_promote_but_may_demote():
    who = person(role=Role.ADMIN)
    assert isinstance(promotion_refusal(who, "payments", {who.email}), OwnRequest)
    assert isinstance(promotion_refusal(who, "support", {who.email}), Forbidden)
    assert demotion_refusal(who, "payments") is None
