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
