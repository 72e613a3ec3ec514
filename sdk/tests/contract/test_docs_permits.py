"""docs/permits.md: each of its examples runs, and refuses what must not run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest

from handrail import PermitRefused
from sdk.tests.contract.conftest import POLICY
from sdk.tests.contract.real_desk import URL, RealDesk
from tests.worlds import FixedWorld
from webapp.domain.action import Action
from webapp.services import policies, signing

TEXT = (Path(__file__).parents[3] / "docs" / "permits.md").read_text()
AGENT, TOOL, DATABASE, ALONE = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
TOKEN, FINGERPRINT = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
BANK = "https://bank.internal"
PERMIT = "permit: {valid: 24h, run_within: 15m, not_before: 0s}"
ARGS = {
    "order_id": "8841",
    "amount": "129.00",
    "currency": "EUR",
    "counterparty": "cus_77",
    "reason": "damaged",
}
REFUND = {"name": "payments.refund", "args": ARGS}
# what the standard library answers to `curl -fsS URL`
CURL = """#!{python}
import sys, urllib.request
sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[-1]).read())
"""


def policy(audience):
    """The sample policy, with refunds that only the tools of one audience run."""
    text = POLICY.read_text()
    assert text.count(PERMIT) == 1
    return text.replace(PERMIT, f"permit: {{audience: '{audience}'}}")


def publish(real, audience):
    real.desk.transact(lambda work: policies.publish(work, policy(audience), "tests"))


def rotate(real):
    real.desk.transact(signing.rotate)


@pytest.fixture
def world():
    """The time as the examples see it."""
    return FixedWorld(datetime.now(UTC))


@pytest.fixture
def real(tmp_path, world):
    """A desk with a bank beside it."""
    made = RealDesk(tmp_path, policy(BANK), world)
    yield made
    made.close()


@pytest.fixture
def served(real):
    with real.served() as url:
        yield url


def begun(real, order="8841"):
    """Let the agent redeem leave for a refund, and give the token that it gets."""
    client = real.client()
    action = {"name": "payments.refund", "args": {**ARGS, "order_id": order}}
    asked = client.submit(key=f"refund:{order}", title="R", action=action, confidence=0.99)
    if not asked.may_run:
        real.decide(asked, "approve")
    return client.redeem(asked.wait()).permit.token


@pytest.fixture
def tool(served, tmp_path):
    """The tool of the example without the client: it has no other way in."""
    known = ALONE.replace('f"{DESK}/.well-known', f'f"{served}/.well-known')
    known = known.replace("https://handrail.example.org", URL)
    here = {}
    exec(compile(known.replace("permits.db", f"{tmp_path}/tool.db"), "permits.md", "exec"), here)
    yield lambda token, args=ARGS: here["check_permit"](token, "payments.refund", args)
    here["SEEN"].close()


def test_it_is_about_as_short_as_it_says():
    assert len([line for line in ALONE.splitlines() if line]) <= 27


def test_a_tool_runs_what_was_approved_and_redeemed(real, tool):
    assert tool(begun(real))["sub"] == "billing-agent"


@pytest.mark.parametrize("token", ["", "trust me", "hr_secret"])
def test_a_tool_refuses_an_agent_that_has_not_asked(tool, token):
    with pytest.raises(jwt.PyJWTError):
        tool(token)


def test_a_tool_refuses_an_agent_that_has_leave_and_did_not_redeem_it(real, tool):
    client = real.client()
    asked = client.submit(key="r", title="R", action=REFUND, confidence=0.99)
    if not asked.may_run:
        real.decide(asked, "approve")
    with pytest.raises(jwt.MissingRequiredClaimError, match="redeemed_at"):
        tool(asked.wait().permit.token)


def test_a_tool_refuses_a_permit_for_another_action(real, tool):
    token = begun(real)
    with pytest.raises(PermissionError, match="another action"):
        tool(token, {**ARGS, "amount": "1290.00"})
    assert tool(token)


def test_a_tool_refuses_a_permit_that_was_used(real, tool):
    token = begun(real)
    tool(token)
    with pytest.raises(PermissionError, match="been used"):
        tool(token)


def test_a_tool_refuses_a_permit_that_has_ended(real, tool, world):
    world.pass_time(minutes=-6)
    with pytest.raises(jwt.ExpiredSignatureError):
        tool(begun(real))


def test_a_tool_refuses_a_permit_for_other_tools(real, tool):
    publish(real, "https://mail.internal")
    with pytest.raises(jwt.InvalidAudienceError):
        tool(begun(real))


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_a_tool_refuses_what_says_of_itself_how_it_is_signed(real, tool, alg):
    token = begun(real)
    header = jwt.get_unverified_header(token)
    said = jwt.decode(token, options={"verify_signature": False})
    (key,) = real.desk.permit_keys
    secret = None if alg == "none" else key.private.public_key().public_bytes_raw()
    forged = jwt.encode(said, secret, algorithm=alg, headers={"kid": header["kid"]})
    with pytest.raises(jwt.InvalidAlgorithmError):
        tool(forged)


def test_a_tool_goes_on_after_a_rotation(real, tool, world):
    world.pass_time(seconds=-20)
    before = begun(real, "7001")
    rotate(real)
    world.pass_time(seconds=6)
    after = begun(real, "7002")
    kids = [jwt.get_unverified_header(one)["kid"] for one in (before, after)]
    assert len(set(kids)) == 2
    for token, order in ((before, "7001"), (after, "7002")):
        assert tool(token, {**ARGS, "order_id": order})


# --------------------------------------------------------------------------------------------------
# With the client


class Bank:
    """Whoever the agent calls; it lets the tool check the permit."""

    def __init__(self, refund):
        self.refund = refund

    def call(self, name, args, permit):
        return self.refund(args, permit)


@pytest.fixture
def bank(real, served, world, tmp_path):
    """The tool of the example with the client."""
    inside = f'"{served}/.well-known/jwks.json", issuer="{URL}"'
    here = {"pay_out": lambda **paid: paid}
    exec(compile(DATABASE.replace("permits.db", f"{tmp_path}/seen.db"), "permits.md", "exec"), here)
    seen = here["SeenInDatabase"](f"{tmp_path}/seen.db")
    text = TOOL.replace('"https://handrail.example.org"', inside)
    here["seen"] = seen
    exec(compile(text.replace("audience=", "seen=seen, audience="), "permits.md", "exec"), here)
    yield Bank(here["refund"])
    here["verifier"].close()
    seen.rows.close()


def test_the_agent_of_the_example_gets_past_the_tool_of_the_example_once(real, bank):
    client = real.client()
    asked = client.submit(key="r", title="R", action=REFUND, confidence=0.99)
    if not asked.may_run:
        real.decide(asked, "approve")
    here = {"client": client, "handoff": asked.wait(), "bank": bank}
    exec(compile(AGENT, "permits.md", "exec"), here)
    assert client.get(asked.id).status == "succeeded"
    with pytest.raises(PermitRefused) as caught:
        bank.refund(ARGS, here["execution"].token)
    assert caught.value.code == "used"


def test_the_unique_key_lets_one_of_two_processes_run(bank, real):
    token = begun(real)
    assert bank.refund(ARGS, token)["idempotency_key"].startswith("pm_")
    with pytest.raises(PermitRefused):
        bank.refund(ARGS, token)


# --------------------------------------------------------------------------------------------------
# By hand


def shell(text, folder, **variables):
    curl = folder / "curl"
    curl.write_text(CURL.format(python=sys.executable))
    curl.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", text],
        cwd=folder,
        env={"PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_lines_by_hand_check_the_signature_and_say_what_the_token_says(real, served, tmp_path):
    rotate(real)
    token = begun(real)
    done = shell(TOKEN, tmp_path, TOKEN=token, URL=served)
    verdict, said = done.stdout.splitlines()
    assert verdict == "Signature Verified Successfully", done.stderr
    assert json.loads(said) == jwt.decode(token, options={"verify_signature": False})


def test_the_lines_by_hand_refuse_what_was_changed(real, served, tmp_path):
    head, _, signature = begun(real).split(".")
    other = begun(real, "8842").split(".")[1]
    done = shell(TOKEN, tmp_path, TOKEN=f"{head}.{other}.{signature}", URL=served)
    assert done.returncode != 0
    assert done.stdout.strip() == "Signature Verification Failure"


def test_the_fingerprint_by_hand_is_ours(tmp_path):
    action = Action(name="payments.refund", args={"order_id": "8841"})
    done = shell(FINGERPRINT, tmp_path)
    assert f"sha256:{done.stdout.split()[-1]}" == action.fingerprint()
