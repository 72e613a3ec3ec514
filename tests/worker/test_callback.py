"""Callbacks: an agent is told what moved, signed, in the end, and by one name at each try."""

import threading
from base64 import b64decode
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from functools import partial

import pytest
from sqlalchemy import create_engine, inspect, select
from structlog.testing import capture_logs

from tests.receiver import LOOPBACK, echo, hang_up, raw, receiver, says
from tests.services.scene import together
from tests.worker.office import ANA, office
from tests.worker.test_jobs import leased
from webapp.domain import retry
from webapp.domain.callback import CallbackState, EndpointState
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Decision, Membership, Role
from webapp.domain.errors import (
    Conflict,
    Forbidden,
    NoEndpoint,
    NotFound,
    NotVerified,
    SubmissionInvalid,
)
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.gateways.web import AddressRefused, Web
from webapp.services import alerts, callbacks, endpoints, outbox, withdraw
from webapp.services.decide import decide, revoke
from webapp.store import acts, engine_tables, tables
from webapp.store import callbacks as store
from webapp.verification import register, verify
from worker.callback import call_back
from worker.jobs import work_off

NAME = "refunder"
BOSS = replace(ANA, memberships=(Membership(team="payments", role=Role.ADMIN),))
TRIES = retry.CALLBACKS.attempts


@pytest.fixture
def desk(database_url):
    with office(database_url, HANDRAIL_ALLOW_NETWORKS=LOOPBACK) as there:
        yield there


@pytest.fixture
def hook():
    with receiver() as found:
        yield found


@pytest.fixture
def secret(desk, hook) -> str:
    """The secret of an endpoint that is in use."""
    made = register(desk.desk, NAME, hook.url, None, BOSS)
    verify(desk.desk, NAME, BOSS)
    return made.secret


def work_off_callbacks(desk) -> int:
    """Make a try at whatever is due; say how many."""
    count = 0
    for attempt in leased(desk):
        message = desk.desk.read(partial(outbox.claim, attempt=attempt))
        count += message is not None and message.topic is Topic.CALLBACK
        work_off(desk.hands, attempt)
    return count


def callbacks_of(desk, handoff):
    return desk.desk.read(lambda work: store.of_handoff(work, handoff.id))


def told(desk, handoff):
    [one] = callbacks_of(desk, handoff)
    return one


def approved_and_tried(desk, **asked):
    handoff = desk.approve(desk.ask(**asked))
    work_off_callbacks(desk)
    return handoff


def wait_until_due(desk, handoff) -> None:
    due = told(desk, handoff).next_at
    desk.world.pass_time(seconds=(due - desk.world.now()).total_seconds())


def endpoint(desk):
    return desk.desk.read(lambda work: endpoints.of_agent(work, NAME))


# ---- what is sent


def test_an_approval_is_told_thinly_and_signed_as_others_check_it(desk, hook, secret):
    handoff = approved_and_tried(desk)
    [post] = hook.events
    assert post.fits(secret)
    assert post.json == {
        "type": "handoff.approved",
        "timestamp": "2026-03-02T09:00:00Z",
        "data": {
            "id": handoff.id,
            "status": "approved",
            "version": 2,
            "revision": 1,
            "links": {
                "self": f"http://127.0.0.1:8000/api/v1/handoffs/{handoff.id}",
                "page": f"http://127.0.0.1:8000/handoffs/{handoff.id}",
            },
        },
    }
    assert told(desk, handoff).state is CallbackState.DELIVERED
    assert Topic.CALLBACK not in desk.topics()


def test_all_of_a_handoff_is_what_its_agent_reads_with_resume_and_permit(desk, hook, secret):
    handoff = approved_and_tried(desk, callback=CallbackWish.FULL)
    [post] = hook.events
    data = post.json["data"]
    assert data["resume"]["action"] == handoff.action.to_json()
    assert data["resume"]["private_state"] == "secret"
    assert data["permit"]["token"]
    assert b'{"step": 1}' in post.body
    assert post.fits(secret)


def test_a_handoff_that_wants_no_callback_gets_none(desk, hook, secret):
    approved_and_tried(desk, callback=CallbackWish.NONE)
    assert hook.events == []


def test_without_an_endpoint_nothing_is_posted(desk):
    desk.approve(desk.ask())
    assert Topic.CALLBACK not in desk.topics()


