"""GET /handoffs: one's own, newest first, page after page."""

import base64

import pytest

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


def keys(answer):
    assert answer.status_code == 200
    return [one["key"] for one in answer.json["handoffs"]]


@both
def test_pages_follow_each_other_without_gap_or_repetition(agent):
    for n in range(5):
        agent.submit(key=f"k{n}")
    first = agent.get("/handoffs", limit=2)
    second = agent.get("/handoffs", limit=2, cursor=first.json["next_cursor"])
    third = agent.get("/handoffs", limit=2, cursor=second.json["next_cursor"])
    assert [keys(first), keys(second), keys(third)] == [["k4", "k3"], ["k2", "k1"], ["k0"]]
    assert (second.json["has_more"], third.json["has_more"]) == (True, False)
    assert third.json["next_cursor"] is None


def test_what_arrives_meanwhile_does_not_shift_the_pages(agent):
    for n in range(3):
        agent.submit(key=f"k{n}")
    first = agent.get("/handoffs", limit=2)
    agent.submit(key="later")
    assert keys(agent.get("/handoffs", limit=2, cursor=first.json["next_cursor"])) == ["k0"]


@both
def test_a_key_finds_its_handoff(agent, approved):
    answer = agent.get("/handoffs", key="refund:8841")
    assert answer.json["handoffs"][0]["permit"]["id"] == approved["permit"]["id"]
    assert keys(agent.get("/handoffs", key="refund:9")) == []


@both
def test_each_filter_keeps_what_fits(agent, world):
    agent.submit(key="old", run_id="r1", thread_id="t1")
    world.pass_time(minutes=1)
    agent.submit(key="new", run_id="r2", thread_id="t2", confidence=0.97)
    assert keys(agent.get("/handoffs", status="approved")) == ["new"]
    assert keys(agent.get("/handoffs", run_id="r1")) == ["old"]
    assert keys(agent.get("/handoffs", thread_id="t2", status="approved")) == ["new"]
    assert keys(agent.get("/handoffs", since="2026-03-02T10:01:00+01:00")) == ["new"]


def test_nothing_of_another_agent_is_listed(add_agent, pending):
    other = add_agent("other-agent")
    assert keys(other.get("/handoffs")) == []
    assert keys(other.get("/handoffs", key="refund:8841")) == []


def test_people_have_no_handoffs_of_their_own(ann):
    answer = ann.get("/handoffs")
    assert (answer.status_code, answer.json["code"]) == (403, "agent_needed")


def opaque(text):
    return base64.urlsafe_b64encode(text.encode()).decode()


WRONG = [
    ("status", "lost"),
    ("since", "yesterday"),
    ("since", "0001-01-01T00:00:00+14:00"),
    ("since", "9999-12-31T23:59:59-14:00"),
    ("limit", "0"),
    ("limit", "101"),
    ("limit", "9" * 30),
    ("cursor", "nonsense"),
    ("cursor", "é"),
    ("cursor", opaque("1:ho_\0")),
    ("cursor", opaque("2:ho_01kjpwd6m00000000000000005")),
    ("run_id", "\0"),
    ("run", "r1"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_query_that_is_not_usable_is_refused_by_name(agent, name, value):
    answer = agent.get("/handoffs", **{name: value})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert answer.json["errors"][0]["pointer"] == f"?{name}"


def test_an_earliest_instant_is_fine(agent, pending):
    assert keys(agent.get("/handoffs", since="0001-01-01T00:00:00Z")) == ["refund:8841"]
