"""Forms that write into a draft: a type made from a handoff, and the common limits."""

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk
from tests.browser.scene import POLICY
from tests.browser.test_accessible import findings, theme, window
from webapp.services import drafts

pytestmark = pytest.mark.browser
__all__ = ["theme", "window"]  # the fixtures of every page in both themes and both widths
BOUND = POLICY.replace(
    "    deadline: {after: 2h, then: expire}\n",
    """\
    envelope:
      # agreed with finance
      amount: {arg: /amount, currency: /currency, each: "500 EUR"}  # ticket 12
      rate: 20/hour
    deadline: {after: 2h, then: expire}
""",
)


def ship(desk, count=12):
    """Let an agent ask for what the policy does not know."""
    for n in range(count):
        args = {"crate_id": f"c-{n}", "to": ("Bern", "Oslo")[n % 2]}
        action = {"name": "crates.ship", "args": args}
        asked = desk.agent.ask(action=action, title="Ship a crate")
    return asked


def draft(desk):
    [found] = desk.desk.read(drafts.open_ones)
    return found.text


def begin(person, desk, text=BOUND):
    desk.publish(text)
    person.go("/policy")
    person.click("Write the next one")
    person.sees("Common limits")


def unfold(person, name="payments.refund"):
    person.page.locator("#limits summary", has_text=name).click()
    return person.page.locator("#limits details[open]", has_text=name)


def keep(person):
    person.click("Write into the document")
    person.is_told("Saved")


# ---- a type from a handoff


def test_a_type_is_made_from_a_handoff_and_shown_where_it_stands(ana, desk):
    asked = ship(desk)
    ana.go(f"/handoffs/{asked['id']}")
    ana.sees_in_pane("not in the policy")
    ana.click("Make a type from this")
    ana.is_told("a type for crates.ship")
    ana.sees("It can be published.")
    ana.sees("crates.ship is a new type of high risk")
    text = ana.page.get_by_label("YAML; saving it checks it")
    expect(text).to_be_focused()
    at_the_cursor = "e => e.value.slice(e.selectionStart).split('\\n')[0]"
    assert "crates.ship:  # drafted from 12 recorded handoffs" in text.evaluate(at_the_cursor)
    assert "to: {enum: [Bern, Oslo]}  # seen in 12 of 12, 2 values" in draft(desk)


def test_a_type_goes_into_the_draft_that_is_there_and_the_handoff_is_not_decided(ana, desk):
    begin(ana, desk, POLICY + "# mine\n")
    asked = ship(desk, 1)
    ana.go(f"/handoffs/{asked['id']}")
    ana.click("Make a type from this")
    ana.is_told("Added to your draft")
    assert draft(desk).endswith("# mine\n")
    assert desk.status(asked["id"]) == "pending"


def test_no_type_is_offered_of_what_has_one_or_to_who_may_write_no_policies(ana, jonas, desk):
    asked, known = ship(desk, 1), desk.agent.ask()
    jonas.go(f"/handoffs/{asked['id']}")
    jonas.sees_in_pane("not in the policy")
    ana.go(f"/handoffs/{known['id']}")
    ana.sees_in_front("Refund")
    for person in (ana, jonas):
        assert person.page.get_by_role("button", name="Make a type").count() == 0
    desk.publish(POLICY.replace("  support.reply:", "  crates.ship: {risk: low}\n  support.reply:"))
    ana.go(f"/handoffs/{asked['id']}")
    ana.sees_in_pane("not in the policy")
    assert ana.page.get_by_role("button", name="Make a type").count() == 0


# ---- limits


def test_a_limit_is_written_where_it_stands_and_all_else_stays(ana, desk):
    begin(ana, desk)
    form = unfold(ana)
    form.get_by_label("Each at most").first.fill("600 EUR, 500 GBP")
    form.get_by_label("Runs of one agent").fill("")
    form.get_by_label("Unasked from").fill("0.8")
    keep(ana)
    ana.sees("payments.refund now counts as sure enough")
    assert draft(desk) == BOUND.replace('each: "500 EUR"', 'each: ["600 EUR", "500 GBP"]').replace(
        "      rate: 20/hour\n", ""
    ).replace(
        "    deadline: {after: 2h, then: expire}\n  support",
        "    deadline: {after: 2h, then: expire}\n    tiers: {auto: 0.8}\n  support",
    )


