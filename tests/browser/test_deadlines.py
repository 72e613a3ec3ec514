"""Deadlines and absences in the browser: what comes next, whom it went to, and who decides meanwhile."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.scene import PASSWORD, POLICY
from webapp.domain.decision import Membership, Role
from webapp.domain.message import Topic
from webapp.services import absences, accounts, passwords
from webapp.services.escalate import go_on_if_due

pytestmark = pytest.mark.browser
TEXT = POLICY.replace(
    "approvals: {from: [payments], count: 1, when_critical: 2}\n    deadline: {after: 2h, then: expire}",
    "approvals: {from: [payments], count: 1, when_critical: 2}\n"
    "    deadline: {after: 2h, remind: 20m, escalate: [{after: 1h, to: finance-leads}]}",
)


def add(desk, name, team, role=Role.APPROVER):
    hashed = passwords.hash_password(PASSWORD, desk.world)
    given = (f"{name}@example.org", Membership(team=team, role=role), hashed)
    return desk.desk.transact(lambda work: accounts.add_user(work, *given))


def go_away(desk, name, delegate=None):
    until = (desk.world.now() + timedelta(days=3)).date()
    other = f"{delegate}@example.org" if delegate else None
    email = f"{name}@example.org"
    desk.desk.transact(lambda work: absences.go_away(work, email, until, other, by=email))


def escalate(desk, handoff):
    desk.world.pass_time(hours=1)
    desk.desk.transact(lambda work: go_on_if_due(work, Topic.ESCALATE, handoff["id"]))


@pytest.fixture
def escalating(desk):
    assert TEXT != POLICY
    desk.publish(TEXT)
    add(desk, "lea", "finance-leads")
    return desk


def test_a_handoff_says_who_is_next_and_what_happens_when_the_time_is_up(jonas, escalating):
    jonas.go(f"/handoffs/{escalating.ask()}")
    expect(jonas.pane).to_contain_text("also finance-leads")
    expect(jonas.pane).to_contain_text("who has not decided is reminded")
    expect(jonas.pane).to_contain_text("Then it expires: nothing runs")


def test_the_next_team_has_it_in_its_queue_marked_as_escalated_and_decides(visitor, escalating):
    asked = escalating.agent.ask()
    visitor.sign_in("lea@example.org")
    visitor.counts(0)
    escalate(escalating, asked)
    visitor.go(f"/handoffs/{asked['id']}")
    visitor.counts(1)
    expect(visitor.page.locator(f"#row-{asked['id']}")).to_contain_text("escalated")
    expect(visitor.pane).to_contain_text("since it escalated of finance-leads")
    expect(visitor.pane).to_contain_text("put it before finance-leads, too")
    visitor.take_a_look()
    visitor.press("a")
    visitor.is_told("Approved")
    assert escalating.status(asked["id"]) == "approved"


def test_who_is_away_names_somebody_and_comes_back(jonas, desk):
    add(desk, "kim", "support")
    jonas.go("/")
    jonas.page.get_by_role("link", name="You:").click()
    until = (desk.world.now() + timedelta(days=3)).date()
    jonas.page.get_by_label("Last day away").fill(str(until))
    jonas.page.get_by_label("Who decides in your place").select_option("kim@example.org")
    jonas.click("I am away")
    jonas.is_told("You are away")
    jonas.sees("You are away until the end of")
    jonas.go("/people")
    jonas.sees("away, kim decides")
    jonas.go("/you")
    jonas.click("I am back")
    jonas.is_told("Welcome back")
    assert jonas.page.get_by_role("button", name="I am back").count() == 0


def test_a_day_that_cannot_be_is_refused_with_a_reason(jonas, desk):
    jonas.go("/you")
    jonas.page.evaluate("document.querySelector('#a-until').removeAttribute('max')")
    jonas.page.get_by_label("Last day away").fill("2099-01-01")
    with jonas.page.expect_response(lambda answer: answer.status == 422):
        jonas.click("I am away")
    jonas.sees("Nobody is away for longer than 60 days at once.")


def test_a_delegate_sees_for_whom_and_the_history_names_both(visitor, agent, desk):
    add(desk, "kim", "support")
    asked = agent.ask()
    go_away(desk, "jonas", "kim")
    visitor.sign_in("kim@example.org")
    expect(visitor.page.locator(f"#row-{asked['id']}")).to_contain_text("for jonas")
    visitor.go(f"/handoffs/{asked['id']}")
    visitor.sees_in_pane("You decide for jonas")
    visitor.take_a_look()
    visitor.press("a")
    visitor.is_told("Approved")
    visitor.go(f"/handoffs/{asked['id']}")
    expect(visitor.pane).to_contain_text("kim@example.org for jonas@example.org approved this")


def test_a_handoff_that_nobody_can_decide_says_so(visitor, agent, desk):
    critical = agent.ask(args={"reason": "chargeback"})
    go_away(desk, "jonas")
    visitor.sign_in()
    visitor.go(f"/handoffs/{critical['id']}")
    visitor.sees_in_pane("Not enough people are there")
    visitor.sees_in_pane("jonas@example.org is away")
