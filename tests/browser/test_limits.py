"""What an approver and an owner see of limits: how much there is, what has been used, what is left."""

import pytest
from playwright.sync_api import expect

from tests.browser.scene import POLICY

pytestmark = pytest.mark.browser
BOUNDED = POLICY.replace(
    "    rules:",
    """\
    tiers: {auto: 0.8}
    envelope:
      amount: {arg: /amount, currency: /currency, per_day: "1000 EUR"}
      counterparty: {arg: /counterparty}
      total: {counterparty: {month: "3 runs"}}
    rules:""",
    1,
)


@pytest.fixture
def bounded(desk):
    desk.publish(BOUNDED)
    return desk


def rows(person):
    table = person.page.get_by_role("table", name="Limits")
    return [row.inner_text().split("\t") for row in table.locator("tbody tr").all()]


def test_the_approver_sees_limit_used_and_left_after_this_one(ana, bounded):
    bounded.ask(args={"amount": "700.00", "reason": "goodwill"})
    ana.go("/")
    assert rows(ana) == [
        ["1,000 EUR a day of all agents", "0", "300"],
        ["3 runs a month with this counterparty", "0", "2"],
    ]


def test_what_is_used_meanwhile_is_shown_and_what_does_not_fit_says_by_how_much(ana, bounded):
    waiting = bounded.ask(args={"amount": "700.00", "reason": "goodwill"})
    bounded.ask(args={"amount": "450.50"})
    ana.go(f"/handoffs/{waiting}")
    assert rows(ana)[0] == ["1,000 EUR a day of all agents", "450.5", "150.5 too much"]


def test_the_agents_page_says_what_is_left_and_warns_before_nothing_is(ana, bounded):
    bounded.ask(args={"amount": "950.00"})
    ana.go("/agents")
    ana.page.get_by_text("1 nearly used up").click()
    expect(ana.page.get_by_text("50 left of 1,000 EUR a day of all agents")).to_be_visible()


def test_an_agents_own_page_lists_the_tightest_first_and_what_each_counterparty_gets_once(
    ana, bounded
):
    bounded.publish(BOUNDED.replace('"3 runs"', '["500 EUR", "400 USD"]'))
    bounded.ask(args={"amount": "950.00"})
    ana.go("/agents/refunder")
    table = ana.page.get_by_role("region", name="Limits")
    said = [row.inner_text().split("\n")[0] for row in table.locator("tbody tr").all()]
    assert said == [
        "1,000 EUR a day of all agents",
        "500 EUR, 400 USD a month with each counterparty",
    ]
