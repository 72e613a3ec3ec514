"""Standing approvals through the API: given with a decision, listed, used, taken back."""

import pytest

from tests.api.conftest import POLICY
from webapp.domain.decision import Role
from webapp.services import policies

TEXT = POLICY.replace("    reversible: false\n    unasked: true\n", "").replace(
    "    approvals: {from: [payments], count: 1, when_critical: 2}",
    "    standing: {max_for: 8h, max_uses: 20, vary: [/order_id],"
    " amount: {arg: /amount, currency: /currency}}\n"
    "    approvals: {from: [payments], count: 1, when_critical: 2}",
)
GIVEN = {"for": "2h", "uses": 5}


@pytest.fixture
def pending(desk, agent):
    desk.transact(lambda work: policies.publish(work, TEXT, "test"))
    return agent.submit("refund:1")


def refused(answer):
    return answer.status_code, answer.json["code"]


def listed(who):
    return who.get("/standing-approvals").json["standing_approvals"]


def test_an_approval_may_stand_for_similar_ones(agent, ann, pending):
    answer = ann.decide(pending, standing=GIVEN)
    assert answer.json["votes"][0]["standing"] == GIVEN
    second = agent.submit("refund:2")
    assert (second["status"], second["verdict"]["route"]) == ("approved", "review")
    said = second["decision"]
    [given] = listed(ann)
    assert (said["via"], said["by"], said["standing"]) == ("standing", "ann@desk.test", given["id"])
    assert (given["uses"], given["max_uses"], given["open"]) == (1, 5, True)
    assert second["permit"] is not None


@pytest.mark.parametrize(
    ("standing", "pointer"),
    [
        ({"for": "soon", "uses": 1}, "/standing/for"),
        ({"for": "0h", "uses": 1}, "/standing/for"),
        ({"for": "1h", "uses": 0}, "/standing/uses"),
        ({"for": "1h"}, "/standing/uses"),
        ({"for": "1h", "uses": 1, "more": 1}, "/standing/more"),
        ({"for": "9h", "uses": 1}, "/standing"),
        ({"for": "1h", "uses": 21}, "/standing"),
    ],
)
def test_a_wish_that_cannot_be_given_names_its_place(ann, pending, standing, pointer):
    answer = ann.decide(pending, standing=standing)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]
    assert listed(ann) == []


def test_it_is_taken_back_by_an_approver_of_the_team(agent, ann, add_person, pending):
    ann.decide(pending, standing=GIVEN)
    [given] = listed(ann)
    path = f"/standing-approvals/{given['id']}/revoke"
    vera, sam = add_person("vera", Role.VIEWER), add_person("sam", team="sales")
    assert refused(vera.post(path)) == (403, "not_an_approver")
    assert refused(sam.post(path)) == (404, "not_found")
    assert refused(agent.post(path)) == (403, "person_needed")
    assert listed(sam) == []
    ended = ann.post(path).json
    assert (ended["open"], ended["ended_because"]) == (False, "ann@desk.test took it back")
    assert ann.post(path).json == ended
    assert agent.submit("refund:2")["status"] == "pending"
