"""What Slack would show can be looked at here without a Slack, and does nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import findings, theme, window  # noqa: F401 — fixtures
from tests.browser.test_deadlines import add
from tests.browser.test_reading import NASTY, TOLD

pytestmark = pytest.mark.browser
READINGS = [
    {"id": "same", "text": "The lamp of order 8841"},
    {
        "id": "other",
        "text": "The lamp of order 8814",
        "action": {"name": "support.reply", "args": {}},
    },
]


def fill(desk):
    """Have something of each sort: it waits, is too risky or too long for Slack, was decided, was asked."""
    desk.ask(**TOLD)
    desk.ask(args={"order_id": "8842"})
    desk.ask(args={"reason": "chargeback", "note": "x" * 450})
    desk.agent.wonder()
    return desk.ask(args={"order_id": "8843", "reason": "goodwill"})


def test_what_waits_is_drawn_as_slack_would_and_nothing_can_be_pressed(ana, desk):
    fill(desk)
    ana.go("/slack-preview")
    ana.sees("For looks alone: nothing here can be pressed")
    ana.sees("Slack is not set up here")
    first = ana.page.get_by_role("article").filter(has_text="more like this")
    expect(first).to_contain_text("The photo may show another lamp.")
    expect(first).to_contain_text("+ 2 more like this wait behind it")
    buttons = ana.page.get_by_label("A channel").get_by_role("button")
    assert buttons.count() > 3
    assert all(one.is_disabled() for one in buttons.all())


def test_what_is_too_risky_for_slack_is_said_with_the_cut_and_the_fingerprint(ana, desk):
    handoff_id = desk.ask(args={"reason": "chargeback", "note": "x" * 450})
    ana.go(f"/slack-preview?handoff={handoff_id}")
    message = ana.page.get_by_role("article")
    expect(message).to_contain_text("It is of critical risk")
    expect(message).to_contain_text("not all of it is shown here")
    expect(message).to_contain_text("sha256:")
    assert message.get_by_role("button").all_inner_texts() == ["Open in Handrail"]


def test_what_was_decided_is_drawn_with_its_thread(ana, desk):
    handoff_id = fill(desk)
    ana.go(f"/handoffs/{handoff_id}")
    ana.take_a_look()
    ana.press("d")
    ana.type("Not needed")
    ana.press("Enter")
    ana.is_told("Denied")
    ana.go("/slack-preview")
    message = ana.page.get_by_role("article").filter(has_text="denied this")
    expect(message).to_contain_text("1 reply")
    expect(message).to_contain_text("“Not needed”")


def test_hostile_words_are_words(ana, desk):
    desk.ask(
        title=NASTY, uncertainty=NASTY, args={"counterparty": NASTY, "note": "<!channel> *b* `c`"}
    )
    ana.go("/slack-preview")
    message = ana.page.get_by_role("article")
    expect(message).to_contain_text("<img src=x onerror=alert(1)>")
    expect(message).to_contain_text("<!channel> *b* `c`")
    assert message.locator("img, script").count() == 0


def test_what_somebody_may_not_see_is_not_drawn_for_them(visitor, desk):
    handoff_id = desk.ask()
    add(desk, "kim", "support")
    visitor.sign_in("kim@example.org")
    visitor.go("/slack-preview")
    visitor.sees("Nothing to tell")
    visitor.go(f"/slack-preview?handoff={handoff_id}")
    visitor.sees("There is nothing here")


def test_an_empty_desk_says_so(ana):
    ana.go("/slack-preview")
    ana.sees("Nothing to tell")


def test_it_is_accessible(window, desk):  # noqa: F811
    fill(desk)
    window.sign_in()
    window.go("/slack-preview")
    assert findings(window) == []
