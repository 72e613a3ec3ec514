"""Editing in the browser: a form from the schema, the difference, one act."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def begin_editing(ana, agent, **said):
    asked = agent.ask(**said)
    ana.go("/")
    ana.take_a_look()
    ana.press("e")
    ana.sees_in_front("Edit, then approve")
    return asked


def test_an_edited_amount_is_what_the_agent_runs(ana, agent):
    asked = begin_editing(ana, agent)
    ana.page.get_by_label("amount").fill("64.50")
    expect(ana.page.locator("#diff")).to_contain_text("Refund 64.50 EUR to cus_77")
    ana.take_a_look()
    ana.click("Approve as edited")
    ana.is_told("Approved Refund 64.50 EUR")
    now = agent.look(asked)
    changes = [{"op": "replace", "path": "/args/amount", "value": "64.50"}]
    assert (now["decision"]["verb"], now["decision"]["changes"]) == ("edit", changes)


def test_untouched_arguments_come_through_as_they_were(ana, agent):
    asked = begin_editing(ana, agent, args={"notify": True, "note": None})
    ana.page.get_by_label("counterparty").fill("cus_78")
    ana.take_a_look()
    ana.click("Approve as edited")
    ana.is_told("Approved")
    args = agent.look(asked)["resume"]["action"]["args"]
    assert (args["notify"], args["note"], args["amount"]) == (True, None, "129.00")


def test_what_the_schema_refuses_is_said_beside_the_field(ana, agent):
    asked = begin_editing(ana, agent)
    ana.page.get_by_label("amount").fill("lots")
    ana.take_a_look()
    ana.click("Approve as edited")
    field = ana.page.get_by_label("amount")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("lots")
    assert agent.look(asked)["status"] == "pending"


def test_an_edit_that_policy_blocks_is_refused_with_the_reason(ana, agent):
    asked = begin_editing(ana, agent)
    ana.page.get_by_label("currency").select_option("USD")
    ana.take_a_look()
    ana.click("Approve as edited")
    ana.sees_in_pane("We do not pay in dollars")
    assert agent.look(asked)["status"] == "pending"


def test_an_edit_that_changes_nothing_is_no_edit(ana, agent):
    asked = begin_editing(ana, agent)
    ana.take_a_look()
    ana.click("Approve as edited")
    ana.sees_in_pane("Nothing was changed")
    assert agent.look(asked)["status"] == "pending"


def test_arguments_can_be_edited_as_json(ana, agent):
    asked = begin_editing(ana, agent)
    ana.page.get_by_role("link", name="as JSON").click()
    area = ana.page.get_by_label("Arguments")
    area.fill(area.input_value().replace("129.00", "12.00"))
    ana.take_a_look()
    ana.click("Approve as edited")
    ana.is_told("Approved Refund 12.00 EUR")
    assert agent.look(asked)["action"]["args"]["amount"] == "12.00"


def test_cancel_goes_back_and_changes_nothing(ana, agent):
    asked = begin_editing(ana, agent)
    ana.page.get_by_role("link", name="Cancel").click()
    ana.sees_in_front("Refund 129.00 EUR")
    assert agent.look(asked)["revision"] == 1


def test_e_then_typing_then_enter_approves_what_was_typed(ana, agent):
    asked = begin_editing(ana, agent)
    expect(ana.page.get_by_label("amount")).to_be_focused()
    ana.type("99.00")
    ana.take_a_look()
    ana.press("Enter")
    ana.is_told("Approved Refund 99.00 EUR")
    assert agent.look(asked)["action"]["args"]["amount"] == "99.00"


def test_leaving_with_something_typed_asks_first(ana, agent):
    begin_editing(ana, agent)
    ana.page.get_by_label("amount").fill("64.50")
    ana.page.get_by_label("amount").press("Escape")
    asked = []
    ana.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    ana.press("Escape")
    expect(ana.page.get_by_label("amount")).to_have_value("64.50")
    assert asked == ["Leave without what you have typed?"]


def test_leaving_with_nothing_typed_asks_nothing(ana, agent):
    begin_editing(ana, agent)
    ana.page.get_by_role("heading", name="Edit, then approve").click()
    ana.press("Escape")
    expect(ana.page.locator("[data-editing]")).to_have_count(0)