def test_a_form_that_was_only_opened_changes_nothing(ana, desk):
    begin(ana, desk)
    unfold(ana).get_by_label("New ones").wait_for()
    keep(ana)
    assert draft(desk) == BOUND
    ana.sees("Nothing: only comments or layout differ")


def test_what_is_typed_into_the_document_is_kept_with_what_the_form_says(ana, desk):
    begin(ana, desk)
    typed = BOUND.replace("timezone: UTC", "timezone: Europe/Berlin  # ours")
    ana.page.get_by_label("YAML; saving it checks it").fill(typed)
    unfold(ana, "refunder").get_by_label("Units per day").fill("50")
    keep(ana)
    start = "    autonomy: {start: standard, max: standard}\n    questions: {to: payments, deadline: 2h}\n"
    assert draft(desk) == typed.replace(start, f"{start}    daily_budget: 50\n")


def test_a_problem_stands_beside_its_field_and_leads_to_its_line(ana, desk):
    begin(ana, desk)
    unfold(ana).get_by_label("Per month").first.fill("lots")
    keep(ana)
    field = ana.page.get_by_label("Per month").first
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(
        'per_month is lots; it must be an amount of at most 4 decimals and its currency. (such as "500 EUR") Line 37'
    )
    assert draft(desk).splitlines()[36].strip().endswith("per_month: lots}  # ticket 12")
    ana.page.locator("#limits").get_by_role("link", name="Line 37").click()
    assert ana.page.url.endswith("#L37")


def test_a_document_that_cannot_be_read_keeps_what_was_typed_into_both(ana, desk):
    begin(ana, desk)
    form = unfold(ana)
    form.get_by_label("Runs of one agent").fill("9/day")
    ana.page.get_by_label("YAML; saving it checks it").fill("actions: {\n")
    with ana.page.expect_navigation() as gone:
        ana.click("Write into the document")
    assert gone.value.status == 422
    ana.sees("The document cannot be read yet.")
    expect(ana.page.get_by_label("YAML; saving it checks it")).to_have_value("actions: {\n")
    expect(ana.page.get_by_label("Runs of one agent")).to_have_value("9/day")
    assert draft(desk) == BOUND


def test_enter_in_a_limit_saves_it_and_publishes_nothing(ana, desk):
    begin(ana, desk)
    unfold(ana).get_by_label("Cost, in units of budgets").fill("7")
    ana.press("Enter")
    ana.is_told("Saved")
    assert "    cost: 7\n" in draft(desk)


def test_limits_need_no_script(browser, desk):
    with at_the_desk(browser, desk.url, java_script_enabled=False) as person:
        person.check = lambda: None  # nothing can be asked of a page without a script
        person.sign_in()
        begin(person, desk)
        unfold(person).get_by_role("link", name="Show the form").click()
        person.page.get_by_label("Runs of one agent").fill("5/minute")
        keep(person)
        assert draft(desk) == BOUND.replace("20/hour", "5/minute")


def test_who_may_write_no_policies_sees_no_forms_of_limits(jonas, ana, desk):
    begin(ana, desk)
    path = ana.page.url.removeprefix(desk.url)
    jonas.go(path)
    jonas.sees("Draft")
    assert jonas.page.locator("#limits").count() == 0
    answer = jonas.page.request.get(f"{desk.url}{path}/limits?of=/actions/payments.refund")
    assert answer.status == 403
    unknown = ana.page.request.get(f"{desk.url}{path}/limits?of=/actions/nothing")
    assert unknown.status == 404


def test_types_and_limits_are_accessible_in_all_their_states(window, desk):
    desk.publish(BOUND)
    asked = ship(desk)
    window.sign_in()
    window.go(f"/handoffs/{asked['id']}")
    window.sees_in_pane("Make a type from this")
    assert findings(window) == []
    window.click("Make a type from this")
    window.sees("Common limits")
    assert findings(window) == []
    form = unfold(window)
    form.get_by_label("Per month").first.fill("lots")
    assert findings(window) == []
    keep(window)
    window.sees("1 to mend")
    assert findings(window) == []
    wide = "e => e.scrollWidth <= e.clientWidth"
    assert window.page.locator("main").evaluate(wide)