def test_each_change_that_an_agent_waits_for_is_told(desk, hook, secret):
    said = {
        "handoff.approved": desk.approve,
        "handoff.denied": partial(deny, desk),
        "handoff.withdrawn": partial(end_run, desk),
    }
    for change in said.values():
        change(desk.ask())
        work_off_callbacks(desk)
    handoff = desk.approve(desk.ask())
    work_off_callbacks(desk)
    desk.desk.transact(lambda work: revoke(work, handoff.id, ANA))
    work_off_callbacks(desk)
    desk.world.pass_time(hours=2)
    work_off_callbacks(desk)
    work_off_callbacks(desk)
    types = [one.json["type"] for one in hook.events]
    assert types == [*said, "handoff.approved", "handoff.pending", "handoff.expired"]


def test_a_run_that_nobody_reports_on_is_told_to_be_unknown(desk, hook, secret):
    desk.redeem(desk.approve(desk.ask()))
    desk.world.pass_time(minutes=15)
    work_off_callbacks(desk)
    work_off_callbacks(desk)
    assert [one.json["type"] for one in hook.events] == ["handoff.unknown"]


def test_what_an_agent_does_itself_it_is_not_told(desk, hook, secret):
    handoff = desk.redeem(desk.approve(desk.ask()))
    desk.report(handoff, Status.SUCCEEDED)
    assert work_off_callbacks(desk) == 1  # the approval, which is old news by now
    assert hook.events == []
    assert Topic.CALLBACK not in desk.topics()


def test_what_was_overtaken_before_it_arrived_is_dropped_and_the_newest_is_told(desk, hook, secret):
    hook.answers.append(says(503))
    handoff = approved_and_tried(desk)
    desk.desk.transact(lambda work: revoke(work, handoff.id, ANA))
    wait_until_due_first(desk, handoff)
    work_off_callbacks(desk)
    newest, old = callbacks_of(desk, handoff)
    assert (newest.state, old.state) == (CallbackState.DELIVERED, CallbackState.DROPPED)
    assert [one.json["type"] for one in hook.events] == ["handoff.approved", "handoff.pending"]
    assert len(set(hook.ids)) == 2


def wait_until_due_first(desk, handoff) -> None:
    [old] = [one for one in callbacks_of(desk, handoff) if one.version == 2]
    desk.world.pass_time(seconds=(old.next_at - desk.world.now()).total_seconds())


def deny(desk, handoff):
    said = Decision(
        verb=Verb.DENY,
        revision=handoff.revision,
        fingerprint=handoff.fingerprint,
        note="No",
    )
    return desk.desk.transact(lambda work: decide(work, handoff.id, said, ANA))


def end_run(desk, handoff):
    return desk.desk.transact(lambda work: withdraw.withdraw(work, desk.known(), handoff.id))


# ---- trying again


def test_a_receiver_that_hangs_up_is_told_again_by_the_same_name(desk, hook, secret):
    hook.answers.append(hang_up)
    handoff = approved_and_tried(desk)
    assert told(desk, handoff).state is CallbackState.WAITING
    wait_until_due(desk, handoff)
    work_off_callbacks(desk)
    assert told(desk, handoff).state is CallbackState.DELIVERED
    first, second = hook.events
    assert first.id == second.id
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert told(desk, handoff).tries == 2


def test_a_kill_between_sending_and_recording_tells_again_by_the_same_name(desk, hook, secret):
    handoff = desk.approve(desk.ask())
    [attempt] = [one for one in leased(desk) if is_callback(desk, one)]
    message = desk.desk.read(lambda work: outbox.claim(work, attempt))

    def killed(to):
        echo(to)
        raise SystemExit

    with pytest.raises(SystemExit):
        call_back(replace(desk.hands, web=Killed(desk.hands.web)), attempt, message)
    work_off_callbacks(desk)
    assert len(hook.events) == 1  # it is held as long as a try may take
    desk.world.pass_time(seconds=callbacks.HOLD.total_seconds())
    work_off_callbacks(desk)
    assert len(set(hook.ids)) == 1
    assert len(hook.events) == 2
    assert told(desk, handoff).state is CallbackState.DELIVERED


