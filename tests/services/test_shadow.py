"""Shadow: people decide blind, nothing ever runs, and what policy would have done is kept and compared."""

import json

import pytest

from tests.makers import ANN, BOB, POLICY, SURE, UNSURE, decision, pay, submission
from webapp.domain.errors import AlreadyDecided, SubmissionInvalid, VerbNotAllowed
from webapp.domain.handoff import Status, Verb
from webapp.domain.run_errors import PolicyChanged
from webapp.domain.verdict import Route
from webapp.services import inbox
from webapp.services.deliver import deliver, deliver_to_person, instruction, runnable
from webapp.services.export import export
from webapp.services.find import Filter
from webapp.services.labels import Wanted, find
from webapp.store.engine_tables import holds, labels

BY_ACTION = POLICY.replace("    cost: 10", "    cost: 10\n    observe: true")
BY_AGENT = POLICY.replace("{start: standard, max: standard}", "{start: observe, max: standard}")
READINGS = [
    {"id": "zoe", "text": "Zoe is meant", "confidence": 0.77},
    {"id": "carl", "text": "Carl is meant", "confidence": 0.23, "action": pay(to="dora").to_json()},
]
TOLD = {
    "uncertainty": "Whether Carl has been paid.",
    "reasoning": "I am 77% sure of it.",
    "alternatives": [{"action": pay(to="zoe").to_json(), "why_not": "Too far."}],
    "interpretations": READINGS,
    "evidence": [{"label": "Bill", "text": "Paid once."}],
}
LEADING = ("0.77", "77%", "0.83", "Whether Carl", "Too far", "within_policy", "confidence_below")


@pytest.fixture(params=[BY_ACTION, BY_AGENT], ids=["action", "agent"])
def shadow(scene, request):
    """A desk where `pay` is only observed, or the agent that asks for it."""
    scene.publish(request.param)
    return scene


def ask(scene, key="pay:1", to="carl", confidence=SURE, **given):
    return scene.ask(key, submission(pay(to=to), confidence=confidence, **given))


def label_of(scene, handoff):
    [row] = [row for row in scene.rows(labels) if row.handoff_id == handoff.id]
    return (row.kind, row.label, row.route, row.verb)


@pytest.mark.parametrize(
    ("to", "confidence", "would"),
    [
        ("carl", SURE, Route.AUTO),
        ("carl", UNSURE, Route.REVIEW),
        ("carl", 0.1, Route.BLOCK),
        ("mars", SURE, Route.BLOCK),
        ("bank", SURE, Route.REVIEW),
    ],
)
def test_everything_goes_to_one_person_and_what_policy_would_have_done_is_kept(
    shadow, to, confidence, would
):
    asked = ask(shadow, to=to, confidence=confidence)
    assert (asked.status, asked.permit) == (Status.PENDING, None)
    assert (asked.verdict.would, asked.verdict.quorum) == (would, 1)


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (Verb.APPROVE, {}),
        (Verb.EDIT, {"args": pay(to="dora").args}),
        (Verb.DENY, {"note": "Never."}),
    ],
)
def test_whatever_people_say_nothing_runs_and_the_word_is_kept(shadow, verb, said):
    done = shadow.decide(ask(shadow), verb, **said)
    assert (done.status, done.permit, runnable(done)) == (Status.ANSWERED, None, None)
    assert (done.decided.verb, done.revision, done.action) == (verb, 1, pay())
    assert "Do not run the action" in instruction(done)
    assert shadow.count(holds) == 0


def test_the_agent_is_told_at_once_not_to_run_and_not_to_wait(shadow):
    asked = ask(shadow)
    assert "Do not run the action and do not wait" in instruction(asked)
    assert runnable(asked) is None


def test_an_edit_is_kept_as_changes_to_what_was_asked(shadow):
    done = shadow.decide(ask(shadow), Verb.EDIT, args=pay(to="dora").args)
    [change] = shadow.read(deliver, done).changes
    assert (change["path"], change["value"]) == ("/args/to", "dora")


