"""Two people, a busy agent and open pages: nobody is surprised and nothing jumps."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_new_handoff_appears_by_itself(ana, agent):
    ana.go("/")
    ana.sees("Nothing waits for you")
    ana.is_live()
    agent.ask()
    ana.counts(1)


def test_the_handoff_in_front_stays_when_others_arrive(ana, agent):
    agent.ask(args={"counterparty": "cus_1"})
    ana.go("/")
    ana.is_live()
    ana.page.get_by_label("Note").fill("half a thought")
    agent.ask(args={"counterparty": "cus_2"})
    ana.counts(2)
    ana.sees_in_front("cus_1")
    expect(ana.page.get_by_label("Note")).to_have_value("half a thought")


def test_a_decision_made_elsewhere_is_shown_in_place(ana, jonas, agent):
    agent.ask()
    for person in (ana, jonas):
        person.go("/")
        person.is_live()
        person.take_a_look()
    jonas.press("a")
    ana.sees_in_pane("jonas@example.org approved this")
    ana.sees_in_front("cus_77")


def test_of_two_who_decide_at_once_one_wins_and_the_other_learns_who(ana, jonas, agent):
    asked = agent.ask()
    for person in (ana, jonas):
        person.page.route("**/live", lambda route: route.abort())
        person.complaints.clear()
        person.go("/")
        person.take_a_look()
    jonas.press("a")
    jonas.is_told("Approved")
    ana.press("d")
    ana.type("Not needed")
    ana.press("Enter")
    ana.sees_in_pane("Somebody else was faster")
    ana.sees_in_pane("jonas@example.org")
    ana.complaints.clear()
    jonas.complaints.clear()
    assert agent.look(asked)["decision"]["by"] == "jonas@example.org"


def test_a_revised_handoff_is_not_decided_by_a_page_that_shows_the_old_one(ana, agent):
    asked = agent.ask()
    ana.page.route("**/live", lambda route: route.abort())
    ana.go("/")
    ana.take_a_look()
    agent.revise(asked, amount="900.00")
    ana.press("a")
    ana.sees_in_pane("This has changed while you read it")
    ana.sees_in_front("Refund 900.00 EUR")
    ana.complaints.clear()
    assert agent.look(asked)["status"] == "pending"


def test_a_revision_that_arrives_live_must_be_looked_at_before_it_is_decided(ana, agent):
    asked = agent.ask()
    ana.go("/")
    ana.is_live()
    ana.take_a_look()
    agent.revise(asked, amount="900.00")
    ana.sees_in_front("Refund 900.00 EUR")
    ana.press("a")
    ana.page.wait_for_timeout(300)
    assert agent.look(asked)["status"] == "pending"


def test_folds_that_were_opened_stay_open_through_an_update(ana, jonas, agent):
    agent.ask(args={"reason": "chargeback"}, state={"step": 3})
    ana.go("/")
    ana.is_live()
    ana.page.get_by_text("State it stopped in").click()
    jonas.go("/")
    jonas.take_a_look()
    jonas.press("a")
    jonas.type("Called the bank")
    jonas.press("Enter")
    ana.sees_in_pane("1 of 2")
    expect(ana.page.get_by_text("orders")).to_have_count(0)
    expect(
        ana.page.locator("details[open] > summary", has_text="State it stopped in")
    ).to_be_visible()


def test_without_the_stream_the_page_says_so_and_asks_by_itself(ana, agent):
    ana.page.clock.install()
    ana.page.route("**/live", lambda route: route.abort())
    ana.go("/")
    agent.ask()
    ana.page.clock.run_for(11_000)
    ana.counts(1)
    expect(ana.page.locator("#live")).to_have_text("Every 10 s")
    ana.complaints.clear()


def test_a_broken_line_is_shown_as_one(ana):
    ana.go("/")
    ana.is_live()
    ana.page.context.set_offline(True)
    expect(ana.page.locator("#live")).to_have_text("Offline")
    ana.page.context.set_offline(False)
    ana.is_live(within=25_000)  # two rounds of asking again
    ana.complaints.clear()


def test_back_leads_to_the_handoff_before(ana, agent):
    for number in (1, 2):
        agent.ask(args={"counterparty": f"cus_{number}"})
    ana.go("/")
    ana.open("cus_2")
    ana.open("cus_1")
    ana.page.go_back()
    ana.sees_in_front("cus_2")