class Killed:
    """A way out whose process ends as soon as something was sent."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def send(self, request):
        self._web.send(request)
        raise SystemExit


def is_callback(desk, attempt) -> bool:
    found = desk.desk.read(lambda work: outbox.claim(work, attempt))
    return found.topic is Topic.CALLBACK


@pytest.mark.parametrize("status", [500, 503, 404, 401, 302])
def test_whatever_is_not_taken_is_tried_again(desk, hook, secret, status):
    hook.answers.append(says(status, Location="http://127.0.0.1/"))
    handoff = approved_and_tried(desk)
    one = told(desk, handoff)
    assert (one.state, str(status) in one.problem) == (CallbackState.WAITING, True)
    assert one.next_at - desk.world.now() == timedelta(seconds=30) * 0.75  # with half of the jitter
    assert len(hook.events) == 1


def test_a_redirect_is_said_not_to_be_followed(desk, hook, secret):
    hook.answers.append(says(307, Location=hook.url))
    problem = told(desk, approved_and_tried(desk)).problem
    assert problem == "it answered 307 Temporary Redirect, and redirects are not followed"


@pytest.mark.parametrize("as_date", [False, True])
@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_to_wait_is_given_the_time(desk, hook, secret, status, as_date):
    until = desk.world.now() + timedelta(minutes=7)
    header = format_datetime(until, usegmt=True) if as_date else "420"
    hook.answers.append(says(status, Retry_After=header))
    assert told(desk, approved_and_tried(desk)).next_at == until


def test_who_never_answers_does_not_hold_a_worker_for_long(desk, hook, secret):
    over = threading.Event()
    hook.answers.append(lambda _to: over.wait(20))
    quick = replace(desk.hands, web=Impatient(desk.hands.web))
    handoff = desk.approve(desk.ask())
    for attempt in leased(desk):
        work_off(quick, attempt)
    over.set()
    assert "did not answer" in told(desk, handoff).problem


class Impatient:
    """A way out that waits a quarter of a second in place of ten."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def send(self, request):
        assert request.timeout == 10.0
        return self._web.send(replace(request, timeout=0.25))


def test_a_receiver_that_is_away_for_a_minute_is_told_afterwards(desk, hook, secret):
    hook.answers.extend([hang_up, hang_up])
    handoff = approved_and_tried(desk)
    for _ in range(2):
        wait_until_due(desk, handoff)
        work_off_callbacks(desk)
    assert told(desk, handoff).tries == 3
    assert told(desk, handoff).state is CallbackState.DELIVERED


def test_after_three_days_it_is_given_up_its_owner_told_once_and_a_person_sets_it_going(
    desk, hook, secret
):
    hook.answers.extend([says(503)] * 2 * TRIES)
    first, second = deny(desk, desk.ask()), deny(desk, desk.ask())
    began = desk.world.now()
    for _ in range(TRIES):
        work_off_callbacks(desk)
        pending = [told(desk, one).next_at for one in (first, second)]
        if all(pending):
            desk.world.pass_time(seconds=(max(pending) - desk.world.now()).total_seconds())
    assert timedelta(days=2) < desk.world.now() - began < timedelta(days=5)
    assert told(desk, first).state is told(desk, second).state is CallbackState.GIVEN_UP
    [alert] = desk.desk.read(lambda work: alerts.open_for(work, BOSS))
    assert "it answered 503 Service Unavailable" in alert.says
    assert endpoint(desk).state is EndpointState.VERIFIED

    assert redrive(desk, second.id) == 1
    work_off_callbacks(desk)
    assert told(desk, second).state is CallbackState.DELIVERED
    assert hook.ids.count(f"{second.id}_v2") == TRIES + 1
    with pytest.raises(NotFound):
        redrive(desk, second.id)


def redrive(desk, handoff_id=None, by=BOSS):
    return desk.desk.transact(lambda work: callbacks.redrive(work, NAME, handoff_id, by))


def test_what_is_set_going_again_by_the_general_way_is_tried_as_often_as_a_new_one(
    desk, hook, secret
):
    hook.answers.append(says(410))
    handoff = approved_and_tried(desk)
    message = told(desk, handoff).message_id
    desk.desk.transact(lambda work: outbox.redrive(work, message, BOSS))
    verify(desk.desk, NAME, BOSS)
    hook.answers.append(says(500))
    work_off_callbacks(desk)
    one = told(desk, handoff)
    assert (one.state, one.tries) == (CallbackState.WAITING, 1)
    [done] = [one for one in acts_about(desk, handoff.id) if one.what == "message.redriven"]
    assert (done.by, Topic.CALLBACK in done.detail) == ("ana@example.org", True)


