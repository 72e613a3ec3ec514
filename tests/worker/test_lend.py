"""What Vault lends for an execution is shown to the tool, and given back whatever comes."""

import pytest
from structlog.testing import capture_logs

from tests.tool import act_and_hang_up, says
from tests.vault import PATH, TOKEN, vault
from tests.worker.bench import a_bench
from webapp.domain.handoff import Status

LENT = f"credentials: {{vault: {{path: {PATH}}}}}"


@pytest.fixture
def lender():
    with vault() as found:
        yield found


@pytest.fixture
def bench(database_url, tmp_path, lender):
    (tmp_path / "vault-token").write_text(TOKEN)
    with a_bench(database_url, tmp_path, HANDRAIL_VAULT_URL=lender.url) as made:
        made.publish(LENT)
        yield made


def test_what_was_lent_is_shown_to_the_tool_and_given_back(bench, lender):
    ran = bench.run(bench.approved())
    [call] = bench.tool.heard
    assert ran.status is Status.SUCCEEDED
    assert call.headers["authorization"] == f"Bearer {lender.lent[0]}"
    assert (len(lender.revoked), lender.out) == (1, set())


@pytest.mark.parametrize("turn", [act_and_hang_up, says(500), says(400)])
def test_it_is_given_back_also_where_the_execution_fails(bench, lender, turn):
    bench.tool.turns = [turn]
    bench.run(bench.approved())
    assert (len(lender.lent), lender.out) == (1, set())


def test_what_was_not_revoked_at_once_is_told_and_revoked_later(bench, lender):
    lender.keeps = 2
    with capture_logs() as lines:
        bench.run(bench.approved())
    assert len(lender.out) == 1
    [told] = [one for one in lines if "not given back" in one["event"]]
    assert told["lease"] in lender.out
    for _ in range(2):
        bench.world.pass_time(minutes=15)
        bench.turn()
    assert lender.out == set()
    assert "credentials.revoke" not in bench.office.topics()


def test_what_was_lent_to_a_worker_that_died_is_revoked_at_the_end_of_the_run(bench, lender):
    approved, lender.keeps = bench.approved(), 1
    bench.die_in_the_call()
    assert len(lender.out) == 1
    bench.world.pass_time(minutes=15)
    bench.turn()
    assert (bench.office.now(approved).status, lender.out) == (Status.UNKNOWN, set())


def test_while_vault_is_away_nothing_begins_and_it_comes_again(bench, lender):
    lender.sealed = True
    approved = bench.approved()
    assert bench.run(approved).status is Status.APPROVED
    lender.sealed = False
    bench.world.pass_time(seconds=2)
    assert bench.run(approved).status is Status.SUCCEEDED


def test_what_vault_does_not_lend_fails_and_nothing_is_sent(bench):
    (bench.folder / "vault-token").write_text("hvs.another")
    ran = bench.run(bench.approved())
    assert (ran.status, bench.tool.heard) == (Status.FAILED, [])
    assert bench.said(ran)["detail"] == f"Nothing was sent: Vault does not lend {PATH}: Forbidden."


def test_a_lent_secret_stands_in_no_table(bench, lender):
    bench.tool.turns = [says(200, {"you": "s3cr3t-1"})]
    bench.run(bench.approved())
    assert "Bearer" not in bench.everything()
    assert lender.lent == ["s3cr3t-1"]
    assert lender.lent[0] not in bench.everything()