def test_an_edit_that_policy_blocks_is_kept_all_the_same(shadow):
    done = shadow.decide(ask(shadow), Verb.EDIT, args=pay(to="mars").args)
    assert done.status is Status.ANSWERED


def test_an_edit_that_changes_nothing_or_breaks_the_schema_is_refused(shadow):
    asked = ask(shadow)
    for args in (pay().args, {"to": 5, "amount": "1"}):
        with pytest.raises(SubmissionInvalid):
            shadow.decide(asked, Verb.EDIT, args=args)


def test_a_person_says_what_they_would_do_and_asks_nothing_back(shadow):
    with pytest.raises(VerbNotAllowed, match="approve, edit, deny"):
        shadow.decide(ask(shadow), Verb.REQUEST_CHANGES)


def test_an_agent_that_cannot_handle_an_edit_is_not_asked_whether_it_can(shadow):
    asked = ask(shadow, allowed=(Verb.DENY,))
    assert set(asked.allowed) == {Verb.APPROVE, Verb.EDIT, Verb.DENY}


@pytest.mark.parametrize(
    ("confidence", "to", "verb", "label"),
    [
        (SURE, "carl", Verb.APPROVE, ("shadow", "agreed", "auto", "approve")),
        (SURE, "carl", Verb.DENY, ("shadow", "other", "auto", "deny")),
        (UNSURE, "carl", Verb.APPROVE, ("shadow", "other", "review", "approve")),
        (SURE, "mars", Verb.DENY, ("shadow", "other", "block", "deny")),
    ],
)
def test_agreed_means_that_policy_would_have_run_what_the_person_would_do(
    shadow, confidence, to, verb, label
):
    asked = ask(shadow, to=to, confidence=confidence)
    assert shadow.count(labels) == 0
    assert label_of(shadow, shadow.decide(asked, verb)) == label


def test_an_edit_does_not_agree(shadow):
    done = shadow.decide(ask(shadow), Verb.EDIT, args=pay(to="dora").args)
    assert label_of(shadow, done) == ("shadow", "other", "auto", "edit")


def test_labels_can_be_asked_for(shadow):
    first = shadow.decide(ask(shadow))
    shadow.decide(ask(shadow, "pay:2"), Verb.DENY)
    wanted = {"kind": "shadow", "label": "agreed", "agent": "payer", "action": "pay"}
    page = shadow.read(find, ANN, Wanted(**wanted), 10)
    assert [one.handoff_id for one in page.labels] == [first.id]
    assert shadow.read(find, BOB, Wanted(agent="another"), 10).labels == ()


def test_the_same_word_again_changes_nothing_and_another_comes_too_late(shadow):
    asked = ask(shadow)
    done = shadow.decide(asked, Verb.EDIT, args=pay(to="dora").args)
    assert shadow.decide(asked, Verb.EDIT, args=pay(to="dora").args) == done
    for by, verb in ((ANN, Verb.APPROVE), (BOB, Verb.DENY)):
        with pytest.raises(AlreadyDecided):
            shadow.decide(asked, verb, by)
    assert shadow.events(done) == ["submitted", "answered"]


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
def test_the_same_approval_or_denial_again_changes_nothing(shadow, verb):
    asked = ask(shadow)
    assert shadow.decide(asked, verb) == shadow.decide(asked, verb, note="In other words.")


def test_a_shadow_that_nobody_decides_has_no_label(shadow):
    ask(shadow)
    assert shadow.count(labels) == 0


# --------------------------------------------------------------------------------------------------
# Blind until decided


def views(scene, handoff):
    """Everything that people get to see of a handoff, as text."""
    look = scene.read(inbox.look, ANN, handoff.id)
    told = scene.read(deliver_to_person, look.handoff)
    listed = scene.read(inbox.everything, ANN, Filter(), 10).handoffs
    [line] = scene.read(lambda work: list(export(work)))
    queue = scene.read(inbox.queue, ANN, 10).waiting
    texts = [repr(one) for one in (look, told, *listed, *queue)]
    return [*texts, json.dumps(line)]