def test_what_is_discarded_is_gone_and_who_did_it_is_known(desk, hook, secret):
    hook.answers.append(says(410))
    handoff = approved_and_tried(desk)
    message = told(desk, handoff).message_id
    desk.desk.transact(lambda work: outbox.discard(work, message, BOSS))
    assert desk.desk.read(lambda work: callbacks.dead(work, desk.agent.id)) == []
    assert [one.what for one in acts_about(desk, handoff.id)] == ["message.discarded"]
    with pytest.raises(NotFound):
        desk.desk.transact(lambda work: outbox.redrive(work, message, BOSS))


def acts_about(desk, about):
    return desk.desk.read(lambda work: acts.of(work, about, 100))


def test_an_endpoint_that_is_gone_is_switched_off_until_a_person_verifies_it(desk, hook, secret):
    hook.answers.append(says(410))
    handoff = approved_and_tried(desk)
    assert told(desk, handoff).state is CallbackState.GIVEN_UP
    assert endpoint(desk).state is EndpointState.OFF
    assert acts_about(desk, desk.agent.id)[0].what == "callback.switched_off"
    [alert] = desk.desk.read(lambda work: alerts.open_for(work, BOSS))
    assert "410 Gone" in alert.says
    assert desk.ask().callback is CallbackWish.NONE
    asked = approved_and_tried(desk, callback=CallbackWish.THIN)
    assert (told(desk, asked).state, len(hook.events)) == (CallbackState.GIVEN_UP, 1)
    verify(desk.desk, NAME, BOSS)
    assert redrive(desk) == 2
    work_off_callbacks(desk)
    assert told(desk, asked).state is told(desk, handoff).state is CallbackState.DELIVERED


def test_ten_workers_never_tell_one_thing_twice(desk, hook, secret):
    handoff = desk.approve(desk.ask())
    attempts = leased(desk)
    together(*[lambda: [work_off(desk.hands, one) for one in attempts] for _ in range(10)])
    assert len(hook.events) == 1
    assert told(desk, handoff).state is CallbackState.DELIVERED


def test_an_address_that_leads_inside_later_is_not_spoken_to(desk, hook, secret):
    shut = replace(desk.hands, web=Web())
    handoff = desk.approve(desk.ask())
    for attempt in leased(desk):
        work_off(shut, attempt)
    one = told(desk, handoff)
    assert (one.state, hook.events) == (CallbackState.WAITING, [])
    assert "not on the public internet" in one.problem


# ---- the endpoint


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says(200, {"challenge": "x"}), "did not echo"),
        (says(200, ["challenge"]), "did not echo"),
        (raw(b"[" * 200_000), "did not echo"),
        (raw(b"\xff" * 20), "did not echo"),
        (says(401), "401 Unauthorized"),
        (says(302, Location="/"), "redirects are not followed"),
        (hang_up, "did not answer"),
    ],
)
def test_nothing_is_sent_to_an_endpoint_that_does_not_echo_and_it_is_said_why(
    desk, hook, answer, why
):
    register(desk.desk, NAME, hook.url, None, BOSS)
    hook.answers.append(answer)
    with pytest.raises(NotVerified, match=why):
        verify(desk.desk, NAME, BOSS)
    assert why in endpoint(desk).problem
    approved_and_tried(desk, callback=CallbackWish.THIN)
    assert hook.events == []


def test_the_challenge_is_signed(desk, hook, secret):
    [post] = hook.posts
    assert post.json["type"] == "callback.challenge"
    assert post.fits(secret)


def test_another_address_is_verified_anew_and_what_waited_is_told_there(desk, hook, secret):
    hook.answers.append(says(503))
    handoff = approved_and_tried(desk)
    with receiver() as other:
        moved = register(desk.desk, NAME, other.url, None, BOSS)
        assert (moved.secret, moved.endpoint.state) == (None, EndpointState.UNVERIFIED)
        wait_until_due(desk, handoff)
        work_off_callbacks(desk)
        assert other.events == []
        verify(desk.desk, NAME, BOSS)
        work_off_callbacks(desk)
        assert [one.fits(secret) for one in other.events] == [True]


