"""What Handrail will run itself: who approves it sees what is sent where, and afterwards what came of it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.scene import POLICY
from webapp.domain.handoff import Status
from webapp.domain.message import Reach, Topic
from webapp.domain.tool_call import Ran
from webapp.services import execute, outbox
from webapp.store import handoffs
from webapp.store import outbox as store

pytestmark = pytest.mark.browser
CALL = """    deadline: {after: 2h, then: expire}
    executor:
      http:
        url: https://bank.example.org/refunds
        headers: {X-Api-Key: {secret: bank}}
  support.reply:"""
JOB = """    deadline: {after: 2h, then: expire}
    executor: {kubernetes_job: {namespace: pay, image: "refund:1", args: ["--to={counterparty}"]}}
  support.reply:"""
PLACE = "    deadline: {after: 2h, then: expire}\n  support.reply:"


def run(desk, handoff_id):
    """What a worker does, with a tool that takes everything."""
    length = timedelta(seconds=30)

    def begin(work):
        taken = outbox.lease(work, Reach.OUTSIDE, 100, length)
        [attempt] = [one for one in taken if outbox.claim(work, one).topic is Topic.EXECUTE]
        executor = handoffs.load(work, handoff_id).terms.executor
        execute.begin(work, attempt, handoff_id, executor, length)
        return attempt

    attempt = desk.desk.transact(begin)
    answer = {"refund": "re_77"}
    ran = Ran(status=Status.SUCCEEDED, detail="The tool answered 200 OK.", effect=answer)
    desk.desk.transact(lambda work: execute.conclude(work, attempt, handoff_id, ran))


def test_who_approves_sees_what_handrail_will_send_and_then_what_came_of_it(ana, desk):
    desk.publish(POLICY.replace(PLACE, CALL))
    handoff = desk.ask()
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("Handrail runs it")
    ana.sees_in_pane("POST https://bank.example.org/refunds")
    ana.sees_in_pane("the secret bank")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    desk.world.pass_time(seconds=5)
    run(desk, handoff)
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("Handrail reports")
    ana.sees_in_pane("re_77")


@pytest.mark.parametrize("last", [False, True])
def test_what_keeps_it_from_beginning_is_said_where_it_was_approved(ana, desk, last):
    desk.publish(POLICY.replace(PLACE, CALL))
    handoff = desk.ask()
    ana.go(f"/handoffs/{handoff}")
    ana.take_a_look()
    ana.press("a")
    ana.is_told("Approved")
    expect(ana.pane).not_to_contain_text("It has not begun yet")

    def fail(work):
        taken = outbox.lease(work, Reach.OUTSIDE, 100, timedelta(seconds=30))
        [attempt] = [one for one in taken if outbox.claim(work, one).topic is Topic.EXECUTE]
        said = "<b>bank.example.org</b> has no address."
        if last:
            store.give_up(work, attempt, said)
        else:
            outbox.failed(work, attempt, said)

    desk.world.pass_time(seconds=5)
    desk.desk.transact(fail)
    ana.go(f"/handoffs/{handoff}")
    ana.sees_in_pane("It has not begun yet")
    ana.sees_in_pane("<b>bank.example.org</b> has no address.")
    ana.sees_in_pane("It was given up" if last else "It is tried again")


def test_the_command_line_of_a_job_is_shown_as_it_will_be(ana, desk):
    desk.publish(POLICY.replace(PLACE, JOB))
    ana.go(f"/handoffs/{desk.ask()}")
    ana.sees_in_pane("a Job in namespace pay with image refund:1")
    ana.sees_in_pane("--to=cus_77")
