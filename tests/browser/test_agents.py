"""An agent's page: where it stands, why, what the next step takes, and who may move it."""

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk
from tests.browser.scene import POLICY
from webapp.services import proposals

pytestmark = pytest.mark.browser
LADDER = POLICY.replace(
    "{start: standard, max: standard}",
    "{start: low_risk, max: standard, promote: {decided: 1}, demote: {failed: 1/7d, denied: 2/7d}}",
)


@pytest.fixture
def ladder(desk):
    desk.publish(LADDER)
    return desk


@pytest.fixture
def ana(browser, ladder):
    with at_the_desk(browser, ladder.url) as person:
        yield person.sign_in()


@pytest.fixture
def jonas(browser, ladder):
    with at_the_desk(browser, ladder.url) as person:
        yield person.sign_in("jonas@example.org")


def earn(desk, person):
    """Let a person approve what the agent asks, which is all that the next level takes."""
    asked = desk.agent.ask()
    person.go(f"/handoffs/{asked['id']}")
    person.take_a_look()
    person.click("Approve")
    person.is_told("Approved")


def test_the_page_says_where_an_agent_stands_and_what_is_missing(ana):
    ana.go("/agents")
    ana.page.get_by_role("link", name="refunder").click()
    expect(ana.page.get_by_role("heading", name="Autonomy: low_risk")).to_be_visible()
    expect(ana.page.locator("[aria-current=step]")).to_contain_text("low_risk")
    ana.sees("The policy starts it at low_risk; nobody has moved it.")
    ana.sees("failed outcomes (1 within 7 d), denials (2 within 7 d)")
    expect(ana.page.get_by_role("region", name="Evidence")).to_contain_text("at least 1")


def test_who_has_earned_it_is_marked_and_an_admin_promotes_for_a_reason(ana, ladder):
    earn(ladder, ana)
    ladder.desk.transact(lambda work: proposals.propose(work, "refunder"))
    ana.go("/agents")
    ana.page.get_by_role("link", name="has earned standard").click()
    ana.page.get_by_label("Why promote it").fill("Clean refunds")
    ana.click("Promote to standard")
    ana.is_told("Recorded")
    expect(ana.page.get_by_role("heading", name="Autonomy: standard")).to_be_visible()
    history = ana.page.get_by_role("region", name="Changes of its level")
    for words in ("Clean refunds", "promoted", "1 of 1 agreed", "ana@example.org"):
        expect(history).to_contain_text(words)


def test_an_approver_takes_a_level_back_but_does_not_promote(jonas):
    jonas.go("/agents/refunder")
    jonas.sees("Only admins of payments may promote this agent.")
    jonas.page.get_by_label("To", exact=True).select_option("supervised")
    jonas.page.get_by_label("Why demote it").fill("It guesses")
    jonas.click("Demote")
    jonas.is_told("Recorded")
    expect(jonas.page.get_by_role("heading", name="Autonomy: supervised")).to_be_visible()


def test_the_policys_own_demotion_is_told_with_its_last_straw(ana, ladder):
    asked = ladder.agent.ask()
    ana.go(f"/handoffs/{asked['id']}")
    ana.take_a_look()
    ana.click("Approve")
    ana.is_told("Approved")
    ladder.agent.redeem(asked)
    ladder.agent.report(asked, "failed")
    ana.go("/agents/refunder")
    ana.sees("Handrail demoted it from low_risk: Failed outcomes within 7d: 1.")
    ana.sees(f"last straw: {asked['id']}")


def test_a_viewer_sees_it_and_moves_nothing(browser, ladder):
    with at_the_desk(browser, ladder.url) as vera:
        vera.sign_in("vera@example.org")
        vera.go("/agents/refunder")
        expect(vera.page.get_by_role("heading", name="Autonomy: low_risk")).to_be_visible()
        expect(vera.page.get_by_role("button", name="Demote")).to_have_count(0)
        expect(vera.page.get_by_role("button", name="Promote")).to_have_count(0)


def test_a_step_that_is_no_longer_possible_is_refused_in_words(ana, ladder):
    ana.go("/agents/refunder")
    ladder.publish(LADDER.replace("max: standard", "max: low_risk"))
    ana.page.get_by_label("Why promote it").fill("Fine")
    ana.click("Promote to standard")
    ana.sees("rise to low_risk at most")


def test_an_agent_that_is_not_there_is_not_found(ana):
    ana.go("/agents/nobody")
    ana.sees("There is no agent nobody.")
