"""Every page, in both themes and both widths, without a finding of axe."""

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import test_verifying as verifying
from tests.browser.approver import at_the_desk
from tests.browser.scene import POLICY
from tests.browser.test_agents import LADDER
from tests.browser.test_audit import ALL, OBSERVED, READINGS, publish, run
from tests.browser.test_deadlines import TEXT as ESCALATING
from tests.browser.test_deadlines import add, escalate, go_away
from tests.browser.test_limits import BOUNDED
from tests.browser.test_operations import trouble
from tests.browser.test_standing import TEXT as STANDING
from tests.worker.test_jobs import leased
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.handoff import Face
from webapp.domain.message import Topic
from webapp.services import accounts, callbacks, endpoints, outbox, policies

pytestmark = pytest.mark.browser
# words that run down the page letter by letter, or out of it: axe does not see either
BADLY_SET = """() => {
  const narrow = (one) => one.clientWidth > 1 && one.clientWidth < 60 && one.clientHeight > 150;
  const squeezed = [...document.querySelectorAll("p, li, td, dd, blockquote")].filter(narrow);
  const wide = document.documentElement.scrollWidth > window.innerWidth ? [document.body] : [];
  return [...squeezed, ...wide].map((one) => one.outerHTML.slice(0, 120));
}"""
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
    "/you",
    "/slack-preview",
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
    badly_set = person.page.evaluate(BADLY_SET)
    return [
        (found["id"], [node["html"][:120] for node in found["nodes"]])
        for found in answer["violations"]
    ] + ([("badly-set", badly_set)] if badly_set else [])


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


def test_where_an_agent_is_called_back_is_accessible(window, desk):
    call_back(desk)
    window.sign_in()
    window.go("/agents/refunder")
    window.sees("given up, try 16")
    assert findings(window) == []
    window.click("Rotate the secret")
    window.sees("shown this once")
    assert findings(window) == []
    [one] = desk.agent.all()
    window.go(f"/handoffs/{one['id']}")
    window.sees("it answered 503")
    assert findings(window) == []


def test_whether_it_really_happened_is_accessible(window, desk):
    verifying.publish(desk, verifying.UNDO)
    wrong = verifying.contradicted(desk)
    right = {"status": "refunded", "lines": [{"amount": "129.00"}], "closed": True}
    window.sign_in()
    for done in (wrong, verifying.reported(desk, right)):
        window.go(f"/handoffs/{done['id']}")
        window.sees_in_pane("by the agent's own word")
        assert findings(window) == []
    window.go("/handoffs")
    window.sees("contradicted")
    assert findings(window) == []


def call_back(desk):
    """Give the agent an endpoint at which something was given up."""
    url, where = "https://agents.example.org/refunder", desk.desk
    by = where.read(lambda work: accounts.user_named(work, "ana@example.org")).person(Face.CLI)
    where.transact(lambda work: endpoints.register(work, "refunder", url, CallbackWish.FULL, by))
    asked = where.transact(lambda work: endpoints.challenge(work, "refunder", by))
    where.transact(lambda work: endpoints.answered(work, "refunder", asked, None, by))
    handoff_id = desk.agent.withdraw(desk.agent.ask())["id"]
    why = "it answered 503 Service Unavailable"
    attempts = [(one, claimed(where, one)) for one in leased(desk)]
    [(attempt, message)] = [(a, m) for a, m in attempts if m and m.topic is Topic.CALLBACK]
    call = where.transact(lambda work: callbacks.begin(work, attempt, message))
    last = replace(call, callback=replace(call.callback, tries=16))
    where.transact(lambda work: callbacks.missed(work, attempt, last, why))
    assert handoff_id == message.handoff_id


def claimed(where, attempt):
    return where.read(lambda work: outbox.claim(work, attempt))


def test_operations_are_accessible_with_what_failed_and_what_was_given_up(window, desk):
    window.sign_in()
    looks(window, "/operations")
    trouble(desk)
    desk.world.pass_time(minutes=2)
    looks(window, "/operations")
    window.click("Set message")
    window.is_told("Set going")
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


def test_escalation_and_absence_are_accessible(window, desk):
    desk.publish(ESCALATING)
    add(desk, "kim", "support")
    asked = desk.agent.ask(args={"reason": "chargeback"})
    escalate(desk, asked)
    go_away(desk, "jonas", "kim")
    window.sign_in("kim@example.org")
    window.go(f"/handoffs/{asked['id']}")
    window.sees_in_pane("You decide for jonas")
    assert findings(window) == []
    window.go("/you")
    assert findings(window) == []
    go_away(desk, "kim")
    window.go("/you")
    window.sees("You are away until the end of")
    assert findings(window) == []
    window.go("/people")
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


