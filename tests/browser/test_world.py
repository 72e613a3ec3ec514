"""Before and after: who approves sees the world as it is, is told when it has moved, and reads it as plain text."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk
from tests.browser.scene import POLICY, scene
from tests.browser.test_accessible import SCREENS, findings
from tests.serving import Quiet, served
from webapp.domain.message import Reach
from webapp.looking import picture
from webapp.services import outbox, previews
from webapp.store import handoffs

pytestmark = pytest.mark.browser
PLACE = "    deadline: {after: 2h, then: expire}\n  support.reply:"
PREVIEW = """    deadline: {{after: 2h, then: expire}}
    preview: {{url: "{url}/orders/{{order_id}}", {more}}}
  support.reply:"""
SIDES = "before: /now, after: /then"
OPEN = {
    "now": {"status": "paid", "refunded": "0.00", "items": 1},
    "then": {"status": "refunded", "refunded": "129.00", "items": 1},
}
MOVED = {**OPEN, "now": {**OPEN["now"], "status": "refunded"}}


class Bank(Quiet):
    """What is looked at, as `answer` says."""

    bank: dict

    def take(self):
        self.answer(self.bank["code"], self.bank["says"])


@pytest.fixture
def desk(sqlite_database, redis_url):
    allowed = {"HANDRAIL_ALLOW_NETWORKS": "127.0.0.0/8"}
    with scene(sqlite_database, redis_url, **allowed) as there:
        yield there


@pytest.fixture
def bank(desk):
    """A server that is looked at; the policy names it."""
    found = {"code": 200, "says": OPEN}
    with served(Bank, bank=found) as address:

        def show(more=SIDES):
            desk.publish(POLICY.replace(PLACE, PREVIEW.format(url=address, more=more)))

        found["show"] = show
        show()
        yield found


def look(desk, handoff):
    """What a worker does at its last try."""
    found = desk.desk.read(lambda work: handoffs.load(work, handoff))
    seen = picture(desk.desk, found)
    desk.world.pass_time(minutes=1)
    length = timedelta(seconds=1)
    taken = desk.desk.transact(lambda work: outbox.lease(work, Reach.OUTSIDE, 100, length))
    desk.desk.transact(lambda work: previews.record(work, taken[-1], found, seen))


def rows(person):
    table = person.pane.get_by_role("table", name="What is there now")
    return [
        row.all_inner_texts()
        for row in (one.locator("th, td") for one in table.locator("tbody tr").all())
    ]


def test_before_and_after_comes_before_what_is_sent_where(ana, desk, bank):
    bank["show"](SIDES + "}\n    executor: {http: {url: https://bank.example.org/refunds}")
    handoff = desk.ask()
    look(desk, handoff)
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("Handrail runs it")
    heads = ana.pane.get_by_role("heading", level=3).all_inner_texts()
    assert heads.index("Before and after") < heads.index("Handrail runs it")


def test_nobody_approves_before_it_is_there_and_then_it_comes_by_itself(ana, desk, bank):
    handoff = desk.ask()
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("Handrail is looking up what is there now")
    expect(ana.pane.get_by_role("button", name="Approve")).to_have_count(0)
    expect(ana.pane.get_by_role("button", name="Deny")).to_be_visible()
    expect(ana.pane.get_by_role("button", name="Look again")).to_be_visible()
    ana.is_live()
    look(desk, handoff)
    ana.sees_in_pane("Before and after")
    assert rows(ana) == [
        ["status", '"paid"', '"refunded"'],
        ["refunded", '"0.00"', '"129.00"'],
        ["items", "1", "the same"],
    ]
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    assert desk.agent.redeem({"id": handoff})["status"] == "running"


def test_without_an_after_the_agents_word_stands_there_marked_as_such(ana, desk, bank):
    bank["show"]("before: /now")
    handoff = desk.ask(expected_effect={"/status": "refunded", "/items": 1, "/mail/sent": True})
    look(desk, handoff)
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("what the agent expects; nobody has checked it")
    expect(ana.pane.get_by_role("columnheader", name="After as the agent says")).to_be_visible()
    assert rows(ana) == [
        ["status", '"paid"', '"refunded"'],
        ["refunded", '"0.00"', "not said"],
        ["items", "1", "the same"],
        ["mail.sent", "not looked up", "true"],
    ]


def test_without_any_after_it_shows_what_is_there(ana, desk, bank):
    bank["show"]("before: /now")
    handoff = desk.ask()
    look(desk, handoff)
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("As it is now")
    assert rows(ana)[0] == ["status", '"paid"']


def test_since_it_was_approved_the_world_has_moved(ana, desk, bank):
    handoff = desk.ask()
    look(desk, handoff)
    ana.go(f"/handoffs/{handoff}")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    bank["says"] = MOVED
    with pytest.raises(AssertionError, match="world_changed"):
        desk.agent.redeem({"id": handoff})
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("The world has moved since this was approved")
    ana.sees_in_pane('before.status was "paid", is "refunded"')
    ana.sees_in_pane("took the approval back: the world has moved")
    ana.sees_in_pane("The world has moved since this was approved, so people decide it again.")
    assert rows(ana)[0] == ["status", '"refunded"', "the same"]
    ana.go("/handoffs")
    line = ana.page.locator("tr", has_text="Refund 129.00 EUR")
    assert line.locator("td").all_inner_texts()[3] == ""
    ana.go(f"/handoffs/{handoff}")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    assert desk.agent.redeem({"id": handoff})["status"] == "running"


def test_a_look_that_failed_can_be_made_again(ana, desk, bank):
    bank["code"] = 503
    handoff = desk.ask()
    look(desk, handoff)
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("It could not be looked up")
    ana.sees_in_pane("503 Service Unavailable")
    expect(ana.pane.get_by_role("button", name="Approve")).to_be_visible()
    ana.is_live()
    ana.click("Look again")
    ana.is_told("Looking again")
    bank["code"] = 200
    look(desk, handoff)
    ana.sees_in_pane("refunded")
    assert len(rows(ana)) == 3


def test_what_changed_while_somebody_was_reading_is_not_approved(ana, jonas, desk, bank):
    handoff = desk.ask()
    look(desk, handoff)
    ana.page.route("**/fresh*", lambda route: route.fulfill(status=204))
    ana.go(f"/handoffs/{handoff}")
    ana.take_a_look()
    jonas.go(f"/handoffs/{handoff}")
    jonas.click("Look again")
    jonas.is_told("Looking again")
    bank["says"] = MOVED
    look(desk, handoff)
    ana.press("a")
    ana.sees_in_pane("The world has changed while you read this")
    assert desk.status(handoff) == "pending"


def test_an_edit_to_another_order_is_shown_before_it_is_approved(ana, desk, bank):
    handoff = desk.ask()
    look(desk, handoff)
    ana.go(f"/handoffs/{handoff}/edit")
    ana.page.get_by_label("order_id").fill("9000")
    ana.take_a_look()
    ana.page.get_by_role("button", name="Approve as edited").last.click()
    ana.is_told("see what it would do now")
    ana.sees_in_pane("Handrail is looking up what is there now")
    look(desk, handoff)
    ana.sees_in_pane("Before and after")
    assert desk.status(handoff) == "pending"


def test_what_a_server_answers_is_inert(ana, desk, bank):
    bank["show"]("only: ['/<b>bold', '/script', '/turn']")
    bank["says"] = {
        "<b>bold": "<img src=x onerror=alert(1)>",
        "script": "</td><script>alert(1)</script>",
        "turn": "a\u202eb\u0007",
    }
    handoff = desk.ask()
    look(desk, handoff)
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("<img src=x onerror=alert(1)>")
    ana.sees_in_pane("</td><script>alert(1)</script>")
    expect(ana.pane.locator("td img, td script, th b")).to_have_count(0)
    assert "\u202e" not in ana.pane.inner_text()


def test_looking_again_needs_no_script(browser, desk, bank):
    handoff = desk.ask()
    look(desk, handoff)
    with at_the_desk(browser, desk.url, java_script_enabled=False) as person:
        person.check = lambda: None  # nothing can be asked of a page without a script
        person.sign_in().go(f"/handoffs/{handoff}")
        person.click("Look again")
        person.is_told("Looking again")
        person.click("Approve")
        person.is_told("Approved")


@pytest.mark.parametrize("size", SCREENS.values(), ids=SCREENS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_in_all_its_states(browser, desk, bank, size, theme):
    with at_the_desk(browser, desk.url, viewport=size, color_scheme=theme) as person:
        person.sign_in()
        handoff = desk.ask()

        def fine():
            person.go(f"/handoffs/{handoff}")
            return findings(person) == []

        assert fine()
        look(desk, handoff)
        assert fine()
        person.take_a_look()
        person.press("a")
        person.is_told("Approved")
        bank["says"] = MOVED
        with pytest.raises(AssertionError, match="world_changed"):
            desk.agent.redeem({"id": handoff})
        assert fine()
        bank["code"] = 500
        person.click("Look again")
        person.is_told("Looking again")
        look(desk, handoff)
        assert fine()
