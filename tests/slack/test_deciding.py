"""People decide in Slack with their own rights, by what the message showed, once; all else is refused and said so."""

import json
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from tests.slack.fake import Posted
from tests.waiting import until
from tests.worker.office import ANA
from webapp.domain.decision import Decision
from webapp.domain.handoff import Face, Status, Verb
from webapp.services.decide import decide, revoke
from webapp.slack.interactions import AT_ONCE, IN_TIME
from webapp.store import acts, tables


def whispers(desk, count=1):
    desk.slack.wait_for(lambda: len(desk.slack.state.ephemerals) >= count)
    return [one["text"] for one in desk.slack.state.ephemerals]


def test_approve_is_one_press_and_is_recorded_as_hers_with_what_she_saw(served, ana):
    handoff, message = served.asked()
    answer = served.slack.press(ana, message, "approve")
    now = served.office.now(handoff)
    assert (answer.status_code, answer.text) == (200, "")
    assert (now.status, now.decided.by, now.decided.via) == (
        Status.APPROVED,
        "ana@example.org",
        Face.SLACK,
    )
    events = served.office.desk.read(
        lambda work: work.run(tables.events.select().order_by(tables.events.c.sequence)).all()
    )
    assert events[-1].shown.startswith("sha256:")
    served.work()
    assert set(message.buttons()) == {"open"}


def test_deny_asks_why_and_the_reason_reaches_the_agent(served, ana):
    handoff, message = served.asked()
    served.slack.press(ana, message, "deny")
    [view] = served.slack.state.views.values()
    nothing = served.slack.submit(ana, view["id"], inputs(view))
    assert nothing.json()["response_action"] == "errors"
    assert served.office.now(handoff).status is Status.PENDING
    reason = {"reason": select("Wrong amount"), "note": typed("12, not 120")}
    sent = served.slack.submit(ana, view["id"], inputs(view, **reason))
    assert sent.json() == {"response_action": "clear"}
    assert served.office.now(handoff).status is Status.DENIED
    served.work()
    assert "Wrong amount: 12, not 120" in message.words()


def test_edit_changes_the_arguments_and_approves(served, ana):
    handoff, message = served.asked()
    served.slack.press(ana, message, "edit")
    [view] = served.slack.state.views.values()
    amount = next(one for one in view["blocks"] if one.get("block_id") == "/amount")
    assert amount["element"]["initial_value"] == "1.00"
    served.slack.submit(ana, view["id"], inputs(view, **{"/amount": typed("0.50")}))
    now = served.office.now(handoff)
    assert (now.status, dict(now.action.args)) == (Status.APPROVED, {"amount": "0.50"})
    assert now.decided.verb is Verb.EDIT


def test_ask_back_puts_the_question_to_the_agent(served, ana):
    handoff, message = served.asked()
    served.slack.press(ana, message, "ask")
    [view] = served.slack.state.views.values()
    served.slack.submit(ana, view["id"], inputs(view, note=typed("Which order?")))
    assert served.office.now(handoff).status is Status.CHANGES_REQUESTED
    served.work()
    assert "Which order?" in message.words()


def select(value):
    return {"type": "static_select", "selected_option": {"value": value}}


def typed(value):
    return {"type": "plain_text_input", "value": value}


def inputs(view, **said):
    """Give the state of a modal: what was typed, and what stands in the other inputs."""
    held = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            name, element = block["block_id"], block["element"]
            shown = {"type": element["type"], "value": element.get("initial_value")}
            held[name] = {"value": said.get(name, shown)}
    return held


def test_somebody_unknown_is_refused_and_told_how_to_say_who_they_are(served):
    stranger = served.slack.add_user("eve@example.org", "Eve")
    handoff, message = served.asked()
    assert served.slack.press(stranger, message, "approve").status_code == 200
    [said] = whispers(served)
    assert "/slack/link/" in said
    assert served.office.now(handoff).status is Status.PENDING


