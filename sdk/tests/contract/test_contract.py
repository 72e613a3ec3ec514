"""What the client promises, held against the real application."""

from __future__ import annotations

import threading
from itertools import islice

import pytest

import handrail
from handrail import (
    AlreadyRedeemed,
    Claims,
    Client,
    IdempotencyConflict,
    Invalid,
    NotApproved,
    NotAuthenticated,
    NotFound,
    PermitUnusable,
    Status,
    Stopped,
    requires_approval,
)
from sdk.tests.contract.real_desk import OTHER_PERSON, LosingTransport
from webapp.domain.handoff import Status as DesksStatus


def in_background(function):
    """Start the function in a thread, and give a function that waits for its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()), daemon=True)
    thread.start()

    def result():
        thread.join(timeout=20)
        return results[0]

    return result


def test_what_policy_allows_is_approved_at_once(agent, refund):
    handoff = refund(confidence=0.98)
    assert handoff.may_run
    assert handoff.verdict.route == "auto"
    with agent.run(handoff) as execution:
        assert execution.args["amount"] == "129.00"
    assert agent.get(handoff.id).status is Status.SUCCEEDED


def test_what_policy_blocks_says_why(refund):
    handoff = refund(confidence=0.2)
    assert handoff.status is Status.BLOCKED
    assert [reason.code for reason in handoff.verdict.reasons] == ["confidence_too_low"]
    assert handoff.verdict.reasons[0].fix


def test_a_decision_made_before_the_wait_is_delivered(real, refund):
    handoff = refund()
    real.decide(handoff, "approve")
    decided = handoff.wait()
    assert decided.may_run
    assert decided.decision.by == "mara@example.org"


def test_a_decision_made_during_the_wait_is_delivered(real, refund):
    handoff = refund()
    result = in_background(handoff.wait)
    real.decide(handoff, "approve")
    assert result().may_run


def test_an_edited_action_is_the_one_to_run(real, agent, refund):
    handoff = refund()
    args = {**handoff.data["action"]["args"], "amount": "100.00"}
    real.decide(handoff, "edit", args=args, note="The box was dented before.")
    decided = handoff.wait()
    assert decided.decision.changes == [
        {"op": "replace", "path": "/args/amount", "value": "100.00"}
    ]
    with agent.run(decided) as execution:
        assert execution.args == args


def test_choosing_another_reading_gives_its_action_to_run(real, refund):
    reply = {"name": "support.reply", "args": {"ticket": "8841", "to": "Mara", "text": "Which?"}}
    readings = [{"id": "mine", "text": "Broken"}, {"id": "ask", "text": "Ask", "action": reply}]
    handoff = refund(interpretations=readings)
    real.decide(handoff, "edit", response={"interpretation": "ask"})
    assert handoff.wait().resume.action == reply


def test_a_denial_carries_its_reason_and_nothing_runs(real, agent, refund):
    handoff = refund()
    real.decide(handoff, "deny", note="This was refunded by phone.")
    decided = handoff.wait()
    assert decided.decision.note == "This was refunded by phone."
    with pytest.raises(NotApproved, match="refunded by phone"):
        agent.run(decided)


def test_asking_back_is_answered_by_a_revision(real, agent, refund):
    handoff = refund(evidence=[{"label": "Photo", "text": "A crushed box."}], private_state=[1, 2])
    real.decide(handoff, "request_changes", note="Is there a scan?")
    asked = handoff.wait()
    assert asked.status is Status.CHANGES_REQUESTED
    assert asked.resume.note == "Is there a scan?"
    more = [*asked.data["evidence"], {"label": "Scan", "text": "Damaged in Leipzig."}]
    revised = agent.revise(asked, evidence=more)
    assert (revised.status, revised.revision) == (Status.PENDING, 2)
    assert revised.resume.private_state == [1, 2]


def test_a_question_is_answered(real, agent):
    readings = [{"id": "order", "text": "The order"}, {"id": "letter", "text": "The newsletter"}]
    handoff = agent.submit(
        kind="question", key="question:T-1", title="Cancel what?", interpretations=readings
    )
    real.decide(handoff, "respond", response={"interpretation": "letter"})
    decided = handoff.wait()
    assert decided.status is Status.ANSWERED
    assert decided.resume.response == {"interpretation": "letter"}


def test_two_people_are_needed_for_what_is_critical(real, agent, refund):
    args = {**refund("8842").data["action"]["args"], "order_id": "8843", "reason": "chargeback"}
    handoff = refund("8843", action={"name": "payments.refund", "args": args})
    real.decide(handoff, "approve")
    assert agent.get(handoff.id).status is Status.PENDING
    real.decide(handoff, "approve", OTHER_PERSON)
    assert handoff.wait().may_run


def test_the_same_ask_in_other_words_is_the_same_handoff(refund):
    first, again = refund(intent="Be kind"), refund(intent="Be quick")
    assert first.id == again.id
    assert (first.replayed, again.replayed) == (False, True)


def test_the_same_key_for_another_action_is_a_conflict(refund):
    first = refund()
    with pytest.raises(IdempotencyConflict) as caught:
        refund(amount="1.00")
    assert caught.value.handoff_id == first.id


def test_args_that_break_the_policy_come_back_field_by_field(refund):
    with pytest.raises(Invalid) as caught:
        refund(amount="a lot")
    assert caught.value.errors[0].pointer == "/action/args/amount"
    assert refund().status is Status.PENDING


def test_an_agent_that_lost_everything_but_its_key_finds_its_way_back(real, refund):
    handoff = refund(state={"step": 3}, private_state={"checkpoint": "c3"})
    real.decide(handoff, "approve")
    found = real.client().find("refund:8841")
    assert found.resume.state == {"step": 3}
    assert found.resume.private_state == {"checkpoint": "c3"}
    assert found.may_run


def test_a_lost_answer_to_a_submission_makes_no_second_handoff(real, refund):
    flaky = real.client(transport=LosingTransport(real.transport, 1))
    question = [{"id": "a", "text": "A"}]
    handoff = flaky.submit(kind="question", key="q:1", title="Which?", interpretations=question)
    assert handoff.replayed
    assert len(list(flaky.list())) == 1


def test_a_lost_answer_to_redeeming_is_no_second_run(real, refund):
    flaky = real.client(transport=LosingTransport(real.transport, 1))
    assert flaky.redeem(refund(confidence=0.98)).status is Status.RUNNING


def test_a_restarted_agent_never_runs_twice(real, agent, refund):
    handoff = refund(confidence=0.98)
    agent.redeem(handoff)
    with pytest.raises(AlreadyRedeemed):
        real.client().redeem(handoff)
    assert real.client().report(handoff, "unknown").status is Status.UNKNOWN


def test_a_lost_answer_to_a_revision_makes_no_third(real, refund):
    flaky = real.client(transport=LosingTransport(real.transport, 1))
    assert flaky.revise(refund(), confidence=0.9).revision == 2


def test_what_a_person_has_settled_as_not_run_is_found_and_run_again(real, agent, refund):
    handoff = refund(confidence=0.98)
    agent.redeem(handoff)
    agent.report(handoff, "unknown")
    real.person(f"handoffs/{handoff.id}/settle", ran=False, note="The bank has none.")
    settled = agent.get(handoff.id).settled
    assert (settled.ran, settled.by, settled.note) == (
        False,
        "mara@example.org",
        "The bank has none.",
    )
    real.person(f"handoffs/{handoff.id}/run-again")
    again = agent.find(f"run-again:{handoff.id}")
    assert (again.status, again.data["parent_handoff_id"]) == (Status.PENDING, handoff.id)
    real.decide(again, "approve", OTHER_PERSON)
    with agent.run(again.wait()) as execution:
        assert execution.token
    assert agent.get(again.id).status is Status.SUCCEEDED


def test_the_same_outcome_twice_is_one(agent, refund):
    handoff = refund(confidence=0.98)
    agent.redeem(handoff)
    reports = [agent.report(handoff, "failed", detail="card expired") for _ in range(2)]
    assert [report.status for report in reports] == [Status.FAILED, Status.FAILED]


def test_a_revoked_approval_does_not_run(real, agent, refund):
    handoff = refund()
    real.decide(handoff, "approve")
    decided = handoff.wait()
    real.person(f"handoffs/{handoff.id}/revoke")
    with pytest.raises(PermitUnusable):
        agent.redeem(decided)


def test_a_stop_holds(real, agent, refund):
    handoff = refund(confidence=0.98)
    real.person("stops", scope="global", reason="Something is wrong")
    with pytest.raises(Stopped):
        agent.redeem(handoff)


def test_a_withdrawn_handoff_is_final(agent, refund):
    assert agent.withdraw(refund()).is_final


def test_the_end_of_a_run_withdraws_what_waits(agent, refund):
    handoff = refund(run_id="run-7")
    assert agent.end_run("run-7") == (handoff.id,)


def test_listing_gives_all_newest_first(agent, refund):
    ids = [refund(str(order)).id for order in range(8841, 8866)]
    assert [handoff.id for handoff in agent.list(status="pending")] == ids[::-1]


def test_events_go_on_where_they_stopped(real, agent, refund):
    stream = agent.events()
    first = in_background(lambda: list(islice(stream, 1)))
    handoff = refund()
    [event] = first()
    real.decide(handoff, "approve")
    [after] = islice(agent.events(event.id), 1)
    assert (event.handoff_id, event.status) == (handoff.id, "pending")
    assert (after.handoff_id, after.status) == (handoff.id, "approved")


def test_another_agents_handoff_does_not_exist(real, refund):
    handoff = refund()
    with pytest.raises(NotFound):
        real.client("support-agent").get(handoff.id)


def test_an_unknown_key_is_refused(real):
    with pytest.raises(NotAuthenticated):
        Client("http://desk", "hr_nobody", transport=real.transport).me()


def test_an_agent_knows_itself(agent):
    assert "billing-agent" in str(agent.me())


def test_a_guarded_function_runs_as_approved(agent):
    @requires_approval(
        agent, "support.reply", key="reply:{ticket}", title="Answer {to}", confidence=0.99
    )
    def reply(execution, ticket, to, text):
        return f"{to}: {text}"

    assert reply(ticket="T-1042", to="Chloé", text="Friday it is.") == "Chloé: Friday it is."
    assert agent.find("reply:T-1042").status is Status.SUCCEEDED


def test_a_guarded_function_whose_action_is_only_observed_does_not_run_and_does_not_wait(real):
    @requires_approval(real.client("infra-agent"), "infra.set_log_level", key="log", title="Log")
    def set_level(execution, **args):
        raise AssertionError(execution, args)

    with pytest.raises(NotApproved, match="only observed") as caught:
        set_level(service="mailer", **{"from": "warning", "to": "info"})
    assert caught.value.handoff.observed
    real.decide(caught.value.handoff, "approve")
    with pytest.raises(NotApproved):
        set_level(service="mailer", **{"from": "warning", "to": "info"})


def test_every_status_of_the_desk_is_known():
    assert set(handrail.Status) == set(DesksStatus)


def test_every_field_that_may_be_submitted_has_a_name_and_a_type(real):
    schemas = real.app.test_client().get("/api/v1/openapi.json").json["components"]["schemas"]
    fields = set(schemas["SubmissionBody"]["properties"]) - {"kind", "title"}
    assert fields == set(Claims.__annotations__)