def looks(person, *paths):
    """Go to each page in turn; none of them may have a finding."""
    for path in paths:
        person.go(path)
        assert (path, findings(person)) == (path, [])


def test_limits_are_accessible_where_they_are_shown(window, desk):
    desk.publish(BOUNDED.replace("owner: payments", "owner: payments\n    daily_budget: 30", 1))
    waiting = desk.agent.ask(args={"amount": "700.00", "reason": "goodwill"})
    desk.agent.ask(args={"amount": "450.50"})
    window.sign_in()
    window.go(f"/handoffs/{waiting['id']}")
    window.sees("too much")
    looks(window, f"/handoffs/{waiting['id']}", "/agents/refunder", "/agents")
    window.page.locator("summary", has_text="of 1,000 EUR a day").click()
    assert findings(window) == []


def test_verdicts_again_are_accessible_with_all_that_happened_between(window, desk):
    handoff = desk.agent.ask(confidence=0.5)
    desk.agent.revise(handoff, amount="99.00")
    desk.publish(POLICY.replace("risk: medium", "risk: critical"))
    window.sign_in()
    path = f"/handoffs/{handoff['id']}/replay"
    looks(window, path, f"{path}?policy=1", f"{path}?policy=2")
    window.sees("Critical risk always needs people.")


def test_what_was_observed_is_accessible_on_the_way_to_what_policy_says(window, desk):
    publish(desk, OBSERVED)
    desk.agent.ask()
    window.sign_in()
    window.page.locator("[data-row]").click()
    window.take_a_look()
    window.click("Exactly this")
    window.is_told("Compare with policy")
    assert findings(window) == []
    window.page.get_by_role("link", name="Compare with policy").click()
    window.sees_in_pane("Policy would have")
    assert findings(window) == []


def test_judging_a_sample_is_accessible_to_its_end(window, desk):
    publish(desk, ALL)
    ran = run(desk)
    window.sign_in()
    looks(window, "/audit", f"/audit/{ran['id']}")
    window.take_a_look()
    window.click("Wrong")
    assert findings(window) == []
    window.type("The photo shows another lamp.")
    window.press("Enter")
    window.is_told("Wrong")
    looks(window, "/audit", f"/handoffs/{ran['id']}")


def test_an_offer_is_accessible_with_what_people_saw_otherwise(window, desk):
    desk.publish(STANDING)
    denied = desk.agent.ask()
    window.sign_in()
    window.go(f"/handoffs/{denied['id']}")
    window.take_a_look()
    window.click("Deny")
    window.type("Wrong customer")
    window.press("Enter")
    window.is_told("Denied")
    again = desk.agent.ask(args={"order_id": "2"})
    looks(window, f"/handoffs/{again['id']}/standing", "/standing")


def test_a_draft_is_accessible_with_its_problems_and_as_simulated(window, desk):
    desk.agent.ask()
    desk.publish(BOUNDED)
    desk.agent.ask(args={"amount": "450.50"})
    window.sign_in()
    window.go("/policy")
    window.click("Write the next one")
    window.sees("What would change")
    draft = window.page.url.removeprefix(desk.url)
    text = window.page.get_by_label("YAML; saving it checks it")
    text.fill("timezone: UTC\nunknown_acton: block\nactions: {Pay: {risk: lots}}\n")
    window.click("Save and check")
    window.sees("Line 2, column 1")
    assert findings(window) == []
    text.fill(BOUNDED.replace("auto: 0.8", "auto: 0.9"))
    window.click("Save and check")
    window.sees("instead of 0.8")
    looks(window, draft, f"{draft}/simulation")
    window.sees("would have gone another way")


def test_a_stop_is_accessible_wherever_it_shows_and_while_it_is_lifted(window, desk):
    waiting = desk.agent.ask()
    window.sign_in()
    window.go("/stops")
    window.page.get_by_label("Name").fill("refunder")
    window.page.get_by_label("Reason").fill("It loops")
    window.click("Stop")
    window.sees("Stopped: agent refunder")
    looks(window, "/", f"/handoffs/{waiting['id']}", "/agents/refunder", "/stops")
    window.click("Let people decide")
    window.sees("people decide everything")
    assert findings(window) == []
