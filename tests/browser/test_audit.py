"""Afterwards: what ran unasked and was chosen by lot is judged, and what is observed is decided blind."""

import pytest

from tests.browser.approver import at_the_desk
from tests.browser.scene import POLICY, REFUND
from webapp.services import policies

pytestmark = pytest.mark.browser
ALL = POLICY.replace("    reversible: false\n", "    reversible: false\n    audit_sample: 1\n", 1)
OBSERVED = POLICY.replace(
    "    reversible: false\n", "    reversible: false\n    observe: true\n", 1
)
READINGS = [
    {"id": "b", "text": "The lamp broke", "confidence": 0.83},
    {
        "id": "a",
        "text": "The vase broke",
        "confidence": 0.17,
        "action": {"name": "payments.refund", "args": {**REFUND, "amount": "30.00"}},
    },
]


def publish(desk, text):
    desk.desk.transact(lambda work: policies.publish(work, text, "ana@example.org"))


def run(desk, **said):
    """Let the agent run something unasked, to its end."""
    handoff = desk.agent.ask(confidence=0.99, **said)
    desk.agent.redeem(handoff)
    return desk.agent.report(handoff)


@pytest.fixture
def samples(desk):
    """Two refunds that ran unasked and were chosen."""
    publish(desk, ALL)
    return [run(desk, args={"counterparty": name}) for name in ("cus_1", "cus_2")]


def test_samples_are_judged_one_after_the_other_by_key(ana, samples):
    ana.go("/audit")
    ana.counts(2)
    ana.sees_in_front("cus_1")
    ana.take_a_look()
    ana.press("r")
    ana.is_told("Right")
    ana.sees_in_front("cus_2")
    ana.counts(1)
    ana.take_a_look()
    ana.press("w")
    ana.type("The photo shows another lamp.")
    ana.press("Enter")
    ana.is_told("Wrong")
    ana.counts(0)
    ana.sees("Nothing to look at")


def test_the_word_stands_on_the_page_of_the_handoff(ana, samples):
    ana.go(f"/handoffs/{samples[0]['id']}")
    ana.sees_in_pane("Was it right to run this unasked?")
    ana.take_a_look()
    ana.press("s")
    ana.type("No photo.")
    ana.press("Enter")
    ana.sees_in_pane("is unsure whether it was right")
    ana.sees_in_pane("No photo.")


def test_the_navigation_counts_what_waits(ana, samples):
    ana.go("/")
    ana.sees("2 to look at")


def test_without_a_script_a_label_needs_its_reason_and_is_kept(browser, desk, samples):
    with at_the_desk(browser, desk.url, java_script_enabled=False) as plain:
        plain.check = lambda: None  # nothing can be asked of a page without a script
        judge(plain.sign_in())


def judge(plain):
    plain.go("/audit")
    plain.click("Wrong")
    plain.sees("Say why")
    plain.page.get_by_label("Was it right").fill("Another lamp.")
    plain.click("Wrong")
    plain.sees("cus_2")
    plain.counts(1)


# --------------------------------------------------------------------------------------------------
# Shadow


def test_blind_nothing_that_would_lead_is_in_the_page(ana, desk):
    publish(desk, OBSERVED)
    told = {
        "uncertainty": "Is it the lamp?",
        "reasoning": "I am sure.",
        "interpretations": READINGS,
    }
    asked = desk.ask(confidence=0.973, **told)
    for path in ("/", f"/handoffs/{asked}", "/handoffs", f"/handoffs/{asked}/edit"):
        ana.go(path)
        html = ana.page.content()
        leading = ("97%", "0.973", "83%", "0.83", "17%", "Is it the lamp", "I am sure", "0.95")
        assert (path, [word for word in leading if word in html]) == (path, [])
    ana.go(f"/handoffs/{asked}")
    ana.sees_in_pane("Only observed: nothing runs")


def test_what_a_person_would_do_is_compared_with_what_policy_would_have_done(ana, desk):
    publish(desk, OBSERVED)
    asked = desk.ask(confidence=0.97)
    ana.go("/")
    ana.take_a_look()
    ana.click("Exactly this")
    ana.is_told("Recorded")
    ana.page.get_by_role("link", name="Compare with policy").click()
    ana.sees_in_pane("would do exactly this")
    ana.sees_in_pane("Policy would have run it unasked.")
    ana.sees_in_pane("97% sure")
    assert desk.status(asked) == "answered"


def test_something_else_instead_is_recorded_with_what_it_changes(ana, desk):
    publish(desk, OBSERVED)
    asked = desk.ask(confidence=0.97, interpretations=READINGS)
    ana.go("/")
    ana.take_a_look()
    ana.press("1", "a")
    ana.is_told("Recorded")
    ana.go(f"/handoffs/{asked}")
    ana.sees_in_pane("would do this instead")
    ana.sees_in_pane("30.00")
