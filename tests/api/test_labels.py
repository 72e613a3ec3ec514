"""Labels through the API: people judge what ran unasked, agents never hear of it."""

import pytest

from tests.api.callers import FRAUD
from webapp.domain.decision import Role

ALL = ("    tiers: {auto: 0.95", "    audit_sample: 1\n    tiers: {auto: 0.95")
OBSERVED = ("    tiers: {auto: 0.95", "    observe: true\n    tiers: {auto: 0.95")
REASON = "The photo shows another lamp."


@pytest.fixture
def audited(publish):
    """A policy of which everything that runs unasked is looked at afterwards."""
    publish(ALL)


def run(agent, key="refund:1"):
    """Let the agent run something unasked, to its end."""
    handoff = agent.submit(key, confidence=0.99)
    agent.post(f"/permits/{handoff['permit']['id']}/redeem", {"action": handoff["action"]}, key="x")
    return agent.post(f"/handoffs/{handoff['id']}/outcome", {"status": "succeeded"}).json


def label(person, handoff, said="wrong", reason=REASON):
    body = {"label": said, "reason": reason} if reason else {"label": said}
    return person.post(f"/handoffs/{handoff['id']}/label", body)


def test_a_person_says_afterwards_that_it_was_wrong(agent, ann, audited):
    ran = run(agent)
    answer = label(ann, ran)
    assert answer.status_code == 200
    said = answer.json
    assert (said["kind"], said["label"], said["reason"]) == ("sample", "wrong", REASON)
    assert (said["by"], said["route"], said["confidence"]) == ("ann@desk.test", "auto", 0.99)


def test_what_was_chosen_waits_in_the_list_until_somebody_has_spoken(agent, ann, audited):
    ran = run(agent)
    assert [one["handoff"] for one in ann.get("/labels", open="true").json["labels"]] == [ran["id"]]
    label(ann, ran, "right", None)
    assert ann.get("/labels", open="true").json["labels"] == []
    assert len(ann.get("/labels", kind="sample", label="right").json["labels"]) == 1


def test_for_the_agent_nothing_has_changed(agent, ann, audited):
    ran = run(agent)
    before = agent.read(ran)
    label(ann, ran)
    assert agent.read(ran) == before
    listed = agent.get("/handoffs", key="refund:1").json["handoffs"]
    assert "sample" not in str(before) + str(listed)
    assert "label" not in str(before) + str(listed)


def test_the_same_word_again_is_fine_and_another_is_told_who_was_first(agent, ann, bob, audited):
    ran = run(agent)
    assert label(ann, ran).json == label(ann, ran).json
    for person, said in ((bob, "wrong"), (ann, "unsure")):
        answer = label(person, ran, said)
        assert (answer.status_code, answer.json["code"]) == (409, "already_labelled")
        assert answer.json["labelled"]["by"] == "ann@desk.test"


@pytest.mark.parametrize("said", ["wrong", "unsure"])
def test_whoever_is_not_content_says_why(agent, ann, audited, said):
    answer = label(ann, run(agent), said, "  ")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/reason")


@pytest.mark.parametrize("said", ["agreed", "fine", None])
def test_only_right_wrong_and_unsure_can_be_said(agent, ann, audited, said):
    answer = label(ann, run(agent), said)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/label")


def test_agents_neither_label_nor_read_labels(agent, audited):
    ran = run(agent)
    assert label(agent, ran).json["code"] == "person_needed"
    assert agent.get("/labels").json["code"] == "person_needed"


def test_whoever_may_not_decide_may_not_judge(agent, add_person, audited):
    ran = run(agent)
    viewer, other = add_person("vic", Role.VIEWER), add_person("olga", team="support")
    assert label(viewer, ran).json["code"] == "not_an_approver"
    assert label(other, ran).json["code"] == "not_an_approver"


def test_nobody_judges_what_was_done_for_them(add_agent, ann, audited):
    own = add_agent("billing-agent", by="ann@desk.test")
    assert label(ann, run(own)).json["code"] == "own_request"


def test_what_was_not_chosen_or_is_not_over_is_not_judged(agent, ann, publish):
    plain = run(agent)
    assert label(ann, plain).json["code"] == "not_sampled"
    publish(ALL)
    running = agent.submit("refund:2", confidence=0.99)
    asked = agent.submit("refund:3", action=FRAUD)
    for one in (running, asked):
        assert label(ann, one).json["code"] == "not_sampled"
    assert ann.post("/handoffs/ho_nothing/label", {"label": "right"}).status_code in {403, 404}


def test_labels_are_for_the_team_and_for_auditors(agent, add_person, audited):
    run(agent)
    seen = {
        "teammate": add_person("vic", Role.VIEWER),
        "auditor": add_person("aud", Role.AUDITOR, "audit"),
        "other": add_person("olga", team="support"),
    }
    found = {name: len(one.get("/labels").json["labels"]) for name, one in seen.items()}
    assert found == {"teammate": 1, "auditor": 1, "other": 0}


def test_labels_come_page_by_page(agent, ann, audited):
    ids = [run(agent, f"refund:{n}")["id"] for n in range(3)]
    first = ann.get("/labels", limit=2).json
    rest = ann.get("/labels", limit=2, cursor=first["next_cursor"]).json
    listed = [one["handoff"] for one in (*first["labels"], *rest["labels"])]
    assert (listed, first["has_more"], rest["has_more"]) == (ids[::-1], True, False)


@pytest.mark.parametrize("query", [{"kind": "x"}, {"open": "maybe"}, {"cursor": "x"}, {"z": "1"}])
def test_a_query_that_makes_no_sense_is_refused(ann, query):
    assert ann.get("/labels", **query).status_code == 422


# --------------------------------------------------------------------------------------------------
# Shadow


def test_what_is_observed_is_shown_to_people_only_after_they_have_spoken(agent, ann, publish):
    publish(OBSERVED)
    doubt = {"uncertainty": "Is it the lamp?", "reasoning": "I am sure.", "state": {"sure": True}}
    asked = agent.submit(confidence=0.99, **doubt)
    blind = ann.read(asked)
    assert (blind["verdict"]["observed"], blind["verdict"]["would"]) == (True, None)
    hidden = {"confidence", "uncertainty", "reasoning"} & set(blind)
    assert (hidden, blind["state"], blind["verdict"]["tier"]) == (set(), None, None)
    assert [one["code"] for one in blind["verdict"]["reasons"]] == ["observed"]
    done = ann.decide(blind).json
    assert (done["status"], done["decision"]["verb"]) == ("answered", "approve")
    assert (done["verdict"]["would"], done["confidence"]) == ("auto", 0.99)
    [found] = ann.get("/labels", kind="shadow").json["labels"]
    assert (found["label"], found["route"], found["verb"]) == ("agreed", "auto", "approve")


def test_an_observed_agent_is_told_to_go_on_without_a_permit(agent, ann, publish):
    publish(OBSERVED)
    asked = agent.submit(confidence=0.99)
    assert (asked["status"], asked["permit"], asked["confidence"]) == ("pending", None, 0.99)
    assert asked["resume"]["instruction"].startswith("This is only observed")
    ann.decide(ann.read(asked))
    done = agent.read(asked)
    assert (done["permit"], done["resume"]["action"]) == (None, None)
    assert "Do not run the action" in done["resume"]["instruction"]