@pytest.mark.parametrize("confidence", [SURE, 0.83])
def test_nothing_that_would_lead_a_person_is_seen_before_they_have_spoken(shadow, confidence):
    asked = ask(shadow, confidence=confidence, said=TOLD)
    for text in views(shadow, asked):
        assert [word for word in (*LEADING, str(confidence)) if word in text] == []
        assert "Paid once." in text or "evidence" not in text


def test_afterwards_it_is_seen_whole_with_what_policy_would_have_done(shadow):
    done = shadow.decide(ask(shadow, said=TOLD))
    look = shadow.read(inbox.look, ANN, done.id)
    assert (look.handoff.confidence, look.handoff.verdict.would) == (SURE, Route.AUTO)
    assert look.claim["uncertainty"] == TOLD["uncertainty"]
    [line] = shadow.read(lambda work: list(export(work)))
    assert (line["confidence"], line["withheld"]) == (SURE, False)


def test_blind_the_readings_stand_in_an_order_that_says_nothing(shadow):
    look = shadow.read(inbox.look, ANN, ask(shadow, said=TOLD).id)
    assert [one["id"] for one in look.claim["interpretations"]] == ["carl", "zoe"]
    assert (look.state, look.bodies) == (None, {})


def test_choosing_another_reading_is_this_instead(shadow):
    asked = ask(shadow, said=TOLD)
    done = shadow.decide(asked, Verb.EDIT, interpretation="carl")
    [change] = shadow.read(deliver, done).changes
    assert change["value"] == "dora"


def test_an_export_says_that_it_keeps_something_back(shadow):
    ask(shadow)
    [line] = shadow.read(lambda work: list(export(work)))
    assert (line["withheld"], line["confidence"], line["verdict"]["would"]) == (True, None, None)
    assert line["events"][0]["data"] == {}


def test_the_agent_gets_its_own_whole(shadow):
    asked = ask(shadow, said=TOLD)
    told = shadow.read(deliver, asked)
    assert (told.handoff.confidence, told.claim["uncertainty"]) == (SURE, TOLD["uncertainty"])


# --------------------------------------------------------------------------------------------------
# When the policy begins to observe what is already under way


def test_what_was_approved_before_is_not_run_any_more(scene):
    unasked = ask(scene)
    agreed = scene.decide(ask(scene, "pay:2", confidence=UNSURE))
    scene.publish(BY_ACTION)
    for handoff in (unasked, agreed):
        with pytest.raises(PolicyChanged):
            scene.redeem(handoff)
        assert scene.now(handoff).verdict.observed
        assert scene.decide(scene.now(handoff)).status is Status.ANSWERED


def test_an_edit_under_a_policy_that_observes_by_now_runs_nothing(scene):
    asked = ask(scene, confidence=UNSURE)
    scene.publish(BY_ACTION)
    done = scene.decide(asked, Verb.EDIT, args=pay(to="dora").args)
    assert (done.status, done.permit) == (Status.ANSWERED, None)
    assert scene.count(labels) == 0  # nobody was blind


def test_a_revision_is_observed_by_the_policy_of_today(scene):
    asked = ask(scene, confidence=UNSURE)
    scene.publish(BY_ACTION)
    revised = scene.revise(asked, submission(pay(amount="9.00"), confidence=SURE))
    assert (revised.status, revised.verdict.would) == (Status.PENDING, Route.AUTO)
    assert decision(revised).revision == 2


def test_what_was_observed_once_is_decided_as_ever_after_the_shadow_is_lifted(scene):
    scene.publish(BY_ACTION)
    asked = ask(scene, confidence=UNSURE)
    scene.publish(POLICY)
    revised = scene.revise(asked, submission(pay(amount="9.00"), confidence=UNSURE))
    assert scene.decide(revised).status is Status.APPROVED
