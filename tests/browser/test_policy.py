"""The life of a policy in the browser: look back, draft, simulate, publish, roll back."""

import pytest

from tests.browser.scene import POLICY

pytestmark = pytest.mark.browser


def test_a_verdict_is_shown_beside_what_another_version_says(ana, desk, agent):
    asked = agent.ask()
    desk.publish(POLICY.replace("risk: medium", "risk: critical"))
    ana.go(f"/handoffs/{asked['id']}")
    ana.page.get_by_role("link", name="policy 1").click()
    ana.sees("Verdicts again")
    ana.page.get_by_label("Beside it, under policy").select_option("2")
    ana.click("Compare")
    ana.sees("Critical risk always needs people.")


def test_what_is_decided_blind_shows_no_verdict_before(ana, desk, agent):
    desk.publish(POLICY.replace("    risk: medium\n", "    risk: medium\n    observe: true\n"))
    asked = agent.ask()
    answer = ana.page.request.get(f"{desk.url}/handoffs/{asked['id']}/replay")
    assert answer.status == 404
    assert "kept from people until they have decided" in answer.text()


BY_TWO = POLICY + "publishing: {by: two}\n"


@pytest.fixture
def drafting(ana):
    """Ana before a draft of the policy in force."""
    ana.go("/policy")
    ana.click("Write the next one")
    ana.sees("Nothing: only comments or layout differ")
    return ana


def write(person, text):
    person.page.get_by_label("YAML; saving it checks it").fill(text)
    person.click("Save and check")
    person.is_told("Saved")


def test_a_draft_says_what_would_change_and_is_published_after_it_was_read(drafting, desk):
    write(drafting, POLICY.replace("risk: medium", "risk: high"))
    drafting.sees("payments.refund is now of high risk instead of medium.")
    drafting.page.get_by_label("I have read what would change").check()
    drafting.click("Publish as the next version")
    drafting.is_told("Policy 2 is in force")
    drafting.page.get_by_role("link", name="Policy 2", exact=True).click()
    drafting.sees("payments.refund is now of high risk instead of medium.")


def test_nothing_is_published_by_who_has_not_said_that_it_was_read(drafting, desk):
    drafting.page.get_by_label("I have read what would change").evaluate("e => e.required = false")
    drafting.page.get_by_role("button", name="Publish as the next version").evaluate(
        "e => { e.form.noValidate = true; }"
    )
    with drafting.page.expect_navigation() as gone:
        drafting.click("Publish as the next version")
    assert gone.value.status == 422
    drafting.page.get_by_text("Say that you have read what changes").wait_for()


def test_problems_are_shown_with_links_to_their_lines(drafting):
    write(drafting, "timezone: UTC\nunknown_acton: block\n")
    drafting.page.get_by_role("link", name="Line 2, column 1").click()
    assert drafting.page.url.endswith("#L2")
    assert drafting.page.get_by_role("button", name="Publish").count() == 0


def test_a_draft_warns_of_teams_for_which_nobody_decides(drafting):
    write(drafting, POLICY.replace("from: [payments]", "from: [paymets]"))
    drafting.sees("Nobody belongs to paymets; only who decides for every team may.")
    drafting.sees("did you mean payments?")
    assert drafting.page.get_by_role("button", name="Publish").count() == 1


def test_a_draft_is_simulated_over_what_was_recorded(drafting, agent):
    asked = agent.ask()
    write(
        drafting, POLICY.replace("    risk: medium\n", "    risk: medium\n    tiers: {auto: 0.4}\n")
    )
    drafting.page.get_by_role("link", name="Simulate it over what was recorded").click()
    drafting.sees("1 of 1 asks of the last 30 days would have gone another way")
    drafting.sees("review → auto")
    assert drafting.page.get_by_role("link", name=f"one handoff {asked['id']}").count() == 1


def test_an_old_version_is_published_again(ana, desk):
    desk.publish(POLICY.replace("risk: medium", "risk: high"))
    ana.go("/policy/versions/1")
    ana.sees("payments.refund is now of medium risk instead of high.")
    ana.page.get_by_label("I have read what would change").check()
    ana.click("Publish it again as the next version")
    ana.is_told("Policy 3 is in force")


def test_where_two_must_publish_the_author_is_not_offered_it(ana, desk):
    desk.publish(BY_TWO)
    ana.go("/policy")
    ana.click("Write the next one")
    ana.click("Propose")
    ana.sees("this one is yours")
    assert ana.page.get_by_role("button", name="Publish").count() == 0


def test_an_approver_reads_versions_and_writes_none(jonas, desk):
    jonas.go("/policy")
    assert jonas.page.get_by_role("button", name="Write the next one").count() == 0
    jonas.go("/policy/versions/1")
    jonas.sees("in force")
    refused = jonas.page.request.get(f"{desk.url}/policy/drafts/pd_x/simulation")
    assert refused.status == 403


def test_who_may_not_write_has_no_text_looked_at_either(drafting, jonas):
    jonas.go("/policy")
    said = {"csrf_token": jonas.page.locator("[name=csrf_token]").first.input_value()}
    said |= {"act": "save", "text": "a: [" * 50}
    refused = jonas.page.request.post(drafting.page.url, form=said)
    assert refused.status == 403
    assert "Only admins of every team may write" in refused.text()


@pytest.mark.parametrize("over", ["9" * 5000, "9" * 30, "none"])
def test_a_comparison_with_a_version_that_is_none_publishes_nothing(drafting, over):
    drafting.page.locator("[name=over]").evaluate("(e, said) => { e.value = said; }", over)
    drafting.page.get_by_label("I have read what would change").check()
    drafting.click("Publish as the next version")
    drafting.sees("look at the differences again")


def test_a_version_beyond_all_numbers_is_not_there(ana, desk):
    assert ana.page.request.get(f"{desk.url}/policy/versions/{'9' * 30}").status == 404
