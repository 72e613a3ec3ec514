"""Autonomy earned and lost: proposed from evidence, granted by people, taken back by the policy, all in the history."""

import pytest
from sqlalchemy import text

from tests.makers import DAY, POLICY, SURE, pay, submission
from tests.services.scene import together
from webapp.domain.decision import Role
from webapp.domain.errors import Conflict, Forbidden, NotFound, OwnRequest, SubmissionInvalid
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Message, Topic
from webapp.domain.run_errors import PolicyChanged
from webapp.services import accounts, expire, levels, proposals
from webapp.services.anchor import verify
from webapp.services.export import export
from webapp.services.stream import Place, happened_since
from webapp.store import autonomy, tables
from webapp.store.engine_tables import TRACK_RECORD
from webapp.work import reading

LADDER = POLICY.replace(
    "autonomy: {start: standard, max: standard}\n    actions",
    """autonomy:
      start: read_only
      max: standard
      promote: {decided: 3, agreement: 0.6, failed: 0, within: 30d}
      demote: {failed: 2/7d, unknown: 1/7d, denied: 3/7d}
    actions""",
)


@pytest.fixture
def scene(scene):
    scene.publish(LADDER)
    return scene


@pytest.fixture
def admin(scene):
    return scene.user("ada", role=Role.ADMIN)


def ladder(scene, name="payer"):
    return scene.read(levels.ladder_of, name)


def set_level(scene, level, by, reason="It does well."):
    found = scene.transact(levels.set_level, "payer", level, reason, by)
    scene.world.pass_time(seconds=1)
    return found


def approve(scene, count, prefix="good"):
    return [scene.approved(f"{prefix}:{n}") for n in range(count)]


def fail(scene, key, status=Status.FAILED):
    return scene.report(scene.redeem(scene.approved(key)), status)


def test_what_ran_unasked_at_a_higher_level_does_not_begin_after_a_demotion(scene, admin):
    for level in ("low_risk", "standard"):
        set_level(scene, level, admin)
    unasked = [scene.ask(f"sure:{n}", submission(confidence=SURE)) for n in range(2)]
    by_people = scene.approved("unsure")
    scene.world.pass_time(seconds=1)
    assert scene.redeem(unasked[0]).status is Status.RUNNING
    set_level(scene, "supervised", admin, "Enough.")
    with pytest.raises(PolicyChanged, match="level"):
        scene.redeem(unasked[1])
    assert scene.now(unasked[1]).status is Status.PENDING
    assert scene.redeem(scene.decide(scene.now(unasked[1]))).status is Status.RUNNING
    assert scene.redeem(by_people).status is Status.RUNNING
    assert scene.faults() == []


def test_a_promotion_takes_nothing_back(scene, admin):
    scene.publish(LADDER.replace("max: standard", "max: trusted"))
    for level in ("low_risk", "standard"):
        set_level(scene, level, admin)
    unasked = scene.ask("sure", submission(confidence=SURE))
    set_level(scene, "trusted", admin)
    assert scene.redeem(unasked).status is Status.RUNNING


def changes(scene):
    return scene.read(levels.changes, scene.payer.id)


# ---------------------------------------------------------------------------------------------------------------------
# Evidence


def test_an_agent_begins_where_the_policy_starts_it(scene):
    found = ladder(scene)
    assert (found.level, found.up, found.down) == ("read_only", "low_risk", "supervised")
    assert found.rungs == ("supervised", "read_only", "low_risk", "standard")
    assert not found.ready


def test_cases_that_people_approve_as_they_are_count_as_agreement(scene):
    approve(scene, 3)
    found = ladder(scene)
    assert (found.record.decided, found.record.agreed, found.ready) == (3, 3, True)


def test_edits_denials_and_approvals_taken_back_count_against(scene):
    scene.decide(scene.ask("a"), Verb.EDIT, args=dict(pay(amount="5.00").args))
    scene.decide(scene.ask("b"), Verb.DENY)
    scene.revoke(scene.approved("c"))
    scene.approved("d")
    found = ladder(scene)
    assert (found.record.decided, found.record.agreed) == (4, 1)
    assert found.missing == ("People agreed with 25 % of them; it takes 60 %.",)


