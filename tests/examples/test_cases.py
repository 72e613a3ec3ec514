"""The bundled cases are many, fit the sample policy, and show where the agents are too sure."""

import json
from collections import Counter

import clarify
import desk
import infrastructure
import pytest
import refunds
from ledger import left_behind

from tests.examples.conftest import EXAMPLES
from webapp.domain.effect import differences
from webapp.domain.policy_document import check, parse

TEXT = (EXAMPLES / "policy.yaml").read_text()
POLICY = parse(TEXT, number=1)


def cases(name):
    return list(desk.read_cases(EXAMPLES / "agents" / "data" / f"{name}.jsonl", once=True, every=0))


def faults(action):
    return POLICY.action_type(action["name"]).problems(action["args"])


def test_the_sample_policy_has_no_problems():
    assert check(TEXT).problems == ()


def test_there_are_at_least_200_refunds_each_with_its_own_key():
    keys = [refunds.key_of(case) for case in cases("refunds")]
    assert len(set(keys)) == len(keys) >= 200


def test_refunds_cover_every_reason_that_the_policy_knows():
    known = POLICY.action_type("payments.refund").args["properties"]["reason"]["enum"]
    assert {case["reason"] for case in cases("refunds")} == set(known)


def test_refunds_fit_the_policy_but_for_two_outside_its_limits():
    outside = [faults(refunds.proposal(case)) for case in cases("refunds")]
    assert Counter(fault.pointer for found in outside for fault in found) == {"/amount": 2}


@pytest.mark.parametrize("case", [case for case in cases("refunds") if "other" in case][:40])
def test_the_other_reading_of_a_complaint_is_an_action_that_the_policy_accepts(case):
    mine, other = refunds.readings(case)
    assert faults(other["action"]) == ()
    assert mine["confidence"] + other["confidence"] == pytest.approx(1)


def test_the_other_reading_of_a_change_is_an_action_that_the_policy_accepts():
    for case in [case for case in cases("infrastructure") if "other" in case]:
        mine, other = infrastructure.interpretations(case, asked(case))
        assert other["action"] != mine["action"]
        assert faults(other["action"]) == ()


def test_a_change_that_may_be_approved_with_similar_ones_comes_again_soon():
    early = [asked(case) for case in cases("infrastructure")[:12]]
    alike = [
        action["args"]["service"]
        for action in early
        if action["name"] == "infra.set_limit" and action["args"]["limit"] == "connections"
        if action["args"]["to"] == 60
    ]
    assert len(set(alike)) == len(alike) >= 4


def test_changes_fit_the_policy():
    assert [case["change"] for case in cases("infrastructure") if faults(asked(case))] == []


def asked(case):
    return infrastructure.ask_for(case).claims["action"]


def test_a_change_says_what_was_before_and_after():
    settings = [case["args"] for case in cases("infrastructure") if "node" not in case["args"]]
    assert all(args["from"] != args["to"] for args in settings)


def test_what_an_agent_expects_is_what_is_there_once_it_has_run():
    asks = [refunds.ask_for(case) for case in cases("refunds")]
    asks += [infrastructure.ask_for(case) for case in cases("infrastructure")]
    claims = [ask.claims for ask in asks]
    for case in cases("clarify"):
        said = [{"interpretation": one["id"]} for one in case.get("readings", ())]
        actions = filter(None, (clarify.chosen(case, one) for one in said))
        claims += [{"action": one, "expected_effect": clarify.expected(one)} for one in actions]
    for claim in claims:
        found = left_behind(claim["action"])
        assert differences(claim.get("expected_effect", {}), found) == ()
    assert sum("expected_effect" in claim for claim in claims) > 250


def test_what_a_reading_leads_to_fits_the_policy():
    for case in cases("clarify"):
        ids = [one["id"] for one in case.get("readings", ())]
        leads_to = [clarify.chosen(case, {"interpretation": one}) for one in ids]
        assert [action for action in leads_to if faults(action)] == []


def test_a_value_that_was_answered_is_filled_in():
    case = next(case for case in cases("clarify") if case["ticket"] == "T-1048")
    reply = clarify.chosen(case, {"percent": 10, "until": "2026-12-31"})
    assert "10 % for your next order, valid until 2026-12-31" in reply["args"]["text"]


def right(found):
    return sum(case["truth"] == "right" for case in found) / len(found)


def test_the_refund_agent_is_too_sure_of_photos():
    sure = [case for case in cases("refunds") if refunds.confidence(case) >= 0.95]
    assert right(sure) < 0.85


def test_the_infrastructure_agent_is_too_sure_of_many_signals():
    sure = [case for case in cases("infrastructure") if infrastructure.confidence(case) >= 0.95]
    assert right(sure) < 0.85


def test_the_support_agent_is_too_sure_of_short_messages():
    short = [c for c in cases("clarify") if len(c["message"]) < clarify.SHORT and c.get("readings")]
    said = sum(clarify.shares(case)[0] for case in short) / len(short)
    was = sum(case["truth"] == case["readings"][0]["id"] for case in short) / len(short)
    assert was < said - 0.1


def test_every_case_can_be_written_as_json():
    asks = [refunds.ask_for(case) for case in cases("refunds")]
    asks += [infrastructure.ask_for(case) for case in cases("infrastructure")]
    asks += [clarify.question(case) for case in cases("clarify")]
    assert all(json.dumps(ask.claims, allow_nan=False) for ask in asks)
