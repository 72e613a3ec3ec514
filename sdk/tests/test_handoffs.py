"""Submitting, finding, revising and listing; what is read and what is sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from handrail import Status, TransportError


def body(request) -> object:
    return json.loads(request.content)


def test_a_submission_is_the_json_of_the_api(client, desk):
    desk.will_say(desk.pending())
    action = {"name": "payments.refund", "args": {"order_id": "8841"}}
    client.submit(key="refund:8841", title="Refund", action=action, confidence=0.83)
    sent = {"kind": "action", "title": "Refund", "action": action, "confidence": 0.83}
    assert body(desk.asked[0]) == sent


def test_a_known_key_is_told_from_a_new_one(client, desk):
    again = httpx.Response(200, json=desk.pending(), headers={"Idempotent-Replayed": "true"})
    desk.will_say(desk.pending(), again)
    asks = [client.submit(key="refund:8841", title="Refund") for _ in range(2)]
    assert [handoff.replayed for handoff in asks] == [False, True]


def test_all_of_a_handoff_is_read(read, desk):
    decision = {"verb": "edit", "by": "mara@example.com", "at": "2026-11-21T09:30:00Z"}
    reason = {"code": "irreversible", "route": "review", "message": "It cannot be undone."}
    verdict = {"route": "review", "risk": "medium", "tier": None, "policy": 3, "reasons": [reason]}
    handoff = read(desk.approved(decision=decision, verdict=verdict))
    assert handoff.verdict.reasons[0].message == "It cannot be undone."
    assert handoff.decision.at == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert handoff.resume.state == {"step": 3}
    assert handoff.permit.id == "pm_1"


def test_what_a_newer_desk_adds_does_no_harm(read, desk):
    assert read(desk.pending(mood="calm")).data["mood"] == "calm"


def test_a_permits_token_and_the_answer_stay_out_of_logs(read, desk):
    assert "signed" not in repr(read(desk.approved()))


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(s, s not in {"pending", "changes_requested", "approved", "running"}) for s in Status],
)
def test_a_final_status_is_known_as_one(read, desk, status, is_final):
    assert read(desk.pending(status=status)).is_final is is_final


def test_an_ask_is_found_by_its_key(client, desk):
    desk.will_say({"handoffs": [desk.pending()], "has_more": False, "next_cursor": None})
    assert client.find("refund:8841").id == "ho_1"
    assert desk.asked[0].url.params["key"] == "refund:8841"


def test_nothing_is_found_under_a_key_never_used(client, desk):
    desk.will_say({"handoffs": [], "has_more": False, "next_cursor": None})
    assert client.find("refund:1") is None


def test_listing_goes_from_page_to_page(client, desk):
    desk.will_say(
        {"handoffs": [desk.pending(id="ho_2")], "has_more": True, "next_cursor": "c1"},
        {"handoffs": [desk.pending(id="ho_1")], "has_more": False, "next_cursor": None},
    )
    assert [handoff.id for handoff in client.list(status="pending")] == ["ho_2", "ho_1"]
    assert desk.asked[1].url.query == b"status=pending&cursor=c1"


def test_a_revision_says_again_what_it_does_not_change(client, read, desk):
    handoff = read(desk.pending(status="changes_requested", confidence=0.8))
    desk.will_say(desk.pending(revision=2))
    client.revise(handoff, confidence=0.9)
    said = {"kind": "action", "title": "Refund order 8841", "action": handoff.data["action"]}
    assert body(desk.asked[0]) == {**said, "confidence": 0.9}


def test_a_revision_keeps_the_private_state(client, read, desk):
    resume = {"instruction": "Revise.", "action": None, "private_state": {"checkpoint": 3}}
    handoff = read(desk.pending(status="changes_requested", resume=resume))
    desk.will_say(desk.pending(revision=2))
    client.revise(handoff)
    assert body(desk.asked[0])["private_state"] == {"checkpoint": 3}


def test_the_end_of_a_run_names_what_was_withdrawn(client, desk):
    desk.will_say({"run_id": "r1", "withdrawn": ["ho_1"]})
    assert client.end_run("r1") == ("ho_1",)


def test_a_revision_whose_answer_was_lost_is_not_made_twice(client, read, desk):
    handoff = read(desk.pending())
    desk.will_say(httpx.ReadError("lost"), desk.pending(revision=2))
    assert client.revise(handoff, confidence=0.9).revision == 2
    assert [request.method for request in desk.asked] == ["POST", "GET"]


def test_a_revision_that_never_arrived_is_an_error(client, read, desk):
    handoff = read(desk.pending())
    desk.will_say(httpx.ReadError("lost"), desk.pending())
    with pytest.raises(TransportError):
        client.revise(handoff, confidence=0.9)


def test_a_revision_is_sent_again_where_it_surely_never_left(client, read, desk):
    handoff = read(desk.pending())
    desk.will_say(httpx.ConnectError("refused"), desk.pending(revision=2))
    assert client.revise(handoff, confidence=0.9).revision == 2
