"""Whether it really happened, on the page: what was expected and what is, the alarm, and undoing it."""

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk
from tests.browser.scene import POLICY
from webapp.domain.handoff import Source
from webapp.domain.verifying import Finding
from webapp.services import policies, verify
from webapp.store import handoffs

pytestmark = pytest.mark.browser
EXPECTED = {"/status": "refunded", "/lines/0/amount": "129.00", "/closed": True}
UNDO = """    undo: {action: payments.void, args: {order_id: "{order_id}"}}
  payments.void:
    title: Void a refund
    summary: "Void the refund for order {order_id}"
    risk: medium
    args:
      type: object
      additionalProperties: false
      required: [order_id]
      properties: {order_id: {type: string}}
    approvals: {from: [payments]}
  support.reply:"""
LOOK = """    verify:
      url: https://bank.internal/orders/{order_id}
      condition: response.status == 200 && response.body.status == "refunded"
  support.reply:"""


def publish(desk, lines):
    text = POLICY.replace("  support.reply:", lines, 1)
    desk.desk.transact(lambda work: policies.publish(work, text, "ana@example.org"))


def reported(desk, effect=None, **said):
    """A refund that ran unasked, and what its agent reports of it."""
    asked = desk.agent.ask(confidence=0.99, expected_effect=EXPECTED, **said)
    desk.agent.redeem(asked)
    told = {"effect": effect} if effect else {}
    return desk.agent.report(asked, "succeeded", **told)


def contradicted(desk, **said):
    return reported(desk, {"status": "<b>open</b>\u202e", "lines": [{"amount": "129.00"}]}, **said)


def found(desk, handoff, finding):
    """Let a look have found this."""

    def keep(work):
        verify.keep(work, handoffs.load(work, handoff["id"], lock=True), finding)

    desk.desk.transact(keep)


def test_what_is_contradicted_is_shown_as_expected_and_as_it_is(ana, desk):
    done = contradicted(desk)
    ana.go(f"/handoffs/{done['id']}")
    ana.sees_in_pane("It was reported as done, and is not as expected.")
    ana.sees_in_pane("Contradicted by the agent's own word")
    row = ana.pane.locator("#checked-" + done["id"] + " tr", has_text="/status")
    expect(row).to_contain_text('"refunded"')
    expect(row).to_contain_text("<b>open</b>U+202E")
    unsaid = ana.pane.locator("#checked-" + done["id"] + " tr", has_text="/closed")
    expect(unsaid).to_contain_text("not said")
    expect(ana.pane.locator(".crumb")).to_contain_text("contradicted")
    ana.sees_in_pane("found the outcome contradicted, by the agent's own word")


def test_it_is_an_alarm_above_the_queue_that_leads_to_it(ana, desk):
    done = contradicted(desk)
    ana.go("/")
    ana.sees("What refunder reported as done is not so: payments.refund.")
    ana.page.locator(f".alerts a[href='/handoffs/{done['id']}']").click()
    ana.sees_in_pane("Contradicted")
    ana.go("/handoffs")
    expect(ana.page.locator("tbody tr").first).to_contain_text("contradicted")


def test_what_is_as_expected_says_by_whose_word(ana, desk):
    done = reported(desk, {"status": "refunded", "lines": [{"amount": "129.00"}], "closed": True})
    ana.go(f"/handoffs/{done['id']}")
    ana.sees_in_pane("Verified by the agent's own word")
    expect(ana.pane.locator("#checked-" + done["id"] + " tbody tr")).to_have_count(3)
    expect(ana.pane.locator(".crumb")).to_contain_text("succeeded")


def test_what_is_looked_at_says_so_then_what_was_seen(ana, desk):
    publish(desk, LOOK)
    done = reported(desk)
    ana.go(f"/handoffs/{done['id']}")
    ana.sees_in_pane("Handrail looks whether it is so")
    condition = 'response.status == 200 && response.body.status == "refunded"'
    seen = {"status": 200, "body": {"status": "open", "html": "<script>alert(1)</script>"}}
    finding = Finding(holds=False, by=Source.LOOK, condition=condition, seen=seen)
    found(desk, done, finding)
    ana.sees_in_pane("Contradicted by a look at the world")  # by itself
    ana.sees_in_pane(f"Not so: {condition}")
    ana.pane.get_by_text("What the look found").click()
    ana.sees_in_pane("<script>alert(1)</script>")


def test_what_could_not_be_found_out_says_why(ana, desk):
    publish(desk, LOOK)
    done = reported(desk)
    problem = "The server answered 503 Service Unavailable."
    found(desk, done, Finding(holds=None, by=Source.LOOK, condition="true", problem=problem))
    ana.go(f"/handoffs/{done['id']}")
    ana.sees_in_pane("Could not be verified by a look at the world")
    ana.sees_in_pane(problem)
    expect(ana.pane.locator(".crumb")).to_contain_text("succeeded")


def test_what_has_run_is_undone_by_somebody_else(ana, jonas, desk):
    publish(desk, UNDO)
    done = contradicted(desk)
    jonas.go(f"/handoffs/{done['id']}")
    jonas.click("Undo …")
    jonas.is_told("Asked to undo it; somebody else decides that")
    jonas.sees_in_front("Void the refund for order 8841")
    jonas.sees_in_pane(f"A person asks to undo {done['id']}; people decide it.")
    jonas.sees_in_pane(f"asked for this, to undo {done['id']}")
    expect(jonas.page.get_by_role("button", name="Approve")).to_have_count(0)
    jonas.go(f"/handoffs/{done['id']}")
    jonas.pane.get_by_role("link", name="Asked to undo").click()
    jonas.sees_in_front("Void the refund for order 8841")
    ana.go("/")
    ana.open("Void the refund for order 8841")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")


def test_whoever_only_looks_on_undoes_nothing(browser, desk, ana):
    publish(desk, UNDO)
    done = contradicted(desk)
    ana.go(f"/handoffs/{done['id']}")
    expect(ana.page.get_by_role("button", name="Undo …")).to_have_count(1)
    with at_the_desk(browser, desk.url) as vera:
        vera.sign_in("vera@example.org")
        vera.go(f"/handoffs/{done['id']}")
        vera.sees_in_pane("Contradicted")
        expect(vera.page.get_by_role("button", name="Undo …")).to_have_count(0)


def test_without_a_script_it_is_undone_as_well(browser, desk):
    publish(desk, UNDO)
    done = contradicted(desk)
    with at_the_desk(browser, desk.url, java_script_enabled=False) as plain:
        plain.check = lambda: None  # nothing can be asked of a page without a script
        plain.sign_in("jonas@example.org")
        plain.go(f"/handoffs/{done['id']}")
        plain.page.get_by_role("button", name="Undo …").click()
        plain.sees_in_front("Void the refund for order 8841")
