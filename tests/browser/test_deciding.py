"""Deciding in the browser: by key and by click, one handoff after the other."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
HALF = {
    "interpretations": [
        {"id": "same", "text": "Same item"},
        {
            "id": "half",
            "text": "Only the shade",
            "action": {
                "name": "payments.refund",
                "args": {
                    "order_id": "8841",
                    "amount": "64.50",
                    "currency": "EUR",
                    "counterparty": "cus_77",
                },
            },
        },
    ]
}


def ask_three(agent):
    return [agent.ask(args={"counterparty": f"cus_{n}"}) for n in (1, 2, 3)]


def test_a_key_approves_what_is_in_front_and_the_next_one_follows(ana, agent):
    first, *_ = ask_three(agent)
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved Refund 129.00 EUR to cus_1")
    ana.sees_in_front("cus_2")
    assert agent.look(first)["status"] == "approved"


def test_a_second_press_right_after_the_first_does_not_decide_the_next_one(ana, agent):
    asked = ask_three(agent)
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.sees_in_front("cus_2")
    ana.press("a", "a")
    ana.page.wait_for_timeout(400)
    assert [agent.look(one)["status"] for one in asked] == ["approved", "pending", "pending"]


def test_enter_twice_denies_one_handoff_only(ana, agent):
    asked = ask_three(agent)
    ana.go("/")
    ana.take_a_look()
    ana.press("d")
    ana.type("Wrong customer")
    ana.press("Enter", "Enter")
    ana.sees_in_front("cus_2")
    ana.press("Enter")
    ana.page.wait_for_timeout(900)
    assert [agent.look(one)["status"] for one in asked] == ["denied", "pending", "pending"]


def test_a_denial_carries_its_reason_to_the_agent(ana, agent):
    asked = agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.press("d")
    ana.click("Wrong amount")
    ana.press("Enter")
    ana.is_told("Denied")
    assert agent.look(asked)["decision"]["note"] == "Wrong amount"


def test_asking_back_sends_the_question(ana, agent):
    asked = agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.press("q")
    ana.type("Is this the lamp?")
    ana.press("Enter")
    ana.is_told("Asked back")
    now = agent.look(asked)
    assert (now["status"], now["resume"]["note"]) == ("changes_requested", "Is this the lamp?")


def test_keys_move_through_the_queue(ana, agent):
    ask_three(agent)
    ana.go("/")
    ana.sees_in_front("cus_1")
    ana.press("j")
    ana.sees_in_front("cus_2")
    ana.press("j")
    ana.sees_in_front("cus_3")
    ana.press("k")
    ana.sees_in_front("cus_2")


def test_an_approval_is_taken_back_with_a_key(ana, agent):
    asked = agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    ana.press("u")
    ana.is_told("Taken back")
    ana.sees_in_front("cus_77")
    assert agent.look(asked)["status"] == "pending"


def test_what_runs_already_cannot_be_taken_back(ana, agent):
    asked = agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    agent.redeem(asked)
    ana.press("u")
    ana.sees_in_pane("Too late to take it back")
    assert agent.look(asked)["status"] == "running"


def test_choosing_another_reading_approves_its_action(ana, agent):
    asked = agent.ask(**HALF)
    ana.go("/")
    ana.take_a_look()
    ana.press("2")
    ana.sees_in_pane("Approve 2 instead")
    ana.press("a")
    ana.is_told("Approved Refund 64.50 EUR")
    now = agent.look(asked)
    assert (now["resume"]["action"]["args"]["amount"], now["decision"]["verb"]) == ("64.50", "edit")


def test_pressing_a_reading_twice_unchooses_it(ana, agent):
    asked = agent.ask(**HALF)
    ana.go("/")
    ana.take_a_look()
    ana.press("2", "2", "a")
    ana.is_told("Approved Refund 129.00 EUR")
    assert agent.look(asked)["decision"]["verb"] == "approve"


def test_a_question_is_answered_with_a_reading(ana, agent):
    asked = agent.wonder()
    ana.go("/")
    ana.take_a_look()
    ana.press("2", "a")
    ana.is_told("Answered")
    assert agent.look(asked)["resume"]["response"] == {"interpretation": "old"}


def test_a_question_without_a_choice_is_not_sent(ana, agent):
    asked = agent.wonder()
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.sees_in_pane("Choose one of the readings first")
    assert agent.look(asked)["status"] == "pending"


def test_a_question_with_fields_is_answered_by_filling_them(ana, agent):
    schema = {"type": "object", "required": ["days"], "properties": {"days": {"type": "integer"}}}
    asked = agent.wonder(response_schema=schema)
    ana.go("/")
    ana.take_a_look()
    ana.page.get_by_label("days").fill("3")
    ana.click("Answer")
    ana.is_told("Answered")
    assert agent.look(asked)["resume"]["response"] == {"days": 3}


def test_an_approval_of_high_risk_asks_what_was_checked(ana, agent):
    asked = agent.ask(args={"reason": "chargeback"})
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.type("Called the bank")
    ana.press("Enter")
    ana.is_told("Agreed; it needs one more person")
    assert agent.look(asked)["status"] == "pending"


def test_two_people_agree_where_the_policy_wants_two(ana, jonas, agent):
    asked = agent.ask(args={"reason": "chargeback"})
    for person in (ana, jonas):
        person.go("/")
        person.take_a_look()
        person.press("a")
        person.type("Called the bank")
        person.press("Enter")
        person.is_told("gree" if person is ana else "Approved")
    assert agent.look(asked)["status"] == "approved"


def test_what_i_have_agreed_to_waits_below_what_i_have_not(ana, agent):
    agent.ask(args={"reason": "chargeback"})
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.type("Called the bank")
    ana.press("Enter")
    ana.is_told("gree")
    agent.ask()
    ana.go("/")
    expect(ana.page.locator("[data-row]").nth(0)).not_to_contain_text("you agreed")
    expect(ana.page.locator("[data-row]").nth(1)).to_contain_text("you agreed, 1 of 2")


def test_an_edit_that_was_taken_back_says_why_it_waits(ana, agent):
    agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.press("e")
    ana.page.get_by_label("amount").fill("64.50")
    ana.take_a_look()
    ana.click("Approve as edited")
    ana.is_told("Approved")
    ana.press("u")
    ana.is_told("Taken back; it waits again with a fresh deadline")
    ana.sees_in_pane("A person has changed this action or taken its approval back")


def test_single_letter_keys_can_be_switched_off(ana, agent):
    asked = agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.press("?")
    ana.page.get_by_label("Single-letter keys are on").uncheck()
    ana.press("Escape")
    ana.page.reload()
    ana.take_a_look()
    ana.press("a")
    ana.page.wait_for_timeout(300)
    assert agent.look(asked)["status"] == "pending"


def test_letters_typed_into_a_note_decide_nothing(ana, agent):
    asked = agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.page.get_by_label("Note").fill("")
    ana.type("add data")
    ana.press("Escape")
    expect(ana.page.get_by_label("Note")).to_have_value("add data")
    assert agent.look(asked)["status"] == "pending"


def test_the_history_names_who_decided_and_holds_what_was_shown(ana, agent, desk):
    asked = agent.ask()
    ana.go("/")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    ana.go(f"/handoffs/{asked['id']}")
    ana.sees_in_pane("ana@example.org approved this")
    with desk.desk.store.engine.connect() as connection:
        query = "select shown from events where type = 'approved'"
        shown = connection.exec_driver_sql(query).scalar_one()
    assert shown.startswith("sha256:")
