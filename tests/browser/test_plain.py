"""Without a script, on a phone, and at the edges: the essential things still work."""

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def without_script(browser, desk):
    with at_the_desk(browser, desk.url, java_script_enabled=False) as person:
        person.check = lambda: None  # nothing can be asked of a page without a script
        yield person.sign_in()


@pytest.fixture
def on_the_phone(browser, desk):
    with at_the_desk(browser, desk.url, **PHONE) as person:
        yield person.sign_in()


def test_an_approval_needs_no_script(without_script, agent):
    asked = agent.ask()
    without_script.go(f"/handoffs/{asked['id']}")
    without_script.click("Approve")
    without_script.is_told("Approved")
    assert agent.look(asked)["status"] == "approved"


def test_a_denial_without_a_reason_is_sent_back_without_a_script(without_script, agent):
    asked = agent.ask()
    without_script.go(f"/handoffs/{asked['id']}")
    without_script.click("Deny")
    without_script.sees_in_pane("A denial needs a reason")
    assert agent.look(asked)["status"] == "pending"


def test_enter_in_the_note_decides_nothing_without_a_script(without_script, agent):
    asked = agent.ask()
    without_script.go(f"/handoffs/{asked['id']}")
    without_script.page.get_by_label("Note").fill("hm")
    without_script.press("Enter")
    assert agent.look(asked)["status"] == "pending"


def test_an_edit_needs_no_script(without_script, agent):
    asked = agent.ask()
    without_script.go(f"/handoffs/{asked['id']}/edit")
    without_script.page.get_by_label("amount").fill("64.50")
    without_script.click("Show changes")
    without_script.sees_in_pane("Refund 64.50 EUR")
    without_script.click("Approve as edited")
    without_script.is_told("Approved")
    assert agent.look(asked)["action"]["args"]["amount"] == "64.50"


def test_taking_back_needs_no_script(without_script, agent):
    asked = agent.ask()
    without_script.go(f"/handoffs/{asked['id']}")
    without_script.click("Approve")
    without_script.click("Undo")
    without_script.is_told("Taken back")
    assert agent.look(asked)["status"] == "pending"


def test_on_a_phone_the_list_leads_to_the_handoff_and_back(on_the_phone, agent):
    agent.ask(args={"counterparty": "cus_1"})
    agent.ask(args={"counterparty": "cus_2"})
    on_the_phone.go("/")
    expect(on_the_phone.pane).to_be_hidden()
    on_the_phone.open("cus_2")
    on_the_phone.page.get_by_role("link", name="Queue", exact=True).first.click()
    expect(on_the_phone.waiting.first).to_be_visible()


def test_on_a_phone_the_buttons_are_within_reach(on_the_phone, agent):
    asked = agent.ask()
    on_the_phone.go(f"/handoffs/{asked['id']}")
    on_the_phone.take_a_look()
    box = on_the_phone.page.get_by_role("button", name="Approve").bounding_box()
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 844
    on_the_phone.page.get_by_role("button", name="Approve").tap()
    on_the_phone.is_told("Approved")


def test_on_a_phone_the_button_that_sends_an_edit_is_the_widest_and_whole(on_the_phone, agent):
    agent.ask()
    on_the_phone.go("/")
    on_the_phone.page.locator("[data-row]").first.click()
    on_the_phone.page.get_by_label("Edit the arguments").click()
    on_the_phone.sees_in_front("Edit, then approve")
    buttons = on_the_phone.page.locator(".bar .btns .btn:visible")
    sizes = buttons.evaluate_all("all => all.map(b => [b.clientWidth, b.scrollWidth])")
    assert len(sizes) == 3
    assert all(whole <= shown for shown, whole in sizes)
    assert max(sizes) == sizes[-1]


def test_on_a_phone_nothing_is_wider_than_the_screen(on_the_phone, agent):
    asked = agent.ask(title="x" * 190, uncertainty="y" * 400, args={"counterparty": "z" * 300})
    for path in (
        "/",
        f"/handoffs/{asked['id']}",
        "/handoffs",
        "/agents",
        "/people",
        "/policy",
        "/stops",
    ):
        on_the_phone.go(path)
        width = on_the_phone.page.evaluate("document.documentElement.scrollWidth")
        assert (path, width) == (path, 390)


def test_a_stop_is_put_in_force_seen_everywhere_and_lifted(on_the_phone, agent):
    on_the_phone.go("/stops")
    on_the_phone.page.get_by_label("Name").fill("refunder")
    on_the_phone.page.get_by_label("Reason").fill("It loops")
    on_the_phone.click("Stop")
    on_the_phone.sees("Stopped: agent refunder")
    on_the_phone.go("/agents")
    on_the_phone.sees("It loops")
    on_the_phone.go("/stops")
    on_the_phone.click("Lift")
    on_the_phone.sees("Nothing is stopped")


def test_the_keys_of_a_stopped_agent_are_rotated_and_the_new_one_is_shown_once(on_the_phone, agent):
    on_the_phone.go("/stops")
    on_the_phone.page.get_by_label("Name").fill("refunder")
    on_the_phone.page.get_by_label("Reason").fill("It loops")
    on_the_phone.click("Stop")
    on_the_phone.sees("Stopped: agent refunder")
    on_the_phone.page.get_by_role("button", name="Rotate the keys of refunder").click()
    on_the_phone.sees("The keys of refunder are revoked.")
    on_the_phone.sees("hr_")
    on_the_phone.go("/stops")
    on_the_phone.page.get_by_role("button", name="Let people decide").click()
    on_the_phone.sees("being lifted: people decide everything")


def test_on_a_phone_the_sections_scroll_and_stops_and_the_one_in_sight_stay(on_the_phone):
    on_the_phone.go("/operations")
    rail = on_the_phone.page.get_by_role("navigation", name="Sections")
    sizes = rail.locator("a > span:not(.count)").evaluate_all(
        "all => all.map(one => [one.offsetWidth + 4, one.parentElement.clientWidth])"
    )
    assert len(sizes) == 9
    assert all(label <= entry for label, entry in sizes)
    for name in ("Outbox", "Stops"):
        expect(rail.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    expect(rail.get_by_role("link", name="Queue")).not_to_be_in_viewport()
    on_the_phone.go("/")
    for name in ("Queue", "Stops"):
        expect(rail.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [821, 900, 1024])
def test_in_a_narrow_window_nothing_of_a_handoff_is_cut_off(ana, agent, width):
    asked = agent.ask()
    ana.page.set_viewport_size({"width": width, "height": 800})
    ana.go(f"/handoffs/{asked['id']}")
    edges = ana.page.locator("#detail .btn:visible, #detail .scroll > *").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert len(edges) > 5
    assert max(edges) <= width
    note = ana.page.get_by_label("Note").bounding_box()
    assert note["width"] >= 160
