"""An ask is seen through to its outcome, whatever people, policy and crashes do meanwhile."""

from collections import Counter
from dataclasses import replace

import clarify
import desk
import infrastructure
import pytest
import refunds
from ledger import Ledger

from handrail import Status, TransportError
from tests.examples.conftest import EXAMPLES

CASES = list(desk.read_cases(EXAMPLES / "agents" / "data" / "refunds.jsonl", once=True, every=0))
ASK = refunds.ask_for(CASES[0])
DAMAGED = [case for case in CASES if case["reason"] == "damaged"]
SURE = next(refunds.ask_for(case) for case in DAMAGED if refunds.confidence(case) == 0.98)


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.jsonl") as made:
        yield made


@pytest.fixture
def agent(real):
    return real.client()


@pytest.fixture
def courier(agent, ledger):
    return desk.Courier(client=agent, ledger=ledger, sleep=lambda _: None)


def asked(agent, ask=ASK):
    """Put an ask to the desk, as a run did that has died since."""
    return agent.submit(key=ask.key, title=ask.title, kind=ask.kind, **ask.claims)


def test_what_was_approved_meanwhile_is_run_and_reported(real, agent, courier, ledger):
    real.decide(asked(agent), "approve")
    assert courier.see_through(ASK).status is Status.SUCCEEDED
    assert ledger.done(ASK.key)["action"] == ASK.claims["action"]


def test_what_was_edited_is_run_as_edited(real, agent, courier, ledger):
    args = {**ASK.claims["action"]["args"], "amount": "20.00"}
    real.decide(asked(agent), "edit", args=args)
    courier.see_through(ASK)
    assert ledger.done(ASK.key)["action"]["args"] == args


def test_the_other_reading_is_run_when_a_person_chooses_it(real, agent, courier, ledger):
    real.decide(asked(agent), "edit", response={"interpretation": "ask"})
    courier.see_through(ASK)
    assert ledger.done(ASK.key)["action"]["name"] == "support.reply"


def test_what_was_denied_is_never_run(real, agent, courier, ledger):
    real.decide(asked(agent), "deny", note="Refunded by phone.")
    assert courier.see_through(ASK).status is Status.DENIED
    assert ledger.done(ASK.key) is None


def test_what_policy_allows_runs_without_a_person(courier, ledger):
    done = courier.see_through(SURE)
    assert (done.status, done.data["outcome"]["verified"]) == (Status.SUCCEEDED, True)
    assert ledger.done(SURE.key)


def test_what_the_schema_refuses_is_given_up(courier, ledger):
    large = next(refunds.ask_for(case) for case in CASES if len(case["amount"]) > 7)
    assert courier.see_through(large) is None
    assert ledger.done(large.key) is None


def test_a_run_that_died_before_its_effect_is_reported_as_unknown(agent, courier, ledger):
    agent.redeem(asked(agent, SURE))
    assert courier.see_through(SURE).status is Status.UNKNOWN
    assert ledger.done(SURE.key) is None


def test_a_run_that_died_after_its_effect_is_reported_as_succeeded(agent, courier, ledger):
    handoff = asked(agent, SURE)
    agent.redeem(handoff)
    ledger.do(SURE.key, handoff.permit.id, SURE.claims["action"])
    done = courier.see_through(SURE)
    assert (done.status, done.data["outcome"]["verified"]) == (Status.SUCCEEDED, True)


def test_asked_back_it_adds_evidence_once_and_then_withdraws(real, agent, courier):
    handoff = asked(agent)
    real.decide(handoff, "request_changes", note="Any history?")
    again = courier.next_step(ASK, agent.get(handoff.id))
    assert again.status is Status.PENDING
    assert again.data["evidence"][-1]["label"] == "Customer history"
    real.decide(again, "request_changes", note="And more?")
    assert courier.see_through(ASK).status is Status.WITHDRAWN


def test_a_stop_is_waited_out(real, agent, courier, ledger):
    stop = real.person("stops", scope="action", name="payments.refund", reason="Looking into it")
    resume = f"stops/{stop['id']}/resume"
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if seconds == desk.STOPPED_PAUSE:
            real.person(resume)

    real.decide(asked(agent), "approve")
    assert replace(courier, sleep=sleep).see_through(ASK).status is Status.SUCCEEDED
    assert pauses == [0, desk.STOPPED_PAUSE, 0]


def test_an_approval_taken_back_in_the_last_moment_does_not_run(real, agent, courier, ledger):
    handoff = asked(agent)

    def sleep(_):
        real.person(f"handoffs/{handoff.id}/revoke")
        real.decide(handoff, "deny", note="A slip.")

    real.decide(handoff, "approve")
    assert replace(courier, sleep=sleep).see_through(ASK).status is Status.DENIED
    assert ledger.done(ASK.key) is None


def test_an_answered_question_is_followed_by_what_it_means(real, ledger):
    support = real.client("support-agent")
    courier = desk.Courier(client=support, ledger=ledger, sleep=lambda _: None)
    path = EXAMPLES / "agents" / "data" / "clarify.jsonl"
    case = next(c for c in desk.read_cases(path, once=True, every=0) if c["ticket"] == "T-1043")
    question = asked(support, clarify.question(case))
    real.decide(question, "respond", response={"interpretation": "newsletter"})
    clarify.handle(courier, case)
    assert support.find("reply:T-1043").status is Status.SUCCEEDED
    assert "newsletters" in ledger.done("reply:T-1043")["action"]["args"]["text"]


def test_a_case_starts_over_when_the_desk_was_away(courier, ledger):
    tries = []

    def handle(_, case):
        tries.append(case)
        if len(tries) < 3:
            raise TransportError("away")

    pace = desk.Pace(first=1, most=1, seconds=0)
    agent = desk.Agent(courier=courier, pace=pace, key_of=lambda case: case["id"], handle=handle)
    agent.work(iter([{"id": "c1"}]))
    assert len(tries) == 3
    assert ledger.closed("c1")


def test_a_key_that_is_refused_ends_the_agent(real, ledger):
    nobody = desk.Client("http://desk", "hr_nobody", transport=real.transport)
    agent = desk.Agent(
        courier=desk.Courier(client=nobody, ledger=ledger, sleep=lambda _: None),
        pace=desk.Pace(first=1, most=1, seconds=0),
        key_of=refunds.key_of,
        handle=refunds.handle,
    )
    agent.work(iter(CASES))
    assert agent.refused.status == 401


def test_the_cases_come_out_every_way_that_there_is(agent):
    outcomes = Counter()
    for ask in map(refunds.ask_for, CASES[:60]):
        try:
            verdict = asked(agent, ask).verdict
        except desk.Invalid:
            outcomes["invalid"] += 1
        else:
            outcomes[verdict.route] += 1
            outcomes["critical"] += verdict.risk == "critical"
    assert min(outcomes[one] for one in ("auto", "review", "block", "critical", "invalid")) > 0


def test_what_is_only_observed_is_left_alone_at_once(real, courier, ledger):
    changes = desk.read_cases(
        EXAMPLES / "agents" / "data" / "infrastructure.jsonl", once=True, every=0
    )
    case = next(case for case in changes if case["action"] == "infra.set_log_level")
    ask = infrastructure.ask_for(case)
    infra = replace(courier, client=real.client("infra-agent"))
    handoff = infra.see_through(ask)
    assert (handoff.status, handoff.observed, handoff.may_run) == (Status.PENDING, True, False)
    assert ledger.done(ask.key) is None
    real.decide(handoff, "approve")
    assert infra.see_through(ask).status is Status.ANSWERED
    assert ledger.done(ask.key) is None
