"""What nobody knows the end of: a person looks, says whether it ran, and asks again for what did not."""

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk
from webapp.store import tables

pytestmark = pytest.mark.browser
NOTE = "The bank has no such refund."


@pytest.fixture
def lost(desk):
    """A refund that ran unasked, and of which the agent does not know whether it took effect."""
    asked = desk.agent.ask(confidence=0.99)
    desk.agent.redeem(asked)
    return desk.agent.report(asked, "unknown")["id"]


def settled(desk, handoff):
    return desk.agent.look({"id": handoff})["settled"]


def it_ran(person):
    return person.page.locator("[name=verb][value=ran]")


def events(desk, handoff):
    def read(work):
        found = work.run(tables.events.select().where(tables.events.c.handoff_id == handoff))
        return found.all()

    return desk.desk.read(read)


def test_it_stays_in_the_queue_until_somebody_says_by_keys_what_they_found(ana, desk, lost):
    ana.go("/")
    ana.counts(1)
    ana.sees("did it run?")
    ana.take_a_look()
    ana.press("n")
    expect(it_ran(ana)).to_be_hidden()
    ana.type(NOTE)
    ana.press("Enter")
    ana.is_told("Settled: it did not run")
    ana.counts(0)
    ana.sees_in_pane("ana@example.org settled it: it did not run")
    said = settled(desk, lost)
    assert (said["ran"], said["note"], said["via"]) == (False, NOTE, "browser")
    assert events(desk, lost)[-1].shown.startswith("sha256:")


def test_a_settlement_says_how_one_knows(ana, desk, lost):
    ana.go(f"/handoffs/{lost}")
    ana.take_a_look()
    ana.press("y", "Enter", "Enter")
    assert settled(desk, lost) is None
    ana.press("Escape")
    ana.page.get_by_label("Did it run?").fill("It is in the bank's list.")
    it_ran(ana).click()
    ana.is_told("Settled: it ran")
    assert settled(desk, lost)["ran"] is True


def test_what_the_agent_reported_too_late_is_in_sight(ana, desk):
    asked = desk.agent.ask(confidence=0.99)
    desk.agent.redeem(asked)
    desk.world.pass_time(minutes=16)
    desk.agent.report(asked, "succeeded")
    ana.go(f"/handoffs/{asked['id']}")
    ana.sees_in_pane("The agent claims afterwards")
    ana.sees_in_pane("succeeded")


def test_whoever_is_slower_is_told_who_was_faster(browser, ana, desk, lost):
    with at_the_desk(browser, desk.url, java_script_enabled=False) as slow:
        slow.check = lambda: None  # nothing can be asked of a page without a script
        slow.sign_in("jonas@example.org")
        slow.go(f"/handoffs/{lost}")
        slow.page.get_by_label("Did it run?").fill("It is in the bank's list.")
        ana.go(f"/handoffs/{lost}")
        ana.take_a_look()
        ana.press("n")
        ana.type(NOTE)
        ana.press("Enter")
        ana.is_told("Settled")
        it_ran(slow).click()
        slow.sees_in_pane("Somebody else was faster")
        slow.sees_in_pane("ana@example.org has settled already that it did not run.")
    assert settled(desk, lost)["ran"] is False


def test_what_did_not_run_is_asked_for_again_and_waits_for_somebody_else(ana, jonas, desk, lost):
    ana.go(f"/handoffs/{lost}")
    ana.take_a_look()
    ana.press("n")
    ana.type(NOTE)
    ana.press("Enter")
    ana.click("Run again")
    ana.is_told("Asked again; somebody else decides it")
    ana.sees_in_pane("asked for it to run again")
    ana.sees_in_pane("someone else must decide it")
    ana.go(f"/handoffs/{lost}")
    ana.page.get_by_role("link", name="Asked for again").click()
    fresh = ana.page.url.rpartition("/")[2]
    assert (fresh != lost, desk.status(fresh)) == (True, "pending")
    jonas.go(f"/handoffs/{fresh}")
    jonas.take_a_look()
    jonas.press("a")
    jonas.is_told("Approved")
    assert desk.agent.redeem({"id": fresh})["status"] == "running"


def test_what_ran_cannot_be_asked_for_again(ana, desk, lost):
    ana.go(f"/handoffs/{lost}")
    ana.take_a_look()
    ana.press("y")
    ana.type("It is in the bank's list.")
    ana.press("Enter")
    ana.is_told("Settled: it ran")
    expect(ana.page.get_by_role("button", name="Run again")).to_have_count(0)


def test_who_may_not_decide_sees_it_and_settles_nothing(browser, desk, lost):
    with at_the_desk(browser, desk.url) as vera:
        vera.sign_in("vera@example.org")
        vera.go(f"/handoffs/{lost}")
        vera.sees_in_pane("Nobody knows whether it ran")
        expect(it_ran(vera)).to_have_count(0)


def test_settling_and_asking_again_need_no_script(browser, desk, lost):
    with at_the_desk(browser, desk.url, java_script_enabled=False) as person:
        person.check = lambda: None  # nothing can be asked of a page without a script
        person.sign_in()
        person.go(f"/handoffs/{lost}")
        person.click("It did not run")
        person.sees_in_pane("Say how you know")
        person.page.get_by_label("Did it run?").fill(NOTE)
        person.click("It did not run")
        person.is_told("Settled: it did not run")
        person.click("Run again")
        person.is_told("Asked again")
    assert settled(desk, lost)["ran"] is False


def test_on_a_phone_both_answers_are_whole_and_within_reach(browser, desk, lost):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with at_the_desk(browser, desk.url, **phone) as person:
        person.sign_in()
        person.go(f"/handoffs/{lost}")
        buttons = person.page.locator(".bar .btns .btn:visible")
        expect(buttons).to_have_count(2)
        sizes = buttons.evaluate_all("all => all.map(b => [b.clientWidth, b.scrollWidth])")
        assert all(whole <= shown for shown, whole in sizes)
        assert person.page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_list_of_all_says_how_it_was_settled(ana, desk, lost):
    ana.go(f"/handoffs/{lost}")
    ana.take_a_look()
    ana.press("n")
    ana.type(NOTE)
    ana.press("Enter")
    ana.is_told("Settled")
    ana.go("/handoffs?status=unknown")
    expect(ana.page.locator("table")).to_contain_text("it did not run")
