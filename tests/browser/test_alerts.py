"""Loops, silence and invalid submissions, as people meet them in the browser."""

import httpx
import pytest

from tests.browser.scene import POLICY
from webapp.services import policies

pytestmark = pytest.mark.browser
WATCHED = POLICY + "stop_loops: {after_denied_intent: review, invalid: 2/10m}\n"


@pytest.fixture
def watched(desk):
    desk.desk.transact(lambda work: policies.publish(work, WATCHED, "test"))
    return desk


def send_invalid(desk, times=2):
    for _ in range(times):
        with pytest.raises((httpx.HTTPStatusError, AssertionError)):
            desk.agent.ask(args={"amount": "much"})


def test_what_was_denied_before_stands_beside_what_comes_back(jonas, watched):
    first = watched.agent.ask()
    jonas.go(f"/handoffs/{first['id']}")
    jonas.take_a_look()
    jonas.press("d")
    jonas.type("Ask for a photo first.")
    jonas.press("Enter")
    jonas.is_told("Denied")
    again = watched.agent.ask(args={"amount": "128.00"}, confidence=0.99)
    jonas.go(f"/handoffs/{again['id']}")
    jonas.sees("Earlier attempts")
    jonas.sees("Ask for a photo first.")
    jonas.page.get_by_role("link", name="Refund 129.00 EUR to cus_77").last.click()
    jonas.page.wait_for_url(f"**/handoffs/{first['id']}")


def test_an_alert_stands_above_the_queue_until_somebody_settles_it(jonas, watched):
    send_invalid(watched)
    jonas.go("/")
    jonas.sees("refunder sent 2 submissions that could not be stored.")
    jonas.page.get_by_text("What was wrong with it").click()
    jonas.sees("/action/args/amount")
    jonas.page.get_by_role("button", name="Settled").click()
    jonas.is_told("Settled")
    assert jonas.page.locator(".alerts").count() == 0


def test_a_viewer_sees_an_alert_and_cannot_settle_it(visitor, watched):
    send_invalid(watched)
    visitor.sign_in("vera@example.org")
    visitor.go("/")
    visitor.sees("refunder sent 2 submissions that could not be stored.")
    assert visitor.page.get_by_role("button", name="Settled").count() == 0


def test_an_agent_that_has_gone_quiet_is_marked(ana, desk):
    expected = POLICY.replace("owner: payments", "owner: payments\n    expect: {at_least: 2/hour}")
    desk.desk.transact(lambda work: policies.publish(work, expected, "test"))
    desk.world.pass_time(hours=2)
    ana.go("/agents")
    ana.sees("quiet: 0 of 2 in the last hour")
