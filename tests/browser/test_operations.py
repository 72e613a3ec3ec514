"""The page for operators: admins of every team see what the background work met, and settle what was given up."""

from functools import partial

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from tests.worker.test_jobs import leased
from webapp.domain.handoff import SYSTEM
from webapp.domain.message import Reach, Topic
from webapp.gateways.consumer import Consumer
from webapp.services import outbox
from webapp.store import accounts, acts, tables

pytestmark = pytest.mark.browser
HOSTILE = "OSError: <img src=x onerror=alert(1)> \u202egnp.exe"


def trouble(desk) -> tuple[str, str]:
    """Have one message fail and one given up; name the handoffs that they are about."""
    first, second = desk.ask(), desk.agent.ask(args={"order_id": "2"})["id"]
    found = [(one, desk.desk.read(partial(outbox.claim, attempt=one))) for one in leased(desk)]
    told = {m.handoff_id: one for one, m in found if m and m.topic is Topic.NOTIFY}
    last = update(tables.outbox).where(tables.outbox.c.id == told[second].id)
    desk.desk.transact(partial(outbox.failed, attempt=told[first], error=HOSTILE))
    aside = last.values(given_up_at=desk.world.now(), attempt=100, error=HOSTILE)
    desk.desk.transact(lambda work: work.write(aside))
    return first, second


def region(person, name):
    return person.page.get_by_role("region", name=name)


def test_an_admin_sees_how_far_behind_the_work_is_and_who_works(ana, desk, redis_url):
    ana.go("/operations")
    expect(region(ana, "Due now")).to_contain_text("none")
    taking = Consumer(redis_url, Reach.INSIDE)
    taking.take_one()
    desk.ask()
    desk.world.pass_time(minutes=2)
    ana.page.get_by_role("link", name="Outbox").click()
    expect(region(ana, "Due now")).to_contain_text("notification.console 1")
    expect(region(ana, "Due now")).to_contain_text("1 last heard of")
    taking.close()


def test_what_failed_is_shown_as_text_and_nothing_else(ana, desk):
    first, second = trouble(desk)
    ana.go("/operations")
    for name, about in (("Tried again", first), ("Given up", second)):
        expect(region(ana, name)).to_contain_text(about)
        expect(region(ana, name)).to_contain_text("<img src=x onerror=alert(1)> U+202Egnp.exe")


def test_what_was_given_up_is_set_going_or_discarded_and_who_did_it_is_kept(ana, desk):
    _, second = trouble(desk)
    ana.go("/operations")
    ana.click("Discard message")
    ana.is_told("Discarded")
    ana.sees("Nothing was given up.")
    expect(region(ana, "Done lately")).to_contain_text("discarded a message")
    [act] = desk.desk.read(partial(acts.of, about=second, at_most=9))
    assert (act.by, act.what) == ("ana@example.org", "message.discarded")


def test_all_is_set_going_at_once(ana, desk):
    _, second = trouble(desk)
    ana.go("/operations")
    ana.click("Set all going again")
    ana.is_told("1 set going")
    expect(region(ana, "Tried again")).to_contain_text(second)


def test_what_somebody_else_has_settled_is_said_so(ana, desk):
    trouble(desk)
    ana.go("/operations")
    desk.desk.transact(lambda work: work.write(tables.outbox.delete()))
    ana.click("Set message")
    ana.sees("was given up.")
    ana.sees("Somebody may have settled it before you.")


def test_others_find_neither_link_nor_page(jonas):
    jonas.go("/")
    expect(jonas.page.get_by_role("link", name="Outbox")).to_have_count(0)
    jonas.go("/operations")
    jonas.sees("Only admins of every team see and settle the background work.")


def test_what_was_done_to_an_agent_is_listed_under_its_name(ana, desk):
    agent = desk.desk.read(accounts.agents)[0]
    desk.desk.transact(lambda work: acts.note(work, SYSTEM, "callback.removed", agent.id))
    ana.go("/operations")
    expect(region(ana, "Done lately")).not_to_contain_text(agent.id)
    region(ana, "Done lately").get_by_role("link", name=agent.name).click()
    expect(ana.page.get_by_role("heading", level=1)).to_have_text(agent.name)
