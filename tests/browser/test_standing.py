"""Approving similar ones in advance, in the browser: offered, shown, given, listed, taken back."""

import pytest
from playwright.sync_api import expect

from tests.browser.scene import POLICY

pytestmark = pytest.mark.browser
TEXT = POLICY.replace("    reversible: false\n    unasked: true\n", "").replace(
    "    approvals: {from: [payments], count: 1, when_critical: 2}",
    """    standing:
      max_for: 8h
      max_uses: 20
      max_total: "2000 EUR"
      vary: [/order_id]
      amount: {arg: /amount, currency: /currency}
    approvals: {from: [payments], count: 1, when_critical: 2}""",
)


@pytest.fixture
def offering(desk):
    desk.publish(TEXT)
    return desk


def offer(person, handoff):
    person.go(f"/handoffs/{handoff['id']}")
    person.page.get_by_role("link", name="Approve, and similar until").click()
    expect(person.pane.get_by_role("heading", name="What it covers")).to_be_visible()


def test_similar_ones_are_approved_in_advance_and_people_are_not_asked_again(ana, agent, offering):
    first = agent.ask()
    offer(ana, first)
    expect(ana.pane).to_contain_text(
        "at most 129 EUR, counterparty cus_77, reason damaged, any order_id"
    )
    ana.page.get_by_label("For how long").select_option("4h")
    ana.page.get_by_label("How many").fill("3")
    ana.click("Show what it covers")
    expect(ana.pane).to_contain_text("at most 3 times, 2000 EUR in all")
    ana.click("Approve, and similar for 4h")
    ana.is_told("Approved")
    second = agent.ask(args={"order_id": "8842", "amount": "99.00"})
    assert (second["status"], second["decision"]["via"]) == ("approved", "standing")
    ana.go(f"/handoffs/{second['id']}")
    expect(ana.pane).to_contain_text(
        "ana@example.org approved this in advance, by a standing approval"
    )
    ana.go(f"/handoffs/{first['id']}")
    expect(ana.pane).to_contain_text("approved it, and similar ones for 4h, 3 times at most")


def test_the_offer_shows_where_people_saw_it_otherwise(ana, agent, offering):
    denied = agent.ask()
    ana.go(f"/handoffs/{denied['id']}")
    ana.take_a_look()
    ana.press("d")
    ana.type("Wrong customer")
    ana.press("Enter")
    ana.is_told("Denied")
    offer(ana, agent.ask(args={"order_id": "2"}))
    expect(ana.pane).to_contain_text("It would have covered 1; people denied 1 of them")
    expect(ana.pane.locator(f"a[href='/handoffs/{denied['id']}']")).to_be_visible()


def test_it_is_listed_and_taken_back_with_one_click(ana, agent, offering):
    offer(ana, agent.ask())
    ana.click("Approve, and similar for 2h")
    ana.is_told("Approved")
    ana.go("/standing")
    expect(ana.page.get_by_role("region", name="In force")).to_contain_text("0 of 10")
    ana.click("Take back")
    expect(ana.page.get_by_role("region", name="Over")).to_contain_text(
        "ana@example.org took it back"
    )
    assert agent.ask(args={"order_id": "3"})["status"] == "pending"


def test_what_no_standing_approval_could_answer_offers_none(ana, agent, offering):
    critical = agent.ask(args={"reason": "chargeback"})
    ana.go(f"/handoffs/{critical['id']}")
    expect(ana.page.get_by_role("button", name="Deny")).to_be_visible()
    expect(ana.page.get_by_role("link", name="Approve, and similar until")).to_have_count(0)
    ana.go(f"/handoffs/{critical['id']}/standing")
    expect(ana.page.get_by_role("main")).to_contain_text("offers no standing approval")


def test_more_than_the_policy_allows_is_not_given(ana, agent, offering):
    first = agent.ask()
    ana.go(f"/handoffs/{first['id']}/standing?for=9h&uses=1")
    expect(ana.pane).to_contain_text("It may last 8h at most")
    expect(ana.page.get_by_role("button", name="Approve, and similar")).to_have_count(0)