def test_who_was_refused_is_kept_once_for_each_reason(served, ana):
    stranger = served.slack.add_user("eve@example.org", "Eve")
    handoff, message = served.asked()
    for _ in range(3):
        served.slack.press(stranger, message, "approve")
    served.slack.press(ana, message, "approve", api_app_id="A0EVIL")
    assert len(whispers(served, 4)) == 4
    until(lambda: len(refused(served, handoff)) == 2, "two refusals are kept")
    kept = sorted(refused(served, handoff), key=lambda one: one.detail)
    assert [one.by for one in kept] == [
        f"{one.id} of {ana.team} in Slack" for one in (ana, stranger)
    ]
    assert [one.detail.partition(":")[0] for one in kept] == ["forbidden", "not_linked"]


def refused(served, handoff):
    return served.office.desk.read(lambda work: acts.of(work, handoff.id, 10))


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        ({"is_restricted": True}, "Only members"),
        ({"deleted": True}, "Only members"),
        ({"is_bot": True}, "Only members"),
        ({"team": "T0OTHER"}, "another workspace"),
    ],
)
def test_guests_bots_leavers_and_strangers_are_refused(served, ana, trait, said):
    for name, value in trait.items():
        setattr(ana, name, value)
    handoff, message = served.asked()
    served.slack.press(ana, message, "approve")
    assert said in whispers(served)[0]
    assert served.office.now(handoff).status is Status.PENDING


def test_another_apps_click_is_refused(served, ana):
    handoff, message = served.asked()
    served.slack.press(ana, message, "approve", api_app_id="A0EVIL")
    assert "another app" in whispers(served)[0]
    assert served.office.now(handoff).status is Status.PENDING


def test_a_closed_account_decides_nothing(served, ana):
    handoff, message = served.asked()
    closed = tables.users.update().values(disabled_at=served.office.world.now())
    served.office.desk.transact(lambda work: work.write(closed))
    served.slack.press(ana, message, "approve")
    assert "/slack/link/" in whispers(served)[0]
    assert served.office.now(handoff).status is Status.PENDING


def test_a_lost_role_counts_at_the_click(served, ana):
    handoff, message = served.asked()
    served.office.desk.transact(
        lambda work: work.write(tables.memberships.update().values(role="viewer"))
    )
    served.slack.press(ana, message, "approve")
    assert "may decide" in whispers(served)[0]
    assert served.office.now(handoff).status is Status.PENDING


def test_a_stale_button_explains_itself(served, ana):
    handoff, message = served.asked()
    element = message.buttons()["approve"] | {"block_id": ""}
    served.transact(decide, handoff.id, no(handoff), ANA)
    served.work()
    served.slack.press(ana, message, "approve", element=element)
    assert "denied this" in whispers(served)[0]
    assert served.office.now(handoff).status is Status.DENIED


def no(handoff):
    return Decision(
        verb=Verb.DENY, revision=handoff.revision, fingerprint=handoff.fingerprint, note="No"
    )


def test_the_same_press_again_decides_nothing_even_after_it_was_taken_back(served, ana):
    handoff, message = served.asked()
    payload = served.slack.pressed(ana, message, "approve")
    served.slack.send(payload)
    served.transact(revoke, handoff.id, ANA)
    served.slack.send(payload)
    whispers(served)
    assert served.office.now(handoff).status is Status.PENDING


def test_a_copy_that_slack_kept_although_it_gave_no_answer_is_not_actionable(served, ana):
    served.slack.fail("chat.postMessage", "after")
    handoff = served.office.ask()
    served.work()
    served.later(seconds=10)
    stray, good = served.told()
    served.slack.press(ana, stray, "approve")
    assert "has changed" in whispers(served)[0]
    assert served.office.now(handoff).status is Status.PENDING
    served.slack.press(ana, good, "approve")
    assert served.office.now(handoff).status is Status.APPROVED


def test_a_forged_button_decides_nothing(served, ana):
    handoff, message = served.asked()
    other = Posted(
        channel=message.channel, ts="1.1", text="", blocks=[], thread=None, metadata=None
    )
    for value in ("nt_none:1", "x", "", f"{handoff.id}:1", "nt_" + "9" * 300 + ":1"):
        element = {"action_id": "approve", "type": "button", "value": value}
        assert served.slack.press(ana, other, "approve", element=element).status_code == 200
    assert served.office.now(handoff).status is Status.PENDING


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": ""},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "9" * 40},
    ],
)
def test_what_slack_did_not_sign_is_refused(served, ana, headers):
    _, message = served.asked()
    payload = served.slack.pressed(ana, message, "approve")
    assert served.slack.send(payload, **headers).status_code == 401


