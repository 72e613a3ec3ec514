"""The chain that binds the events of a handoff, and the digests that stand for their payloads."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import ANN, NOW
from webapp.domain.history import (
    FIELDS,
    GENESIS,
    Draft,
    EventType,
    Payload,
    anchor_hash,
    bind,
    event_hash,
    first_misfit,
    payload,
)


def chain(length=4):
    """Some events of one handoff, each bound to the one before."""
    events, previous = [], GENESIS
    for sequence in range(1, length + 1):
        draft = Draft(type=EventType.VOTED, actor=ANN.actor(), data={"verb": "é"}, shown="sha256:1")
        facts = {
            "handoff_id": "ho_1",
            "sequence": sequence,
            "at": NOW,
            "status": "pending",
            "revision": 1,
            "fingerprint": None,
            "policy": 1,
            "previous": previous,
        }
        events.append(bind(draft, facts, "d" * 64))
        previous = events[-1].hash
    return events


def other_than(value):
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return "something" if value is None else value.replace(year=2020)


def test_an_untouched_chain_fits():
    assert first_misfit(chain()) is None
    assert first_misfit([]) is None


@pytest.mark.parametrize("field", [*FIELDS, "hash"])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_any_change_of_any_event_is_found_where_it_is(field, place):
    events = chain()
    changed = other_than(getattr(events[place], field))
    if field == "type":
        changed = EventType.APPROVED
    events[place] = replace(events[place], **{field: changed})
    found, _ = first_misfit(events)
    assert found == place + 1


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_event_that_is_gone_is_found(place):
    events = chain()
    del events[place]
    assert first_misfit(events) == (place + 1, f"event {place + 1} is missing")


def test_an_event_that_was_rewritten_with_its_own_hash_is_found_by_the_next():
    events = chain()
    forged = {name: getattr(events[1], name) for name in FIELDS} | {"actor": "eve@example.org"}
    events[1] = replace(events[1], actor="eve@example.org", hash=event_hash(forged))
    assert first_misfit(events) == (3, "it does not follow from the event before it")


def test_the_hash_covers_every_field():
    facts = {name: getattr(chain(1)[0], name) for name in FIELDS}
    hashes = {
        event_hash({**facts, name: other_than(facts[name])}) for name in FIELDS if name != "type"
    }
    hashes |= {event_hash(facts), event_hash({**facts, "type": "edited"})}
    assert len(hashes) == len(FIELDS) + 1


parts = st.none() | st.binary(max_size=4)


@given(parts, parts, parts, parts)
def test_payloads_that_differ_have_digests_that_differ(state, private, other, another):
    one = Payload(body="{}", state=state, private_state=private)
    two = Payload(body="{}", state=other, private_state=another)
    assert (one.digest(b"salt") == two.digest(b"salt")) is (one == two)


def test_a_digest_depends_on_its_salt_and_body():
    one = payload({"note": "yes"})
    assert one.digest(b"a") != one.digest(b"b")
    assert one.digest(b"a") != payload({"note": "no"}).digest(b"a")


def test_a_payload_keeps_text_as_it_is():
    assert json.loads(payload({"note": "é \u2028 😀"}).body) == {"note": "é \u2028 😀"}


@given(st.lists(st.sampled_from(["a" * 64, "b" * 64]), max_size=4), st.sampled_from("01"))
def test_an_anchor_binds_all_hashes_in_their_order(hashes, before):
    bound = anchor_hash(before * 64, hashes)
    assert bound == anchor_hash(before * 64, iter(hashes))
    assert bound != anchor_hash("2" * 64, hashes)
    assert bound != anchor_hash(before * 64, [*hashes, "c" * 64])
    assert hashes == hashes[::-1] or bound != anchor_hash(before * 64, hashes[::-1])