def test_after_a_rotation_both_secrets_sign_for_a_day_or_until_the_old_one_is_ended(
    desk, hook, secret
):
    def signs(*secrets):
        approved_and_tried(desk)
        return [hook.events[-1].fits(one) for one in secrets]

    fresh = desk.desk.transact(lambda work: endpoints.rotate(work, NAME, BOSS)).secret
    assert signs(secret, fresh) == [True, True]
    assert len(hook.events[-1].headers["webhook-signature"].split()) == 2
    desk.world.pass_time(hours=24)
    assert signs(secret, fresh) == [False, True]
    newest = desk.desk.transact(lambda work: endpoints.rotate(work, NAME, BOSS)).secret
    assert signs(secret, fresh, newest) == [False, True, True]
    with pytest.raises(Conflict, match="signs until"):  # or what the receiver knows would end now
        desk.desk.transact(lambda work: endpoints.rotate(work, NAME, BOSS))
    assert signs(secret, fresh, newest) == [False, True, True]
    desk.desk.transact(lambda work: endpoints.end_old(work, NAME, BOSS))
    assert signs(secret, fresh, newest) == [False, False, True]


def test_after_its_removal_nothing_is_sent_and_nothing_waits(desk, hook, secret):
    hook.answers.append(says(503))
    handoff = approved_and_tried(desk)
    desk.desk.transact(lambda work: endpoints.remove(work, NAME, BOSS))
    wait_until_due(desk, handoff)
    work_off_callbacks(desk)
    assert told(desk, handoff).state is CallbackState.DROPPED
    assert Topic.CALLBACK not in desk.topics()
    assert desk.ask().callback is CallbackWish.NONE
    with pytest.raises(NoEndpoint, match="no endpoint"):
        desk.ask(callback=CallbackWish.THIN)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://10.0.0.7/",
        "http://2130706433/",
    ],
)
def test_an_address_inside_is_refused_when_it_is_registered(sqlite_database, url):
    with office(sqlite_database) as there:
        with pytest.raises(SubmissionInvalid) as caught:
            register(there.desk, NAME, url, None, BOSS)
        assert isinstance(caught.value, AddressRefused) or "no address" in caught.value.detail
        assert endpoint(there) is None


@pytest.mark.parametrize("url", ["ftp://x/", "https://x/#y", "https://x/ y", "x", "https://u:p@x/"])
def test_what_is_no_address_is_refused(sqlite_database, url):
    with office(sqlite_database) as there, pytest.raises(SubmissionInvalid):
        register(there.desk, NAME, url, None, BOSS)


@pytest.mark.parametrize("act", ["register", "challenge", "rotate", "end_old", "remove"])
def test_only_admins_of_its_owner_team_manage_an_endpoint(desk, hook, secret, act):
    more = (hook.url, None) if act == "register" else ()
    for membership in (("payments", Role.APPROVER), ("support", Role.ADMIN)):
        team, role = membership
        other = replace(ANA, memberships=(Membership(team=team, role=role),))
        with pytest.raises(Forbidden, match="admins of payments"):
            desk.desk.transact(
                lambda work, by=other: getattr(endpoints, act)(work, NAME, *more, by)
            )


def test_a_secret_stands_plainly_nowhere(desk, hook, secret, database_url):
    with capture_logs() as lines:
        hook.answers.append(says(500))
        approved_and_tried(desk)
        fresh = desk.desk.transact(lambda work: endpoints.rotate(work, NAME, BOSS)).secret
        approved_and_tried(desk)
    raw = [one.removeprefix("whsec_") for one in (secret, fresh)]
    stored = everything(database_url)
    for one in raw:
        assert one not in stored
        assert repr(b64decode(one))[2:-1] not in stored
        assert one not in repr(lines)
    assert "wh" + "sec_" not in stored


def everything(database_url) -> str:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with closing(engine.connect()) as connection:
        names = inspect(engine).get_table_names()
        known = [tables.metadata.tables[one] for one in names if one in tables.metadata.tables]
        rows = [row for one in known for row in connection.execute(select(one))]
    engine.dispose()
    assert engine_tables.callback_endpoints in known
    return repr(rows)
