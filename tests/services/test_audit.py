"""Audit samples: a share of what runs unasked, chosen by lot, is judged by people afterwards."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.makers import ANN, BOB, POLICY, SURE, UNSURE, pay, person, submission
from tests.services.scene import together
from webapp.domain.errors import AlreadyLabelled, NotAnApprover, NotSampled, OwnRequest
from webapp.domain.handoff import Status, Verb
from webapp.domain.label import Label
from webapp.domain.message import Topic
from webapp.keyring import Keyring
from webapp.services import inbox, labels
from webapp.services.expire import end_if_due
from webapp.services.export import export
from webapp.services.labels import Wanted
from webapp.services.stream import happened_since
from webapp.services.withdraw import withdraw
from webapp.store import tables
from webapp.store.engine_tables import labels as rows
from webapp.store.events import Place

ALL = POLICY.replace("    cost: 10", "    cost: 10\n    audit_sample: 1")
HALF = ALL.replace("audit_sample: 1", "audit_sample: 0.5")


@pytest.fixture
def audited(scene):
    """A desk where all that runs unasked is looked at afterwards."""
    scene.publish(ALL)
    return scene


def ask(scene, key="pay:1", **given):
    return scene.ask(key, submission(**{"confidence": SURE, **given}))


def ran(scene, key="pay:1"):
    return scene.report(scene.redeem(ask(scene, key)))


def say(scene, handoff, said=Label.WRONG, reason="Carl was paid before.", by=ANN):
    return scene.transact(labels.label, handoff.id, said, reason, by)


def waiting(scene, by=ANN):
    return [one.id for one in scene.read(labels.waiting, by, 10)]


def label_of(scene, handoff):
    return scene.read(labels.of_handoff, handoff.id)


# --------------------------------------------------------------------------------------------------
# The lot


def test_a_share_of_half_chooses_about_half():
    keyring = Keyring("secret" * 6)
    drawn = [keyring.lot(f"ho_{n}") for n in range(20_000)]
    assert all(0 <= lot < 1 for lot in drawn)
    for share in (0.05, 0.2, 0.5):
        found = sum(lot < share for lot in drawn) / len(drawn)
        assert found == pytest.approx(share, abs=5 * (share * (1 - share) / len(drawn)) ** 0.5)


def test_the_same_handoff_draws_the_same_lot_and_without_the_secret_another():
    one, same, other = Keyring("a" * 40), Keyring("a" * 40), Keyring("b" * 40)
    names = [f"ho_{n}" for n in range(100)]
    assert [one.lot(name) for name in names] == [same.lot(name) for name in names]
    alike = sum((one.lot(name) < 0.5) is (other.lot(name) < 0.5) for name in names)
    assert 20 < alike < 80


def test_exactly_those_are_chosen_whose_lot_falls(scene):
    scene.publish(HALF)
    made = [ask(scene, f"pay:{n}") for n in range(40)]
    chosen = {row.handoff_id for row in scene.rows(rows)}
    assert chosen == {one.id for one in made if scene.store.keyring.lot(one.id) < 0.5}
    assert 5 < len(chosen) < 35


def test_many_at_once_are_chosen_at_the_share_that_was_asked(scene):
    scene.publish(HALF)

    def work(who):
        return [ask(scene, f"{who}:{n}").id for n in range(10)]

    made = [one for some in together(*[lambda n=n: work(n) for n in range(6)]) for one in some]
    chosen = {row.handoff_id for row in scene.rows(rows)}
    assert chosen == {one for one in made if scene.store.keyring.lot(one) < 0.5}


def test_only_what_runs_unasked_is_chosen(audited):
    audited.decide(ask(audited, "pay:1", confidence=UNSURE))
    ask(audited, "pay:2", confidence=0.1)
    assert audited.count(rows) == 0
    ask(audited, "pay:3")
    assert audited.count(rows) == 1


def test_nothing_is_chosen_where_the_policy_does_not_ask(scene):
    ran(scene)
    assert scene.count(rows) == 0


def test_what_was_redelivered_is_chosen_once(audited):
    for _ in range(3):
        ask(audited)
    assert audited.count(rows) == 1


def test_a_revision_that_runs_unasked_is_chosen(audited):
    asked = ask(audited, confidence=UNSURE)
    again = audited.revise(asked, submission(pay(amount="9.00"), confidence=SURE))
    assert again.status is Status.APPROVED
    assert label_of(audited, again).route == "auto"


def test_what_was_taken_back_did_not_run_unasked(audited):
    unasked = ask(audited)
    audited.revoke(unasked)
    assert audited.count(rows) == 0


# --------------------------------------------------------------------------------------------------
# The word


def test_it_waits_for_people_once_it_is_over(audited):
    unasked = ask(audited)
    assert waiting(audited) == []
    running = audited.redeem(unasked)
    assert waiting(audited) == []
    audited.report(running)
    assert waiting(audited) == [unasked.id]


@pytest.mark.parametrize("said", [Label.RIGHT, Label.WRONG, Label.UNSURE])
def test_what_a_person_says_is_kept_and_part_of_the_history(audited, said):
    over = ran(audited)
    kept = say(audited, over, said)
    assert (kept.label, kept.by, kept.reason) == (said, ANN.email, "Carl was paid before.")
    assert label_of(audited, over) == kept
    assert (waiting(audited), audited.events(over)[-1]) == ([], "labelled")


def test_the_reason_is_shown_in_the_history_and_exported(audited):
    over = ran(audited)
    say(audited, over)
    look = audited.read(inbox.look, ANN, over.id)
    assert look.bodies[look.events[-1].sequence] == {"reason": "Carl was paid before."}
    [line] = audited.read(lambda work: list(export(work)))
    assert (line["label"]["label"], line["label"]["by"]) == ("wrong", ANN.email)


def test_what_never_ran_or_failed_can_be_judged_too(audited):
    withdrawn, lapsed = ask(audited, "pay:1"), ask(audited, "pay:2")
    failed = audited.report(audited.redeem(ask(audited, "pay:3")), Status.FAILED)
    audited.transact(withdraw, audited.payer, withdrawn.id)
    audited.world.pass_time(hours=25)
    audited.transact(end_if_due, Topic.LAPSE, lapsed.id)
    for one in (withdrawn, lapsed, failed):
        assert say(audited, one).label is Label.WRONG


def test_for_the_agent_nothing_has_changed(audited):
    over = ran(audited)
    before = audited.now(over)
    say(audited, over)
    after = audited.now(over)
    assert after == replace(before, sequence=after.sequence, head=after.head)
    told = audited.read(happened_since, audited.payer.id, Place(xid=0, id=0), 100)
    assert [one.type for one in told] == ["submitted", "redeemed", "reported"]


def test_two_at_once_end_as_one_word(audited):
    over = ran(audited)
    done = together(
        lambda: say(audited, over, Label.RIGHT, None, ANN),
        lambda: say(audited, over, Label.WRONG, "No.", BOB),
    )
    refused = [one for one in done if isinstance(one, AlreadyLabelled)]
    [kept] = [one for one in done if not isinstance(one, Exception)]
    assert len(refused) == 1
    assert label_of(audited, over) == kept
    assert audited.events(over).count("labelled") == 1


def test_the_same_word_again_changes_nothing(audited):
    over = ran(audited)
    assert say(audited, over) == say(audited, over)
    assert audited.events(over).count("labelled") == 1


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (person("vic", "support"), NotAnApprover),
        (person("ann", "payments"), None),
    ],
)
def test_only_who_might_have_decided_it_may_judge_it(audited, by, error):
    over = ran(audited)
    assert waiting(audited, by) == ([over.id] if error is None else [])
    if error:
        with pytest.raises(error):
            say(audited, over, by=by)


def test_nobody_judges_what_was_asked_for_them(audited):
    zoe = audited.user("zoe")
    audited.ask("pay:1", submission(confidence=SURE, on_behalf_of=zoe.email))
    over = audited.report(audited.redeem(audited.ask("pay:1", submission(confidence=SURE))))
    assert (waiting(audited, zoe), waiting(audited)) == ([], [over.id])
    with pytest.raises(OwnRequest):
        say(audited, over, by=zoe)


def test_what_was_not_chosen_is_not_judged(scene):
    over = ran(scene)
    with pytest.raises(NotSampled):
        say(scene, over)
    assert scene.events(over)[-1] == "reported"


def test_what_people_decided_blind_is_not_judged_again(scene):
    scene.publish(POLICY.replace("    cost: 10", "    cost: 10\n    observe: true"))
    done = scene.decide(ask(scene), Verb.DENY)
    with pytest.raises(NotSampled):
        say(scene, done)


def test_labels_are_listed_newest_first_and_by_what_they_say(audited):
    over = [ran(audited, f"pay:{n}") for n in range(3)]
    say(audited, over[0], Label.RIGHT, None)
    say(audited, over[2])
    found = {
        name: [one.handoff_id for one in audited.read(labels.find, ANN, wanted, 10).labels]
        for name, wanted in {
            "all": Wanted(),
            "wrong": Wanted(label=Label.WRONG),
            "open": Wanted(is_open=True),
            "before": Wanted(before=over[1].id),
            "later": Wanted(since=audited.world.now().replace(year=2100)),
        }.items()
    }
    ids = [one.id for one in over]
    assert found == {
        "all": ids[::-1],
        "wrong": [ids[2]],
        "open": [ids[1]],
        "before": [ids[0]],
        "later": [],
    }


def test_an_event_of_a_label_names_who_and_hides_nothing_from_the_chain(audited):
    over = ran(audited)
    say(audited, over)
    found = audited.read(
        lambda work: work.row(
            select(tables.events).order_by(tables.events.c.sequence.desc()).limit(1)
        )
    )
    assert (found.actor, found.status, found.data) == (
        ANN.email,
        "succeeded",
        '{"label":"wrong"}',
    )