def test_what_runs_unasked_is_no_case_that_people_decided(scene, admin):
    set_level(scene, "low_risk", admin)
    set_level(scene, "standard", admin)
    scene.ask("pay:1", submission(confidence=SURE))
    assert scene.read(autonomy.record, scene.payer.id, scene.world.now() - DAY).decided == 0


def test_a_failed_outcome_stands_in_the_way(scene):
    approve(scene, 3)
    fail(scene, "bad")
    assert ladder(scene).missing == ("1 failed or unknown outcomes; it may have 0.",)


def test_what_was_longer_ago_than_the_window_counts_no_more(scene):
    approve(scene, 3)
    scene.world.pass_time(days=31)
    assert ladder(scene).record.decided == 0


def test_what_counted_for_one_level_counts_for_nothing_at_the_next(scene, admin):
    approve(scene, 3)
    scene.world.pass_time(hours=1)
    after = set_level(scene, "low_risk", admin)
    assert (after.level, after.up, after.record.decided) == ("low_risk", "standard", 0)


def test_another_agent_has_its_own_record(scene):
    approve(scene, 3)
    assert ladder(scene, "spender").record is None


# ---------------------------------------------------------------------------------------------------------------------
# Proposals


def test_an_agent_that_has_earned_it_is_proposed_and_told_of_once(scene):
    approve(scene, 2)
    assert scene.read(proposals.earned) == []
    approve(scene, 1, "more")
    assert scene.read(proposals.earned) == ["payer"]
    assert scene.transact(proposals.propose, "payer")
    assert not scene.transact(proposals.propose, "payer")
    assert scene.read(proposals.earned) == []
    assert scene.read(proposals.proposed) == {"payer": "low_risk"}
    assert scene.count(tables.outbox, topic=Topic.LEVEL.value) == 1
    news = scene.read(proposals.news, about(scene))
    assert (news.agent, news.owner, news.level) == ("payer", "payments", "low_risk")


def test_a_proposal_alone_changes_nothing_and_rests_while_the_evidence_is_gone(scene):
    approve(scene, 3)
    scene.transact(proposals.propose, "payer")
    assert ladder(scene).level == "read_only"
    fail(scene, "bad")
    assert scene.read(proposals.proposed) == {}
    assert scene.read(proposals.news, about(scene)) is None


def test_after_the_step_the_proposal_is_over(scene, admin):
    approve(scene, 3)
    scene.transact(proposals.propose, "payer")
    set_level(scene, "low_risk", admin)
    assert scene.read(proposals.proposed) == {}
    assert scene.read(proposals.news, about(scene)).says == "was promoted"


def about(scene):
    return Message(topic=Topic.LEVEL, handoff_id=scene.payer.id, due_at=scene.world.now())


# ---------------------------------------------------------------------------------------------------------------------
# What people do


def test_a_person_promotes_by_one_step_for_a_reason_that_stays(scene, admin):
    approve(scene, 3)
    found = set_level(scene, "low_risk", admin, "Clean for a month")
    assert found.level == "low_risk"
    (change,) = changes(scene)
    assert (change.was, change.level, change.by) == ("read_only", "low_risk", admin.email)
    assert (change.reason, change.type.value) == ("Clean for a month", "promoted")
    assert (change.evidence["record"]["decided"], change.evidence["missing"]) == (3, [])


def test_a_promotion_without_the_evidence_keeps_what_was_missing(scene, admin):
    set_level(scene, "low_risk", admin)
    assert len(changes(scene)[0].evidence["missing"]) == 2


def test_it_counts_from_the_next_routing_on(scene, admin):
    sure = submission(confidence=SURE)
    assert scene.ask("before", sure).status is Status.PENDING
    set_level(scene, "low_risk", admin)
    set_level(scene, "standard", admin)
    assert scene.ask("after", sure).status is Status.APPROVED
    set_level(scene, "supervised", admin)
    assert scene.ask("later", sure).status is Status.PENDING


