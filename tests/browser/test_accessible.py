"""Every page, in both themes and both widths, without a finding of axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.approver import at_the_desk
from tests.browser.scene import POLICY
from tests.browser.test_agents import LADDER
from tests.browser.test_audit import ALL, OBSERVED, READINGS, publish, run
from tests.browser.test_standing import TEXT as STANDING
from webapp.services import policies

pytestmark = pytest.mark.browser
FIT = {"ticket": "T-1", "kind": "refund", "urgent": True}
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PAGES = (
    "/",
    "/handoffs",
    "/handoffs?q=nothing-fits",
    "/agents",
    "/agents/refunder",
    "/people",
    "/policy",
    "/standing",
    "/stops",
    "/audit",
    "/api/docs",
    "/nowhere",
)


@pytest.fixture(params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture(params=list(SCREENS))
def window(request, browser, desk, theme):
    size = SCREENS[request.param]
    with at_the_desk(browser, desk.url, viewport=size, color_scheme=theme) as person:
        yield person


def findings(person):
    person.page.wait_for_timeout(150)
    answer = Axe().run(person.page, options={"runOnly": RULES}).response
    assert len(answer["passes"]) > 8
    return [
        (found["id"], [node["html"][:120] for node in found["nodes"]])
        for found in answer["violations"]
    ]


def fill(desk):
    told = {
        "uncertainty": "Is it the lamp?",
        "request": {"text": "broken", "from": "cus_77"},
        "evidence": [{"label": "Scan", "text": "damaged"}],
        "reasoning": "Looked it up.",
        "state": {"step": 3},
        "interpretations": [
            {"id": "a", "text": "Yes", "confidence": 0.8},
            {"id": "b", "text": "No"},
        ],
    }
    first = desk.agent.ask(**told)
    desk.agent.ask(args={"reason": "chargeback"})
    desk.agent.wonder()
    desk.agent.hand_in()
    return first


def test_signing_in_is_accessible(window):
    window.go("/sign-in")
    assert findings(window) == []
    window.sign_in(password="wrong password")
    window.sees("do not belong together")
    assert findings(window) == []


def test_every_page_is_accessible(window, desk):
    first = fill(desk)
    window.sign_in()
    for path in (*PAGES, f"/handoffs/{first['id']}/replay?policy=1"):
        window.go(path)
        assert (path, findings(window)) == (path, [])


def test_the_ladder_of_an_agent_is_accessible_with_its_history(window, desk):
    desk.publish(LADDER)
    window.sign_in()
    for name, words in (("Promote to standard", "Why promote it"), ("Demote", "Why demote it")):
        window.go("/agents/refunder")
        window.page.get_by_label(words).fill("It does as it should.")
        window.click(name)
        window.is_told("Recorded")
    assert findings(window) == []


def test_a_handoff_is_accessible_in_all_its_states(window, desk):
    asked = fill(desk)
    window.sign_in()
    for path in (
        f"/handoffs/{asked['id']}",
        f"/handoffs/{asked['id']}/edit",
        f"/handoffs/{asked['id']}/edit?as=json",
    ):
        window.go(path)
        assert (path, findings(window)) == (path, [])
    window.go(f"/handoffs/{asked['id']}")
    window.take_a_look()
    window.press("1", "d")
    assert findings(window) == []
    window.type("Not needed")
    window.press("Enter")
    window.is_told("Denied")
    assert findings(window) == []
    window.go(f"/handoffs/{asked['id']}")
    assert findings(window) == []


def test_approving_similar_ones_is_accessible_in_all_its_states(window, desk):
    desk.publish(STANDING)
    handoff = desk.agent.ask()
    window.sign_in()
    window.go(f"/handoffs/{handoff['id']}")
    assert findings(window) == []
    window.go(f"/handoffs/{handoff['id']}/standing")
    assert findings(window) == []
    window.click("Approve, and similar for 2h")
    window.is_told("Approved")
    desk.agent.ask(args={"order_id": "2"})
    window.go("/standing")
    assert findings(window) == []
    window.click("Take back")
    window.sees("took it back")
    assert findings(window) == []


def test_a_task_at_the_gate_is_accessible_in_all_its_states(window, desk):
    handoff = desk.agent.hand_in(touches=["orders/1"])
    window.sign_in()
    window.go(f"/handoffs/{handoff['id']}")
    assert findings(window) == []
    window.take_a_look()
    window.click("Admit")
    window.sees_in_pane("ticket is missing.")
    assert findings(window) == []
    desk.agent.hand_in(goal="Close it", inputs=FIT, acceptance=["status is closed"], touches=["a"])
    window.go("/handoffs?kind=task")
    assert findings(window) == []


def test_the_empty_queue_the_help_and_a_stop_are_accessible(window, desk):
    window.sign_in()
    window.go("/")
    assert findings(window) == []
    window.press("?")
    assert findings(window) == []
    window.go("/stops")
    window.page.get_by_label("Name").fill("refunder")
    window.page.get_by_label("Reason").fill("It loops")
    window.click("Stop")
    window.sees("Stopped: agent refunder")
    assert findings(window) == []


def test_samples_and_what_is_observed_are_accessible(window, desk):
    publish(desk, ALL)
    run(desk)
    publish(desk, OBSERVED)
    asked = desk.agent.ask(interpretations=READINGS)
    window.sign_in()
    for path in ("/audit", f"/handoffs/{asked['id']}", f"/handoffs/{asked['id']}/edit"):
        window.go(path)
        assert (path, findings(window)) == (path, [])


def test_alerts_and_earlier_attempts_are_accessible(window, desk):
    watched = POLICY.replace("owner: payments", "owner: payments\n    expect: {at_least: 9/hour}")
    watched += "stop_loops: {same_fingerprint: 2/10m, invalid: 1/10m}\n"
    desk.desk.transact(lambda work: policies.publish(work, watched, "test"))
    fill(desk)
    again = desk.agent.ask()
    with pytest.raises(AssertionError):
        desk.agent.ask(args={"amount": "much"})
    window.sign_in()
    window.go("/")
    window.page.get_by_text("What was wrong with it").click()
    assert findings(window) == []
    window.go(f"/handoffs/{again['id']}")
    window.sees("Earlier attempts")
    assert findings(window) == []


def test_the_life_of_a_policy_is_accessible(window, desk):
    desk.agent.ask()
    window.sign_in()
    window.go("/policy")
    window.click("Write the next one")
    window.sees("What would change")
    draft = window.page.url
    text = POLICY.replace("    risk: medium\n", "    risk: medium\n    tiers: {auto: 0.4}\n")
    window.page.get_by_label("YAML; saving it checks it").fill(text)
    window.click("Save and check")
    window.sees("instead of 0.95")
    assert findings(window) == []
    for path in (f"{draft}/simulation", f"{desk.url}/policy/versions/1"):
        window.page.goto(path)
        assert (path, findings(window)) == (path, [])
