"""Anchors and verification: whoever edits the past is found out, and the first entry is named."""

import pytest
from sqlalchemy import text

from tests.worker.office import office
from webapp.domain.history import FIELDS, event_hash
from webapp.services.anchor import anchor, verify
from webapp.store import tables
from webapp.work import reading, unit_of_work

E = tables.events


@pytest.fixture
def desk(database_url):
    with office(database_url) as there:
        yield there


@pytest.fixture
def on_postgres(postgres_url):
    with office(postgres_url) as there:
        yield there


@pytest.fixture
def told(desk):
    """A handoff with the events submitted, approved and redeemed, among others."""
    desk.ask()
    handoff = desk.redeem(desk.approve(desk.ask()))
    desk.ask()
    return handoff


def anchored(desk, at_most: int = 100) -> int:
    return desk.desk.transact(lambda work: anchor(work, at_most))


def checked(desk):
    return desk.desk.read(verify)


def tamper(desk, sql: str, **values) -> None:
    """Change what is stored behind Handrail's back."""
    with unit_of_work(desk.desk.store) as work:
        work.write(text(sql), values)


def test_every_event_is_anchored_once(desk, told):
    assert (anchored(desk), anchored(desk)) == (5, 0)
    found = checked(desk)
    assert (found.misfit, found.handoffs, found.events) == (None, 3, 5)
    assert (found.anchors, found.unanchored) == (1, 0)


def test_anchors_follow_one_another_in_batches(desk, told):
    assert [anchored(desk, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert (checked(desk).misfit, checked(desk).anchors) == (None, 3)


def test_what_is_not_anchored_yet_is_counted(desk, told):
    anchored(desk)
    desk.ask()
    assert checked(desk).unanchored == 1


def test_an_empty_history_fits(desk):
    assert (checked(desk).misfit, checked(desk).events) == (None, 0)


def test_a_history_longer_than_a_page_fits(desk):
    for _ in range(70):
        desk.ask()
    anchored(desk)
    assert (checked(desk).misfit, checked(desk).events) == (None, 70)


@pytest.mark.parametrize(
    ("sql", "sequence", "what"),
    [
        ("update events set actor = 'Eve' where sequence = 2", 2, "content was changed"),
        ("update events set data = '{}' where sequence = 1", 1, "content was changed"),
        ("update events set status = 'denied' where sequence = 3", 3, "content was changed"),
        ("update events set hash = previous where sequence = 2", 2, "content was changed"),
        ("delete from events where sequence = 1", 1, "event 1 is missing"),
        ("delete from events where sequence = 2", 2, "event 2 is missing"),
        ("delete from events where sequence = 3", 3, "event 3 is missing"),
        ("delete from events", 1, "event 1 is missing"),
        ("update payloads set body = '{}' where sequence = 1", 1, "payload was changed"),
        ("update payloads set state = null where sequence = 1", 1, "payload was changed"),
        ("update handoffs set status = 'denied'", 3, "changed without an event"),
        ("update handoffs set fingerprint = 'sha256:0'", 3, "changed without an event"),
        ("update handoffs set action = '{}'", 3, "the action of its handoff was changed"),
        ("update handoffs set action = null", 3, "the action of its handoff was changed"),
        ("update handoffs set sequence = 2, head = 'x'", 3, "is not the last event"),
        ("delete from handoffs", 3, "handoff is gone"),
    ],
)
def test_the_first_entry_that_does_not_fit_is_named(desk, told, sql, sequence, what):
    condition = f"{'id' if 'handoffs' in sql else 'handoff_id'} = :id"
    tamper(desk, f"{sql} {'and' if 'where' in sql else 'where'} {condition}", id=told.id)
    misfit = checked(desk).misfit
    assert (misfit.handoff_id, misfit.sequence) == (told.id, sequence)
    assert what in str(misfit)


def test_a_damaged_instant_is_reported_and_not_raised(sqlite_database):
    with office(sqlite_database) as desk:
        asked = desk.ask()
        tamper(desk, "update events set at = 'yesterday'")
        assert checked(desk).misfit.handoff_id == asked.id


def test_a_state_that_became_text_is_reported_and_not_raised(sqlite_database):
    with office(sqlite_database) as desk:
        asked = desk.ask()
        tamper(desk, "update payloads set state = '{}'")
        assert checked(desk).misfit.handoff_id == asked.id


def test_an_erased_payload_fits(desk, told):
    anchored(desk)
    tamper(desk, "delete from payloads where handoff_id = :id", id=told.id)
    assert checked(desk).misfit is None


def test_a_chain_that_was_rewritten_as_a_whole_does_not_fit_its_anchor(desk):
    asked = desk.ask()
    anchored(desk)
    rewrite(desk, asked.id)
    misfit = checked(desk).misfit
    assert (misfit.anchor, misfit.handoff_id) == (1, None)


def rewrite(desk, handoff_id: str) -> None:
    """Blame another agent for the only event of a handoff, with all hashes as they must be."""
    found = desk.desk.read(lambda w: w.run(E.select().where(E.c.handoff_id == handoff_id)).one())
    facts = {name: getattr(found, name) for name in FIELDS} | {"actor": "another"}
    hashed = event_hash(facts)
    tamper(desk, "update events set actor = 'another', hash = :hash", hash=hashed)
    tamper(desk, "update handoffs set head = :hash", hash=hashed)


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("delete from anchors where number = 2", 3),
        ("update anchors set hash = previous where number = 2", 2),
        ("update anchors set count = count + 1 where number = 1", 1),
        ("update anchors set previous = hash where number = 3", 3),
    ],
)
def test_the_first_anchor_that_does_not_fit_is_named(desk, told, sql, number):
    while anchored(desk, 2):
        pass
    tamper(desk, sql)
    assert checked(desk).misfit.anchor == number


def test_a_handoff_that_vanished_whole_is_missed_by_its_anchor(desk):
    asked = desk.ask()
    anchored(desk)
    tamper(desk, "delete from events where handoff_id = :id", id=asked.id)
    tamper(desk, "delete from handoffs where id = :id", id=asked.id)
    assert "binds 1 events, of which 0 are there" in str(checked(desk).misfit)


def test_nothing_is_anchored_that_an_open_transaction_may_still_come_before(on_postgres):
    with unit_of_work(on_postgres.desk.store) as open_one:
        open_one.write(text("select pg_current_xact_id()"))
        on_postgres.ask()
        assert anchored(on_postgres) == 0
    assert anchored(on_postgres) == 1


def test_one_process_at_a_time_anchors(on_postgres):
    on_postgres.ask()
    with unit_of_work(on_postgres.desk.store) as one:
        assert (anchor(one, 100), anchored(on_postgres)) == (1, 0)


def test_verifying_reads_only(desk, told):
    with reading(desk.desk.store) as work:
        verify(work)
        assert (work.begun, work.wrote) == (False, False)
