"""The worker looks whether what was reported as a success is one: until it is, or its time has passed."""

import json
from datetime import timedelta

import pytest

from tests.serving import Quiet, served
from tests.worker.bench import SECRET, a_bench
from webapp.domain.handoff import Source, Status
from webapp.domain.redaction import REMOVED
from webapp.services.report import report
from webapp.store import events, handoffs, tables
from worker.jobs import work_off

POLICY = """
timezone: UTC
agents:
  refunder: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
actions:
  payments.refund:
    title: Refund a customer
    risk: medium
    args: {{type: object, additionalProperties: false, required: [amount], properties: {{amount: {{type: string}}}}}}
    approvals: {{from: [payments], count: 1}}
    permit: {{valid: 24h, run_within: 15m, not_before: 0s}}
    verify:
      url: "{world}/orders/8841?refund={{amount}}"
      credentials: {{secret: bank}}
      within: 2m
      {condition}
    {executor}
"""
REFUNDED = """condition: 'response.status == 200 && response.body.status == "refunded"'"""
BY_TOOL = 'executor: {{http: {{url: "{url}", timeout: 1s}}}}'


class Ledger(Quiet):
    """What is looked at: `world` says what each look is answered, the last for all that follow."""

    world: dict

    def take(self):
        self.world["asked"].append((self.command, self.path, self.headers["authorization"]))
        turns = self.world["turns"]
        status, body = turns.pop(0) if len(turns) > 1 else turns[0]
        if isinstance(body, bytes):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)
        else:
            self.answer(status, body)


OPEN, DONE = (200, {"status": "open"}), (200, {"status": "refunded"})


@pytest.fixture
def world():
    return {"asked": [], "turns": [DONE]}


@pytest.fixture
def bench(database_url, tmp_path, world):
    with served(Ledger, world=world) as address, a_bench(database_url, tmp_path) as made:
        made.address = address
        publish(made)
        yield made


def publish(bench, condition=REFUNDED, executor=BY_TOOL):
    written = POLICY.replace("{executor}", executor).replace("{condition}", condition)
    bench.publish(text=written.replace("{world}", bench.address))


def succeeded(bench, expected=None):
    """What the tool has run; whether it has really happened is not looked at yet."""
    ask = bench.office.ask() if expected is None else expecting(bench, expected)
    ran = bench.run(bench.office.approve(ask))
    assert ran.status is Status.SUCCEEDED
    return ran


def expecting(bench, expected):
    """A refund whose agent declares what it expects."""
    made = bench.office.ask()
    claim = {"action": made.action.to_json(), "expected_effect": expected}

    def again(work):
        found = handoffs.content(work, made.id, 1)
        text = json.dumps({**found.body, **claim})
        at = (tables.payloads.c.handoff_id == made.id) & (tables.payloads.c.sequence == 1)
        work.write(tables.payloads.update().where(at).values(body=text))

    bench.desk.transact(again)
    return made


def looked(bench, handoff, turns=1, seconds=30):
    for _ in range(turns):
        bench.turn()
        bench.world.pass_time(seconds=seconds)
    return bench.office.now(handoff)


def kept(bench, handoff):
    now = bench.office.now(handoff)
    return bench.desk.read(lambda work: handoffs.content(work, now.id, now.verified.sequence)).body


def kinds(bench, handoff):
    chain = bench.desk.read(lambda work: events.of_handoff(work, handoff.id))
    return [event.type.value for event in chain]


def test_what_is_so_at_once_is_verified_with_one_look(bench, world):
    done = looked(bench, succeeded(bench), turns=3)
    assert world["asked"] == [("GET", "/orders/8841?refund=1.00", f"Bearer {SECRET}")]
    assert (done.status, done.verified.holds, done.verified.by) == (
        Status.SUCCEEDED,
        True,
        Source.LOOK,
    )
    assert kinds(bench, done)[-2:] == ["reported", "verified"]
    assert kept(bench, done) == {
        "condition": 'response.status == 200 && response.body.status == "refunded"',
        "seen": {"status": 200, "body": {"status": "refunded"}},
    }
    assert "outcome.verify" not in bench.office.topics()


@pytest.mark.parametrize("late", [OPEN, (404, {}), (503, {}), (200, b"<html>"), (200, [])])
def test_what_becomes_so_within_its_time_is_verified(bench, world, late):
    world["turns"] = [late] * 4 + [DONE]
    ran = succeeded(bench)
    waits = looked(bench, ran, turns=2, seconds=5)
    assert waits.verified is None
    assert waits.waits_for_verification
    done = looked(bench, ran, turns=10, seconds=8)
    assert (done.verified.holds, len(world["asked"])) == (True, 5)


