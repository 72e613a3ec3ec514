"""What a handoff shows: facts as facts, claims as claims, and nothing that can hurt."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TOLD = {
    "uncertainty": "The photo may show another lamp.",
    "intent": "Settle the complaint",
    "request": {"text": "my lamp arrived broken", "from": "customer cus_77"},
    "reasoning": [{"step": 1, "text": "Looked the order up.", "tool": "orders.get"}],
    "evidence": [{"label": "Carrier scan", "text": "damaged at hub"}],
    "state": {"orders_checked": ["8841"]},
}
NASTY = "<img src=x onerror=alert(1)> \u202egnp.exe [click](javascript:alert(2)) \u200b"


def test_the_headline_is_built_from_the_args_not_from_the_agents_words(ana, agent):
    agent.ask(title="Just a formality")
    ana.go("/")
    expect(ana.page.locator(".headline")).to_have_text("Refund 129.00 EUR to cus_77")


def test_what_the_agent_says_stands_apart_from_the_facts(ana, agent):
    agent.ask(title="Just a formality", **TOLD)
    ana.go("/")
    claims = ana.page.get_by_role("region", name="Agent says")
    for words in (
        "Just a formality",
        "Settle the complaint",
        "my lamp arrived broken",
        "damaged at hub",
        "83%",
    ):
        expect(claims).to_contain_text(words)


def test_the_doubt_comes_before_the_arguments(ana, agent):
    agent.ask(**TOLD)
    ana.go("/")
    headings = ana.page.locator("#detail h3").all_inner_texts()
    assert headings[:2] == ["What the agent is unsure about", "Refund a customer"]


def test_irreversible_and_risk_are_said_in_words(ana, agent):
    agent.ask()
    ana.go("/")
    ana.sees_in_pane("medium risk")
    ana.sees_in_pane("Cannot be undone")


def test_pinned_arguments_come_first(ana, agent):
    agent.ask()
    ana.go("/")
    rows = ana.page.locator(".args tbody th")
    assert rows.all_inner_texts()[:2] == ["amount", "counterparty"]


def test_the_reason_and_the_rules_because_are_given(ana, agent):
    agent.ask(args={"reason": "goodwill"})
    ana.go("/")
    ana.sees_in_pane("Goodwill is a judgement")
    ana.sees_in_pane("Money leaves the house")


def test_what_happens_at_the_deadline_is_said(ana, agent):
    agent.ask()
    ana.go("/")
    ana.sees_in_pane("Then it expires: nothing runs, and the agent is told so.")


def test_text_of_an_agent_is_never_more_than_text(ana, agent):
    agent.ask(
        title=NASTY,
        **{
            **TOLD,
            "uncertainty": NASTY,
            "evidence": [{"label": NASTY, "url": "https://evil.example"}],
        },
    )
    ana.go("/")
    ana.sees_in_pane("<img src=x onerror=alert(1)>")
    ana.sees_in_pane("U+202E")
    expect(ana.pane.locator("img")).to_have_count(0)
    expect(ana.pane.locator("a[href^=http], a[href^=javascript]")).to_have_count(0)


def test_an_action_that_policy_does_not_know_is_shown_raw(ana, agent):
    agent.ask(action={"name": "dns.delete_zone", "args": {"zone": "example.org"}})
    ana.go("/")
    ana.sees_in_pane("not in the policy")
    ana.sees_in_pane("example.org")
    ana.sees_in_pane("high risk")


def test_a_viewer_sees_but_cannot_decide(visitor, agent):
    asked = agent.ask()
    visitor.sign_in("vera@example.org")
    visitor.go(f"/handoffs/{asked['id']}")
    visitor.sees_in_pane("Only approvers of payments may decide this handoff.")
    expect(visitor.page.get_by_role("button", name="Approve")).to_have_count(0)


def test_nobody_decides_a_request_of_their_own(ana, desk):
    asked = desk.agent_started_by("ana@example.org").ask()
    ana.go(f"/handoffs/{asked['id']}")
    ana.sees_in_pane("someone else must decide it")
    expect(ana.page.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_handoff_of_another_team_is_not_there(visitor, desk, agent):
    visitor.sign_in("jonas@example.org")
    visitor.go("/handoffs/ho_01k00000000000000000000000")
    visitor.sees("There is nothing here")


def test_filters_are_in_the_address(ana, agent):
    agent.ask(args={"counterparty": "cus_1"})
    agent.ask(args={"counterparty": "cus_2", "reason": "chargeback"})
    ana.go("/")
    ana.press("/")
    ana.type("risk:critical")
    ana.press("Enter")
    expect(ana.page.locator("tbody tr")).to_have_count(1)
    ana.page.get_by_label("Risk").select_option("medium")
    ana.click("Filter")
    expect(ana.page.locator("tbody tr")).to_contain_text(["cus_1"])
    assert "risk=medium" in ana.page.url


def test_a_large_state_has_a_page_of_its_own(ana, agent):
    asked = agent.ask(state={"notes": ["x" * 200] * 200})
    ana.go(f"/handoffs/{asked['id']}")
    ana.page.get_by_role("link", name="State it stopped in").click()
    ana.sees("200 items")


def test_what_an_agent_believes_of_a_reading_stands_inside_of_its_box(ana, agent):
    readings = [
        {"id": "same", "text": "The same item", "confidence": 0.83},
        {"id": "other", "text": "Another item", "confidence": 0.17},
    ]
    agent.ask(interpretations=readings)
    ana.go("/")
    box, share = (
        ana.page.locator(one).first.bounding_box() for one in (".choice", ".choice .share")
    )
    assert share["x"] + share["width"] <= box["x"] + box["width"]