@pytest.mark.parametrize(
    ("level", "error"),
    [
        ("standard", Conflict),  # two steps
        ("trusted", Conflict),  # beyond the policy's max
        ("observe", Conflict),  # nobody is demoted below supervised
        ("gone", SubmissionInvalid),
    ],
)
def test_other_steps_are_refused(scene, admin, level, error):
    with pytest.raises(error):
        set_level(scene, level, admin)
    assert changes(scene) == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_step_needs_a_reason(scene, admin, reason):
    with pytest.raises(SubmissionInvalid):
        set_level(scene, "low_risk", admin, reason)


def test_only_admins_of_the_owner_team_promote_and_approvers_may_demote(scene):
    approver, stranger = scene.user("bob"), scene.user("eve", "support", Role.ADMIN)
    for person in (approver, stranger):
        with pytest.raises(Forbidden):
            set_level(scene, "low_risk", person)
    with pytest.raises(Forbidden):
        set_level(scene, "supervised", stranger)
    assert set_level(scene, "supervised", approver).level == "supervised"


def test_who_made_a_key_does_not_promote_the_agent(scene, admin):
    scene.transact(accounts.add_key, "payer", admin.email)
    with pytest.raises(OwnRequest):
        set_level(scene, "low_risk", admin)


def test_the_same_step_again_changes_nothing(scene, admin):
    set_level(scene, "low_risk", admin)
    assert set_level(scene, "low_risk", admin).level == "low_risk"
    assert len(changes(scene)) == 1


def test_two_who_promote_at_once_make_one_step(scene, admin):
    other = scene.user("bea", role=Role.ADMIN)
    done = together(*(lambda by=by: set_level(scene, "low_risk", by) for by in (admin, other)))
    assert [one.level for one in done] == ["low_risk", "low_risk"]
    assert len(changes(scene)) == 1


def test_there_is_no_level_of_an_agent_that_is_not_there(scene, admin):
    with pytest.raises(NotFound):
        scene.transact(levels.set_level, "nobody", "standard", "Because.", admin)


# ---------------------------------------------------------------------------------------------------------------------
# What the policy does by itself


def test_the_policy_takes_a_level_back_at_the_last_straw(scene, admin):
    set_level(scene, "low_risk", admin)
    fail(scene, "bad:1")
    assert ladder(scene).level == "low_risk"
    last = fail(scene, "bad:2")
    assert ladder(scene).level == "read_only"
    change = changes(scene)[0]
    assert (change.by, change.was, change.level) == ("Handrail", "low_risk", "read_only")
    assert change.evidence == {
        "trigger": "failed",
        "count": 2,
        "limit": "2/7d",
        "handoff": last.id,
    }


def test_what_cost_one_level_does_not_cost_a_second(scene, admin):
    set_level(scene, "low_risk", admin)
    fail(scene, "bad:1")
    fail(scene, "bad:2")
    fail(scene, "bad:3")
    assert ladder(scene).level == "read_only"


def test_failures_far_apart_cost_nothing(scene, admin):
    set_level(scene, "low_risk", admin)
    fail(scene, "bad:1")
    scene.world.pass_time(days=8)
    fail(scene, "bad:2")
    assert ladder(scene).level == "low_risk"


def test_an_outcome_that_nobody_knows_costs_a_level_also_where_time_ran_out(scene):
    running = scene.running("lost")
    scene.world.pass_time(hours=1)
    scene.transact(expire.end_if_due, Topic.OVERRUN, running.id)
    assert ladder(scene).level == "supervised"


def test_denials_cost_a_level(scene):
    for n in range(3):
        scene.decide(scene.ask(f"no:{n}"), Verb.DENY)
    assert ladder(scene).level == "supervised"


def test_nobody_is_demoted_below_supervised(scene):
    for n in range(6):
        scene.decide(scene.ask(f"no:{n}"), Verb.DENY)
    assert ladder(scene).level == "supervised"
    assert len(changes(scene)) == 1


def test_an_agent_whose_policy_takes_nothing_back_keeps_its_level(scene):
    for n in range(4):
        asked = scene.submit(f"no:{n}", by=scene.spender).handoff
        scene.decide(asked, Verb.DENY)
    assert ladder(scene, "spender").level == "standard"


