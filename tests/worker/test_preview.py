"""The worker looks at the world: before people decide, a few times, and again before what they approved is run."""

import pytest

from tests.serving import Quiet, served
from tests.worker.bench import SECRET, a_bench
from tests.worker.office import ANA
from tests.worker.test_doors import crowd_at
from webapp.domain.decision import as_shown
from webapp.domain.handoff import Status, Verb
from webapp.domain.redaction import REMOVED
from webapp.services.decide import decide
from webapp.store import events, handoffs, tables
from worker.doors import host_of

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
    preview:
      url: "{world}/orders/8841?refund={{amount}}"
      credentials: {{secret: bank}}
      before: /now
      after: /then
    executor:
      http: {{url: "{url}", timeout: 1s}}
"""


class Ledger(Quiet):
    """What is looked at: `world` says how it stands, and what was asked."""

    world: dict

    def take(self):
        self.world["asked"].append((self.command, self.path, self.headers["authorization"]))
        self.answer(self.world["status"], self.world["said"])


@pytest.fixture
def world():
    said = {"now": {"status": "open"}, "then": {"status": "refunded"}}
    return {"status": 200, "asked": [], "said": said}


@pytest.fixture
def bench(database_url, tmp_path, world):
    with served(Ledger, world=world) as address, a_bench(database_url, tmp_path) as made:
        world["host"] = host_of(address)
        text = POLICY.replace("{world}", address)
        made.publish(text=text)
        yield made


def looked(bench, handoff, turns=1):
    for _ in range(turns):
        bench.turn()
        bench.world.pass_time(seconds=30)
    return bench.office.now(handoff)


def shown(bench, handoff):
    now = bench.office.now(handoff)
    return bench.desk.read(lambda work: handoffs.content(work, now.id, now.preview.sequence)).body


def approved(bench):
    seen = looked(bench, bench.office.ask())
    said = as_shown(seen, Verb.APPROVE)
    return bench.desk.transact(lambda work: decide(work, seen.id, said, ANA))


def kinds(bench, handoff):
    chain = bench.desk.read(lambda work: events.of_handoff(work, handoff.id))
    return [event.type.value for event in chain]


def test_what_people_are_to_see_is_asked_once_with_the_args_in_the_address(bench, world):
    handoff = looked(bench, bench.office.ask())
    assert world["asked"] == [("GET", "/orders/8841?refund=1.00", f"Bearer {SECRET}")]
    assert shown(bench, handoff) == {
        "before": {"/status": "open"},
        "after": {"/status": "refunded"},
    }
    assert kinds(bench, handoff) == ["submitted", "previewed"]
    looked(bench, handoff)
    assert len(world["asked"]) == 1


def test_a_few_tries_and_then_people_are_told_that_it_failed(bench, world):
    world["status"] = 503
    handoff = looked(bench, bench.office.ask(), turns=2)
    assert handoff.preview is None
    handoff = looked(bench, handoff, turns=2)
    assert handoff.preview.failed
    assert shown(bench, handoff) == {"problem": "The server answered 503 Service Unavailable."}
    assert (len(world["asked"]), kinds(bench, handoff)) == (3, ["submitted", "preview_failed"])
    assert "handoff.preview" not in bench.office.topics()


def test_a_try_that_succeeds_after_one_that_failed_is_shown(bench, world):
    world["status"] = 500
    handoff = looked(bench, bench.office.ask())
    world["status"] = 200
    assert not looked(bench, handoff).preview.failed


def test_who_finds_the_server_crowded_comes_again_and_has_not_failed(bench, world):
    handoff = bench.office.ask()
    with crowd_at(bench.office.hands.doors, world["host"]):
        assert looked(bench, handoff, turns=4).preview is None
    assert world["asked"] == []
    assert not looked(bench, handoff).preview.failed


def test_where_the_server_is_crowded_nothing_begins_yet(bench, world):
    handoff = approved(bench)
    with crowd_at(bench.office.hands.doors, world["host"]):
        assert bench.run(handoff) == handoff
    bench.world.pass_time(minutes=1)
    assert bench.run(handoff).status is Status.SUCCEEDED


def test_a_secret_that_is_echoed_is_nowhere_in_the_database(bench, world):
    world["said"] = {"now": {"you said": f"Bearer {SECRET}", SECRET: 1}, "then": {}}
    handoff = looked(bench, bench.office.ask())
    assert shown(bench, handoff)["before"] == {"/you said": f"Bearer {REMOVED}", f"/{REMOVED}": 1}
    assert SECRET not in bench.everything()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("<script>alert(1)</script>" * 2_000, "larger than"),
        ([[]] * 61, "more than 60 values"),
        ({"now": {}}, "nothing at /then"),
    ],
)
def test_an_answer_that_cannot_be_shown_is_a_sentence(bench, world, said, words):
    world["said"] = {"now": said, "then": 1} if isinstance(said, list) else said
    handoff = looked(bench, bench.office.ask(), turns=3)
    assert words in shown(bench, handoff)["problem"]


def test_what_was_decided_meanwhile_is_not_looked_at(bench, world):
    handoff = bench.office.ask()
    said = as_shown(handoff, Verb.DENY)
    bench.desk.transact(lambda work: decide(work, handoff.id, _because(said), ANA))
    looked(bench, handoff)
    assert world["asked"] == []
    assert "handoff.preview" not in bench.office.topics()


def _because(said):
    return type(said)(verb=said.verb, revision=1, fingerprint=said.fingerprint, note="No.")


def test_what_is_approved_is_run_in_the_world_that_people_saw(bench, world):
    handoff = approved(bench)
    ran = bench.run(handoff)
    assert (ran.status, len(bench.tool.ledger)) == (Status.SUCCEEDED, 1)
    assert len(world["asked"]) == 2


def test_where_the_world_has_moved_nothing_is_run_and_people_decide_again(bench, world):
    handoff = approved(bench)
    world["said"] = {"now": {"status": "refunded"}, "then": {"status": "refunded"}}
    back = bench.run(handoff)
    assert (back.status, bench.tool.heard) == (Status.PENDING, [])
    assert shown(bench, back)["changed"] == [
        {"pointer": "/before/status", "was": "open", "is": "refunded"}
    ]
    assert "approval.execute" not in bench.office.topics()
    said = as_shown(back, Verb.APPROVE)
    bench.desk.transact(lambda work: decide(work, back.id, said, ANA))
    assert bench.run(back).status is Status.SUCCEEDED


def test_where_it_cannot_be_looked_at_nothing_begins_until_it_can(bench, world):
    handoff = approved(bench)
    world["status"] = 502
    assert bench.run(handoff) == handoff
    bench.world.pass_time(minutes=1)
    assert bench.run(handoff) == handoff
    rows = bench.desk.read(lambda work: work.run(tables.outbox.select()).all())
    assert any("cannot be looked at again" in (row.error or "") for row in rows)
    world["status"] = 200
    bench.world.pass_time(minutes=1)
    assert bench.run(handoff).status is Status.SUCCEEDED
    assert len(bench.tool.ledger) == 1


def test_a_later_attempt_at_what_has_begun_needs_no_look(bench, world):
    handoff = approved(bench)
    bench.die_in_the_call()
    assert bench.office.now(handoff).status is Status.RUNNING
    count = len(world["asked"])
    world["said"] = {"now": 1, "then": 2}
    bench.world.pass_time(minutes=5)
    assert bench.run(handoff).status is Status.UNKNOWN
    assert len(world["asked"]) == count
