"""What Handrail runs itself: the agent is told to wait, and gets neither a permit nor an action to run."""

import pytest

from tests.api.conftest import POLICY
from webapp.services import policies

CALL = '    permit: {valid: 24h, run_within: 15m}\n    executor: {http: {url: "https://tools.example.org/"}}\n'


@pytest.fixture
def asked(desk, agent):
    """A refund that is approved at once, for Handrail to run."""
    text = POLICY.replace("    permit: {valid: 24h, run_within: 15m}\n", CALL)
    desk.transact(lambda work: policies.publish(work, text, "test"))
    return agent.submit(confidence=0.99)


def test_the_agent_is_told_who_runs_it(agent, asked):
    assert (asked["status"], asked["executor"], asked["permit"]) == ("approved", "http", None)
    assert asked["resume"]["action"] is None
    assert asked["resume"]["instruction"].startswith("Handrail runs this itself: wait")


def test_what_the_agent_runs_itself_says_so(agent, approved):
    assert approved["executor"] == "agent"


def test_the_agent_can_neither_redeem_nor_report(agent, asked):
    number = asked["id"].removeprefix("ho_")
    permit = {"permit": {"id": f"pm_{number}_1"}}
    refused = {
        "permit_void": agent.redeem({**asked, **permit}),
        "not_running": agent.report(asked),
    }
    for code, answer in refused.items():
        assert (answer.status_code, answer.json["code"]) == (409, code)
        assert answer.json["detail"] == "Handrail runs this itself: wait for the outcome."
    assert agent.read(asked)["status"] == "approved"


def test_it_can_be_withdrawn_before_it_runs(agent, asked):
    answer = agent.post(f"/handoffs/{asked['id']}/withdraw")
    assert answer.json["status"] == "withdrawn"