def test_failures_at_the_same_moment_are_counted_one_after_the_other(scene, admin):
    set_level(scene, "low_risk", admin)
    running = [scene.redeem(one, key=f"k{n}") for n, one in enumerate(approve(scene, 2))]
    together(*(lambda one=one: scene.report(one, Status.FAILED) for one in running))
    assert ladder(scene).level == "read_only"
    assert len(changes(scene)) == 2


# ---------------------------------------------------------------------------------------------------------------------
# The history


@pytest.fixture
def moved(scene, admin):
    """A payer that was promoted twice and demoted once."""
    for level in ("low_risk", "standard", "low_risk"):
        set_level(scene, level, admin)
    return scene


def test_changes_of_a_level_are_verified_like_everything_else(moved):
    found = moved.read(verify)
    assert (found.misfit, found.handoffs, found.events) == (None, 0, 3)


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("update autonomy set level = 'trusted'", "level was changed without an event"),
        ("update autonomy set sequence = 2, head = 'x'", "not the last change"),
        ("update events set data = replace(data, 'standard', 'trusted')", "content was changed"),
        ("update events set actor = 'Eve' where sequence = 2", "content was changed"),
        ("update payloads set body = '{}' where sequence = 1", "payload was changed"),
        ("delete from events where sequence = 3", "not the last change"),
        ("delete from events", "event 1 is missing"),
        ("delete from autonomy", "is gone"),
    ],
)
def test_whoever_moves_a_level_behind_our_back_is_found_out(moved, sql, what):
    def tamper_and_look(work):
        work.write(text(sql))
        misfit = verify(work).misfit
        work.write(text("delete from autonomy"))
        work.write(text("delete from payloads"))
        work.write(text("delete from events"))
        return misfit

    misfit = moved.transact(tamper_and_look)
    assert misfit.handoff_id == moved.payer.id
    assert what in str(misfit)


def test_the_agents_stream_tells_of_its_level(moved):
    told = moved.read(happened_since, moved.payer.id, Place(xid=0, id=0), 10)
    assert [(one.type, one.level) for one in told] == [
        ("promoted", "low_risk"),
        ("promoted", "standard"),
        ("demoted", "low_risk"),
    ]


def test_changes_of_a_level_are_exported(moved):
    told = [one for one in moved.read(lambda work: list(export(work))) if one["kind"] == "level"]
    assert [one["level"] for one in told] == ["low_risk", "standard", "low_risk"]
    assert told[0]["reason"] == "It does well."


def test_a_lower_maximum_holds_for_what_was_earned(moved):
    moved.publish(LADDER.replace("max: standard\n      promote", "max: read_only\n      promote"))
    found = ladder(moved)
    assert (found.level, found.up) == ("read_only", None)


def test_a_higher_start_moves_only_agents_that_nobody_has_moved(moved):
    moved.publish(LADDER.replace("start: read_only", "start: standard"))
    assert ladder(moved).level == "low_risk"


def test_evidence_is_counted_without_reading_every_event(store):
    if store.is_sqlite:
        found = f"select * from events where agent_id = 'a' and at > '2026' and ({TRACK_RECORD})"
        with reading(store) as work:
            plan = str(work.run(text(f"explain query plan {found} order by at desc")).all())
        assert "ix_events_track_record" in plan
        assert "TEMP B-TREE" not in plan


def test_a_stopped_loop_costs_a_level(scene):
    watched = LADDER.replace("denied: 3/7d}", "loops: 1/7d}") + (
        "stop_loops: {same_fingerprint: 2/10m}\n"
    )
    scene.publish(watched)
    scene.ask("again:1")
    assert ladder(scene).level == "read_only"
    stopped = scene.ask("again:2")
    assert "loop_repeated" in {reason.code for reason in stopped.verdict.reasons}
    assert ladder(scene).level == "supervised"
    assert changes(scene)[0].evidence["trigger"] == "loops"


def test_what_was_approved_in_advance_is_not_many_decisions(scene):
    approved = scene.approved()
    scene.transact(
        lambda work: work.write(text("update events set face = 'standing' where type = 'approved'"))
    )
    found = scene.read(autonomy.record, scene.payer.id, scene.world.now() - DAY)
    scene.transact(
        lambda work: work.write(text("update events set face = 'api' where type = 'approved'"))
    )
    assert approved.status is Status.APPROVED
    assert found.decided == 0
