"""Where an agent is called back: an admin sets it up on its page, and everybody sees beside a handoff how it went."""

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.approver import at_the_desk
from tests.browser.scene import scene
from tests.receiver import LOOPBACK, receiver, says
from tests.worker.test_jobs import leased
from webapp.domain.decision import Membership, Role
from webapp.gateways.apprise_line import AppriseLine
from webapp.gateways.console import Console
from webapp.gateways.web import Web
from webapp.services import accounts
from worker.hands import Hands
from worker.jobs import work_off

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite_database, redis_url):
    with scene(sqlite_database, redis_url, HANDRAIL_ALLOW_NETWORKS=LOOPBACK) as there:
        yield there


@pytest.fixture
def hook():
    with receiver() as found:
        yield found


def work_all_off(desk):
    web = Web(desk.desk.config.allowed_networks)
    hands = Hands(desk=desk.desk, console=Console(public_url=""), web=web, line=AppriseLine(None))
    for attempt in leased(desk):
        work_off(hands, attempt)


def shown_secret(person) -> str:
    notice = person.page.get_by_role("status").filter(has_text="shown this once")
    return notice.locator("code").inner_text()


def register(person, url) -> str:
    person.go("/agents/refunder")
    person.page.get_by_label("Address").fill(url)
    person.click("Register")
    return shown_secret(person)


def approve_one(person, desk, hook) -> dict:
    """Approve something of an agent whose endpoint is in use."""
    register(person, hook.url)
    person.click("Verify")
    person.is_told("Verified")
    asked = desk.agent.ask()
    person.go(f"/handoffs/{asked['id']}")
    person.take_a_look()
    person.click("Approve")
    person.is_told("Approved")
    return asked


def test_an_admin_registers_verifies_rotates_and_removes_an_endpoint(ana, hook):
    secret = register(ana, hook.url)
    ana.sees("not verified yet")
    ana.click("Verify")
    ana.is_told("Verified")
    ana.sees("in use")
    assert hook.posts[0].fits(secret)
    expect(ana.page.locator("body")).not_to_contain_text("wh" + "sec_")
    ana.click("Rotate the secret")
    assert shown_secret(ana) != secret
    ana.click("End the old secret")
    ana.is_told("Old secret ended")
    ana.click("Remove")
    ana.is_told("Removed")
    ana.sees("no endpoint is registered")


def test_an_endpoint_that_does_not_echo_is_said_why(ana, hook):
    register(ana, hook.url)
    hook.answers.append(says(404))
    ana.click("Verify")
    ana.sees("it answered 404 Not Found")
    ana.sees("not verified yet")


def test_an_address_inside_is_refused_and_stays_in_the_form(ana):
    ana.go("/agents/refunder")
    ana.page.get_by_label("Address").fill("http://169.254.169.254/latest")
    ana.click("Register")
    ana.sees("which is not on the public internet")
    expect(ana.page.get_by_label("Address")).to_have_value("http://169.254.169.254/latest")


def test_beside_a_handoff_stands_how_its_agent_was_told(ana, desk, hook):
    asked = approve_one(ana, desk, hook)
    hook.answers.append(says(503))
    work_all_off(desk)
    ana.go(f"/handoffs/{asked['id']}")
    ana.sees("try 1 fails: it answered 503 Service Unavailable")
    ana.sees("next try")
    desk.world.pass_time(minutes=1)
    work_all_off(desk)
    ana.go(f"/handoffs/{asked['id']}")
    ana.sees("delivered, try 2")
    ana.go("/agents/refunder")
    expect(ana.page.get_by_role("region", name="What it was told")).to_contain_text("delivered")


def test_what_was_given_up_is_set_going_again(ana, desk, hook):
    approve_one(ana, desk, hook)
    hook.answers.append(says(410))
    work_all_off(desk)
    ana.go("/")
    ana.sees("it answered 410 Gone, so its endpoint is switched off")
    ana.go("/agents/refunder")
    ana.sees("switched off")
    ana.sees("1 given up")
    ana.click("Verify")
    ana.is_told("Verified")
    ana.click("Set going again")
    ana.is_told("1 set going")
    work_all_off(desk)
    ana.go("/agents/refunder")
    ana.sees("delivered, try 1")
    expect(ana.page.locator("#given-up")).to_have_count(0)


def test_others_of_the_team_look_on_and_strangers_see_no_address(browser, desk, ana, hook):
    register(ana, hook.url)
    stranger = ("zoe@example.org", Membership(team="support", role=Role.ADMIN))
    hashed = desk.desk.read(partial(accounts.claimed, email="ana@example.org")).password_hash
    desk.desk.transact(lambda work: accounts.add_user(work, *stranger, hashed))
    for email, sees in (("jonas@example.org", 1), ("zoe@example.org", 0)):
        with at_the_desk(browser, desk.url) as person:
            person.sign_in(email)
            person.go("/agents/refunder")
            expect(person.page.get_by_text(hook.url)).to_have_count(sees)
            expect(person.page.get_by_role("button", name="Verify")).to_have_count(0)
