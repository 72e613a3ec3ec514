"""A person completes a task: the page asks for exactly what it lacks."""

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk

pytestmark = pytest.mark.browser
FIT = {"ticket": "T-1", "kind": "refund", "urgent": True}
DONE = {
    "goal": "Close ticket T-1",
    "inputs": FIT,
    "acceptance": ["its status is closed"],
    "touches": ["orders/1"],
}


def fill_in(person, ticket="T-4711", touches="orders/1\norders/2"):
    page = person.page
    page.get_by_label("Ticket number").fill(ticket)
    page.get_by_label("kind").select_option(label="refund")
    page.get_by_label("urgent").select_option(label="false")
    page.get_by_label("Acceptance").fill("its status is closed")
    page.get_by_label("Touches").fill(touches)


def test_what_is_filled_in_completes_the_task(ana, agent):
    handoff = agent.hand_in()
    ana.go(f"/handoffs/{handoff['id']}")
    ana.sees_in_pane("What the task lacks")
    ana.sees_in_pane("“improve” does not say what is enough.")
    fill_in(ana)
    ana.take_a_look()
    ana.click("Admit")
    ana.is_told("Admitted")
    now = agent.look(handoff)
    assert (now["admitted"], now["task_id"]) == (True, handoff["id"])
    assert now["resume"]["response"]["task"] == {
        "type": "support.ticket",
        "goal": "Improve it",
        "inputs": {"customer": "cus_77", "ticket": "T-4711", "kind": "refund", "urgent": False},
        "acceptance": ["its status is closed"],
        "touches": ["orders/1", "orders/2"],
    }
    ana.go(f"/handoffs/{handoff['id']}")
    ana.sees_in_pane("ana@example.org admitted the task")
    changed = ana.pane.locator(".outcome tr")
    expect(changed.filter(has_text="inputs.ticket")).to_contain_text("T-4711")
    expect(changed.filter(has_text="acceptance")).to_contain_text("its status is closed")


def test_only_what_is_lacking_is_asked_for(ana, agent):
    handoff = agent.hand_in(**{**DONE, "inputs": {"ticket": "T-1", "kind": "refund"}})
    ana.go(f"/handoffs/{handoff['id']}")
    fields = ana.pane.locator("[data-arg]")
    expect(fields).to_have_count(1)
    expect(ana.page.get_by_label("urgent")).to_be_visible()


def test_what_is_still_wrong_is_said_at_its_field_and_nothing_typed_is_lost(ana, agent):
    handoff = agent.hand_in()
    ana.go(f"/handoffs/{handoff['id']}")
    fill_in(ana, ticket="4711", touches="orders/1\npayments/9")
    ana.take_a_look()
    ana.click("Admit")
    ana.sees_in_pane("Not sent yet")
    wrong = ana.pane.locator("[aria-invalid]")
    expect(wrong).to_have_count(2)
    expect(ana.page.get_by_label("Ticket number")).to_have_value("4711")
    expect(ana.page.get_by_label("Touches")).to_have_value("orders/1\npayments/9")
    expect(ana.page.get_by_label("kind")).to_have_value('"refund"')
    ana.sees_in_pane("must not touch payments/9")
    assert agent.look(handoff)["status"] == "pending"
    ana.page.get_by_label("Ticket number").fill("T-1")
    ana.page.get_by_label("Touches").fill("orders/1")
    ana.take_a_look()
    ana.click("Admit")
    ana.is_told("Admitted")


def test_what_only_needs_a_word_is_admitted_with_one_click(ana, agent):
    handoff = agent.hand_in(**{**DONE, "touches": ["customers/77"]})
    ana.go(f"/handoffs/{handoff['id']}")
    ana.sees_in_pane("A person must agree that it touches customers/77.")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Admitted")
    assert agent.look(handoff)["admitted"] is True


def test_a_task_is_denied_with_a_reason(ana, agent):
    handoff = agent.hand_in()
    ana.go(f"/handoffs/{handoff['id']}")
    ana.take_a_look()
    ana.press("d")
    ana.type("Not now")
    ana.press("Enter")
    ana.is_told("Denied")
    ana.go(f"/handoffs/{handoff['id']}")
    ana.sees_in_pane("The task is not started; the agent has the reason.")


def test_a_fit_task_is_in_the_list_as_admitted(ana, agent):
    handoff = agent.hand_in(**DONE)
    agent.ask()
    ana.go("/handoffs?q=kind:task")
    expect(ana.page.locator("tbody tr")).to_have_count(1)
    ana.sees("admitted")
    ana.go(f"/handoffs/{handoff['id']}")
    ana.sees_in_pane("The task may be started.")


def test_completing_a_task_needs_no_script(browser, desk, agent):
    handoff = agent.hand_in()
    with at_the_desk(browser, desk.url, java_script_enabled=False) as person:
        person.check = lambda: None  # nothing can be asked of a page without a script
        person.sign_in()
        person.go(f"/handoffs/{handoff['id']}")
        fill_in(person)
        person.click("Admit")
        person.is_told("Admitted")
    assert agent.look(handoff)["admitted"] is True