@pytest.mark.parametrize("age", [-310, 310])
def test_what_is_older_than_five_minutes_is_refused(served, ana, age):
    handoff, message = served.asked()
    body = urlencode({"payload": json.dumps(served.slack.pressed(ana, message, "approve"))})
    answer = served.slack.send_raw(body.encode(), at=int(time.time()) + age)
    assert answer.status_code == 401
    assert served.office.now(handoff).status is Status.PENDING


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=[]",
        b"payload=%7B%7D",
        b"\xff\xfe",
        b"payload=%7B%22type%22%3A1%7D",
    ],
)
def test_garbage_is_never_a_server_error(served, body):
    assert served.slack.send_raw(body).status_code in {200, 401, 422}


def test_a_get_decides_nothing(served):
    answer = served.app.test_client().get("/slack/interactions")
    assert answer.status_code == 405


@contextmanager
def held(served, handoff):
    """Hold a handoff in another transaction for as long as this lasts."""
    release, holds = threading.Event(), threading.Event()

    def keep(work):
        work.begin()
        served_lock(work, handoff.id)
        holds.set()
        release.wait(20)

    holder = threading.Thread(target=served.office.desk.transact, args=(keep,))
    holder.start()
    holds.wait(10)
    try:
        yield
    finally:
        release.set()
        holder.join()


def test_a_press_is_acknowledged_before_it_is_recorded_and_what_was_not_recorded_is_said(
    served, ana
):
    handoff, message = served.asked()
    served.interactions.at_once = AT_ONCE
    with held(served, handoff):
        pressed_at = time.monotonic()
        answer = served.slack.press(ana, message, "approve")
        took = time.monotonic() - pressed_at
        [said] = whispers(served)
    assert (answer.status_code, answer.text) == (200, "")
    assert took < IN_TIME
    assert "Nothing was decided" in said
    served.work()
    assert served.office.now(handoff).status is Status.PENDING


def test_a_form_that_cannot_be_recorded_in_time_says_that_nothing_was_decided(served, ana):
    handoff, message = served.asked()
    served.slack.press(ana, message, "deny")
    [view] = served.slack.wait_for(lambda: list(served.slack.state.views.values()))
    with held(served, handoff):
        answer = served.slack.submit(ana, view["id"], inputs(view, note=typed("No")))
    assert "Nothing was decided" in str(answer.json()["errors"])
    served.work()
    assert served.office.now(handoff).status is Status.PENDING


def test_a_slack_that_hangs_keeps_no_press_from_being_acknowledged(served, ana):
    handoff, message = served.asked()
    served.slack.fail("users.info", "hang:5")
    served.interactions.at_once = AT_ONCE
    pressed_at = time.monotonic()
    served.slack.press(ana, message, "approve")
    assert time.monotonic() - pressed_at < IN_TIME
    assert "Nothing was decided" in whispers(served)[0]
    assert served.office.now(handoff).status is Status.PENDING


def test_what_nobody_foresaw_is_said_to_whoever_pressed_and_kept_in_the_log(served, ana):
    handoff, message = served.asked()
    torn = tables.payloads.update().values(body="{")
    served.office.desk.transact(lambda work: work.write(torn))
    with capture_logs() as log:
        served.slack.press(ana, message, "approve")
    assert "Something went wrong" in whispers(served)[0]
    assert [one["event"] for one in log if one["log_level"] == "error"] == ["a press failed"]
    assert served.office.now(handoff).status is Status.PENDING


def served_lock(work, handoff_id):
    """Hold the row of a handoff as somebody does who decides and hangs."""
    if not work.store.is_sqlite:
        work.connection.execute(
            text("select 1 from handoffs where id = :id for update"), {"id": handoff_id}
        )
