"""Every stored verdict can be derived again, whatever happened before and after it."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from webapp.domain.action import Action
from webapp.domain.decision import Decision, Membership, Person, Role
from webapp.domain.errors import NotFound
from webapp.domain.handoff import USUAL_VERBS, Agent, Face, Kind, Submission, Verb
from webapp.domain.run_errors import PolicyChanged
from webapp.domain.stop import Scope
from webapp.services import accounts, policies, stops
from webapp.services.decide import decide
from webapp.services.export import export
from webapp.services.redeem import redeem
from webapp.services.replay import replay, replay_one
from webapp.services.revise import revise
from webapp.services.submit import submit
from webapp.store import tables

POLICY = """
timezone: UTC
agents:
  payer: {autonomy: {start: standard, max: standard}, daily_budget: 100}
actions:
  pay:
    title: Pay
    risk: low
    cost: 60
    rules:
      - {when: {to: bank}, risk: medium, because: The bank is slow}
"""
STRICTER = POLICY.replace("risk: medium", "route: review").replace(
    "risk: low", "risk: critical\n    approvals: {count: 1, when_critical: 2}"
)
PERSON = Person(
    id="us_1",
    email="ann@example.org",
    name="Ann",
    memberships=(Membership(team="*", role=Role.ADMIN),),
    face=Face.API,
)


class Payer:
    """An agent that pays, and the person who decides."""

    def __init__(self, transact) -> None:
        self._transact = transact
        self.agent: Agent = transact(accounts.add_agent, "payer", "payments")[0]
        self.publish(POLICY)

    def publish(self, text):
        self._transact(policies.publish, text, "test")

    def ask(self, key, *, sure=0.99, **args):
        return self._transact(submit, self.agent, key, submission(sure, args)).handoff

    def ask_differently(self, handoff, *, sure=0.99, **args):
        return self._transact(revise, self.agent, handoff.id, submission(sure, args))

    def decide(self, handoff, verb, **said):
        given = {"revision": handoff.revision, "fingerprint": handoff.fingerprint, **said}
        return self._transact(decide, handoff.id, Decision(verb=verb, **given), PERSON)

    def redeem(self, handoff):
        return self._transact(redeem, self.agent, handoff.permit.id, handoff.action, "once")


def submission(sure, args):
    action = Action(name="pay", args=args)
    return Submission(
        kind=Kind.ACTION,
        title="Pay",
        action=action,
        confidence=sure,
        allowed=USUAL_VERBS[Kind.ACTION],
        expires_in=None,
        on_behalf_of=None,
        intent_id=None,
        run_id=None,
        thread_id=None,
        claim={"title": "Pay", "confidence": sure, "action": action.to_json()},
        state=b'{"step":1}',
        private_state=b"secret",
    )


@pytest.fixture
def payer(transact) -> Payer:
    return Payer(transact)


@pytest.fixture
def replayed(read):
    """Give every verdict derived again."""
    return lambda: read(lambda work: list(replay(work)))


def routes(checked):
    return [(one.stored["route"], one.differs) for one in checked]


def test_verdicts_that_rested_on_a_budget_and_a_stop_are_derived_again(payer, replayed, transact):
    payer.ask("within", to="ann")
    payer.ask("above", to="ann")
    transact(stops.stop, Scope.AGENT, "payer", "it pays twice", "test")
    payer.ask("stopped", to="bank", sure=None)
    assert routes(replayed()) == [("auto", False), ("review", False), ("review", False)]


def test_a_conversation_and_an_edit_are_derived_again(payer, replayed):
    asked = payer.ask("refund", sure=0.5, to="ann")
    payer.decide(asked, Verb.REQUEST_CHANGES, note="To whom?")
    revised = payer.ask_differently(asked, sure=1, to="bank")
    payer.decide(revised, Verb.EDIT, args={"to": "zoe"})
    found = replayed()
    assert routes(found) == [("review", False), ("review", False), ("review", False)]
    assert [one.sequence for one in found] == [1, 3, 4]


def test_approvals_that_a_stricter_policy_recalls_are_derived_again(payer, replayed):
    ran, agreed = payer.ask("ran", to="ann"), payer.ask("agreed", sure=0.1, to="ann")
    agreed = payer.decide(agreed, Verb.APPROVE)
    payer.publish(STRICTER)
    for handoff in (ran, agreed):
        with pytest.raises(PolicyChanged):
            payer.redeem(handoff)
    found = replayed()
    assert [(one.stored["policy"], one.differs) for one in found] == [
        (1, False),
        (2, False),
        (1, False),
        (2, False),
    ]


def test_an_owner_that_only_another_policy_names_does_not_reach_back(payer, replayed):
    asked = payer.ask("refund", sure=0.5, to="ann")
    payer.publish(POLICY.replace("payer: {", "payer: {owner: others, "))
    payer.ask_differently(asked, sure=0.5, to="zoe")
    teams = [(one.stored["approvals"]["from"], one.differs) for one in replayed()]
    assert teams == [(["payments"], False), (["others"], False)]


def test_a_verdict_that_its_inputs_do_not_give_is_reported(payer, replayed, transact):
    payer.ask("refund", to="ann")

    def forge(work):
        data = json.loads(work.row(select(tables.events.c.data)).data)
        data["verdict"]["route"] = "block"
        work.write(update(tables.events).values(data=json.dumps(data)))

    transact(forge)
    (found,) = replayed()
    assert found.differs
    assert (found.stored["route"], found.derived["route"]) == ("block", "auto")


def test_a_reason_in_other_words_is_no_difference(payer, replayed):
    payer.ask("refund", sure=0.5, to="ann")
    (found,) = replayed()
    reasons = [{**one, "message": "said better"} for one in found.stored["reasons"]]
    reworded = replace(found, derived={**found.stored, "reasons": reasons})
    other_code = [{**one, "code": "another"} for one in reasons]
    assert not reworded.differs
    assert replace(found, derived={**found.stored, "reasons": other_code}).differs


def test_what_was_erased_is_counted_and_is_no_difference(payer, replayed, transact):
    asked = payer.ask("refund", sure=0.5, to="ann")
    payer.ask_differently(asked, sure=0.5, to="zoe")
    first = tables.payloads.c.sequence == 1
    transact(lambda work: work.write(delete(tables.payloads).where(first)))
    assert [(one.derived is None, one.differs) for one in replayed()] == [
        (True, False),
        (False, False),
    ]


def test_an_export_tells_each_handoff_with_its_events_and_keeps_secrets(payer, read):
    payer.decide(payer.ask("refund", sure=0.5, to="ann"), Verb.DENY, note="No.")
    (told,) = read(lambda work: list(export(work)))
    first, last = told["events"]
    assert (told["status"], last["payload"], last["actor"]) == (
        "denied",
        {"note": "No."},
        "ann@example.org",
    )
    assert (first["payload"]["action"]["args"], first["state"]) == ({"to": "ann"}, '{"step":1}')
    assert "secret" not in json.dumps(told)


def test_one_handoff_is_replayed_beside_another_version(payer, read):
    asked = payer.ask("a", sure=0.99, to="bank")
    payer.publish(STRICTER)
    (one,) = read(replay_one, asked.id, 2)
    assert (one.stored["route"], one.derived["route"], one.other["route"]) == (
        "auto",
        "auto",
        "review",
    )
    assert (one.policy, one.other["policy"], one.differs) == (1, 2, True)


def test_under_the_version_of_then_nothing_differs(payer, read):
    asked = payer.ask("a", to="bank")
    payer.publish(POLICY)
    for number in (1, 2):
        assert [one.differs for one in read(replay_one, asked.id, number)] == [False]
    assert [one.other for one in read(replay_one, asked.id)] == [None]


def test_what_was_erased_has_no_verdict_under_any_version(payer, read, transact):
    asked = payer.ask("a", to="bank")
    transact(lambda work: work.write(delete(tables.payloads)))
    (one,) = read(replay_one, asked.id, 1)
    assert (one.derived, one.other, one.differs) == (None, None, False)


def test_a_limit_that_only_the_other_version_has_counts_as_used_up(payer, read):
    payer.publish(POLICY.replace(", daily_budget: 100", ""))
    asked = payer.ask("a", to="zoe")
    payer.publish(POLICY)
    (one,) = read(replay_one, asked.id, 3)
    assert (one.derived["route"], one.other["route"]) == ("auto", "review")


def test_what_does_not_exist_is_not_found(payer, read):
    with pytest.raises(NotFound):
        read(replay_one, "ho_none")
    asked = payer.ask("a", to="zoe")
    with pytest.raises(NotFound):
        read(replay_one, asked.id, 9)