def test_what_is_not_so_in_the_end_is_contradicted(bench, world):
    world["turns"] = [OPEN]
    ran = succeeded(bench)
    assert looked(bench, ran, turns=11, seconds=10).verified is None
    done = looked(bench, ran, turns=2, seconds=10)
    assert (done.contradicted, done.verified.at) == (
        True,
        ran.outcome.at + timedelta(minutes=2),
    )
    assert kept(bench, done)["seen"] == {"status": 200, "body": {"status": "open"}}
    assert kinds(bench, done)[-1] == "contradicted"
    assert "notification.alert" in bench.office.topics()
    assert 5 <= len(world["asked"]) <= 13


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((503, {"status": "open"}), "The server answered 503 Service Unavailable."),
        ((401, {"status": "open"}), "The server answered 401 Unauthorized."),
        ((200, b"<script>alert(1)</script>"), "The answer cannot be read"),
        ((200, b"[" * 5_000), "The answer cannot be read"),
        ((200, b'"' + b"x" * 40_000 + b'"'), "larger than"),
        ((200, []), "neither true nor false"),
    ],
)
def test_what_cannot_be_found_out_stays_open_and_the_history_says_why(bench, world, answer, words):
    world["turns"] = [answer]
    done = looked(bench, succeeded(bench), turns=10)
    assert (done.verified.holds, done.contradicted) == (None, False)
    assert words in kept(bench, done)["problem"]
    assert kinds(bench, done)[-1] == "unverified"
    assert not {"outcome.verify", "notification.alert"} & set(bench.office.topics())


def test_a_worker_that_comes_late_makes_a_few_tries_before_it_gives_up(bench, world):
    world["turns"] = [(503, {}), (503, {}), DONE]
    ran = succeeded(bench)
    bench.world.pass_time(hours=5)
    assert looked(bench, ran, turns=5).verified.holds is True


def test_what_is_not_there_contradicts_where_the_condition_says_so(bench, world):
    world["turns"] = [(404, {"error": "no such order"})]
    assert looked(bench, succeeded(bench), turns=10).contradicted


def test_the_condition_may_look_at_the_args(bench, world):
    publish(bench, "condition: response.body.amount == args.amount")
    world["turns"] = [(200, {"amount": "1.00"})]
    assert looked(bench, succeeded(bench)).verified.holds is True
    assert looked(bench, succeeded(bench), turns=10).contradicted


def test_without_a_condition_it_is_as_the_agent_expects_it_or_not(bench, world):
    publish(bench, "")
    expected = {"/status": "refunded", "/__proto__": 1}
    world["turns"] = [DONE]
    done = looked(bench, succeeded(bench, expected), turns=10)
    assert done.contradicted
    assert kept(bench, done) == {
        "expected": expected,
        "seen": {"/status": "refunded"},
        "differences": [{"pointer": "/__proto__", "expected": 1}],
    }
    world["turns"] = [(200, {"status": "refunded", "__proto__": 1})]
    assert looked(bench, succeeded(bench, expected)).verified.holds is True


def test_without_anything_to_compare_with_nothing_is_asked(bench, world):
    publish(bench, "")
    done = looked(bench, succeeded(bench))
    assert (done.verified.holds, world["asked"]) == (None, [])
    assert "nothing to compare" in kept(bench, done)["problem"]


def test_a_look_is_worth_more_than_the_word_of_whoever_ran_it(bench, world):
    publish(bench, executor="")
    world["turns"] = [OPEN]
    office = bench.office
    begun = office.redeem(office.approve(office.ask()))
    said = {"status": "succeeded", "effect": {"status": "refunded"}}
    done = bench.desk.transact(
        lambda work: report(work, office.agent, begun.id, Status.SUCCEEDED, said)
    )
    assert done.verified is None
    assert looked(bench, done, turns=10).contradicted


def test_what_failed_is_not_looked_into(bench, world):
    publish(bench, executor="")
    office = bench.office
    office.report(office.redeem(office.approve(office.ask())), Status.FAILED)
    looked(bench, office.ask())
    assert world["asked"] == []


def test_a_secret_that_is_echoed_is_nowhere_in_the_database(bench, world):
    world["turns"] = [(200, {"status": "refunded", "you said": f"Bearer {SECRET}"})]
    done = looked(bench, succeeded(bench))
    assert kept(bench, done)["seen"]["body"]["you said"] == f"Bearer {REMOVED}"
    assert SECRET not in bench.everything()


def test_a_worker_that_dies_in_the_look_leaves_it_to_another(bench, world):
    ran = succeeded(bench)
    assert bench.leased()  # and never heard of again
    assert looked(bench, ran).verified is None
    bench.world.pass_time(minutes=10)
    assert looked(bench, ran).verified.holds is True


def test_two_who_look_at_once_keep_one_word(bench, world):
    ran = succeeded(bench)
    [first] = bench.leased()
    looked(bench, ran)
    bench.world.pass_time(minutes=10)
    work_off(bench.office.hands, first)
    done = looked(bench, ran, turns=2)
    assert kinds(bench, done).count("verified") == 1
