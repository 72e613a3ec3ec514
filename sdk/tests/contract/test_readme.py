"""The README's lines run as they stand there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import handrail
from sdk.tests.contract.conftest import POLICY
from sdk.tests.contract.real_desk import URL, RealDesk
from tests.worlds import FixedWorld

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


class Receipt:
    declined = False


class Bank:
    """Take refunds of every form that the README shows."""

    def __init__(self) -> None:
        self.calls: list[dict[str, str]] = []

    def refund(self, *_: str, **args: str) -> Receipt:
        self.calls.append(args)
        return Receipt()


def run(block: str, real, **names) -> dict[str, object]:
    """Run a block of the README, with the address and key of the test in place of its own."""
    here = dict(names)
    with real.served() as url:
        text = block.replace("http://127.0.0.1:8000", url)
        exec(compile(text.replace("hr_…", real.key("billing-agent")), "README", "exec"), here)
    return here


def test_the_five_lines_run(real, agent):
    reply = {"ticket": "8841", "to": "Mara", "text": "On its way."}
    action = {"name": "support.reply", "args": reply}
    asked = agent.submit(key="reply:8841", title="Answer Mara", action=action, confidence=0.83)
    real.decide(asked, "approve")  # the lines then find that their ask is decided
    sent = []
    run(BLOCKS[0], real, send=lambda **args: sent.append(args))
    assert sent == [{**reply, "idempotency_key": asked.wait().data["execution"]["permit"]}]


def test_the_five_lines_are_five(real):
    lines = [line for line in BLOCKS[0].splitlines() if line and not line.startswith("from ")]
    assert len(lines) == 5


def test_the_way_back_by_key_runs(real, agent, refund):
    refund(state={"step": 3})
    here = run(BLOCKS[1], real, client=agent)
    assert here["found"].resume.state == {"step": 3}


def test_the_block_that_knows_better_runs(real, agent, refund):
    bank = Bank()
    run(BLOCKS[2], real, client=agent, handoff=refund(confidence=0.98), bank=bank)
    assert bank.calls[0]["amount"] == "129.00"


def test_the_function_that_asks_first_runs(real, agent, refund):
    real.decide(refund(), "approve")
    bank = Bank()
    run(BLOCKS[3], real, client=agent, bank=bank)
    assert bank.calls[0]["idempotency_key"].startswith("pm_")


def test_the_tool_that_checks_permits_runs(tmp_path):
    world = FixedWorld(datetime.now(UTC))
    there = RealDesk(tmp_path, POLICY.read_text(), world)
    asking = there.client()
    action = {"name": "support.reply", "args": {"ticket": "8841", "to": "Mara", "text": "Hi."}}
    handoff = asking.submit(key="reply:1", title="Answer", action=action, confidence=0.99)
    with asking.run(handoff) as execution:
        # what the desk calls itself is not where this test serves it
        block = BLOCKS[4].replace("audience=", f'issuer="{URL}", audience=')
        here = run(block, there, token=execution.token, action=action)
    assert here["permit"].id == execution.permit_id
    there.close()


def test_every_name_that_the_readme_mentions_exists():
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", README))
    assert {name for name in named if not hasattr(handrail, name)} == set()
