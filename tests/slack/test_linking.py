"""Who somebody in Slack is here is said by themselves, signed in, and nobody gets another one's rights by a link."""

import re

import pytest
from redis import Redis

from tests.slack.fake import FakeSlack, serving
from tests.worker.office import office
from webapp.app import create_app
from webapp.domain.decision import Membership, Role
from webapp.services import accounts, chat, passwords
from webapp.services.chat_links import link_address

PASSWORD = "correct horse battery"


@pytest.fixture
def slack():
    with serving(FakeSlack()) as there:
        yield there


@pytest.fixture
def desk(database_url, redis_url, slack):
    """A desk with one person, who has a password."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    settings = {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.url,
    }
    with office(database_url, redis_url, **settings) as there:
        hashed = passwords.hash_password(PASSWORD, there.desk.world)
        role = Membership(team="payments", role=Role.APPROVER)
        there.desk.transact(lambda work: accounts.add_user(work, "kim@example.org", role, hashed))
        yield there.desk


@pytest.fixture
def kim(desk):
    """Kim's browser, signed in."""
    client = create_app(desk.config, desk.world, desk).test_client()
    form = {
        "email": "kim@example.org",
        "password": PASSWORD,
        "csrf_token": token(client, "/sign-in"),
    }
    assert client.post("/sign-in", data=form).status_code == 303
    return client


def token(client, path):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def address(desk, user, workspace="T0DESK"):
    return link_address(desk.store.keyring, "", workspace, user.id)


def linked(desk):
    return desk.read(lambda work: chat.links(work, accounts.user_named(work, "kim@example.org").id))


def test_who_confirms_is_linked_and_opening_the_link_alone_links_nobody(desk, slack, kim):
    user = slack.add_user("kim@example.org", "Kim")
    page = kim.get(address(desk, user))
    assert (page.status_code, "Kim" in page.text, linked(desk)) == (200, True, [])
    given = {"csrf_token": token(kim, address(desk, user))}
    assert kim.post(address(desk, user), data=given).status_code == 303
    assert [one.slack_user for one in linked(desk)] == [user.id]


def test_a_link_that_somebody_else_sent_links_nobody(desk, slack, kim):
    eve = slack.add_user("eve@example.org", "Eve")
    assert kim.get(address(desk, eve)).status_code == 403
    given = {"csrf_token": token(kim, "/people")}
    assert kim.post(address(desk, eve), data=given).status_code == 403
    assert linked(desk) == []


def test_a_guest_is_not_linked(desk, slack, kim):
    guest = slack.add_user("kim@example.org", "Kim", is_restricted=True)
    assert kim.get(address(desk, guest)).status_code == 403


@pytest.mark.parametrize("path", ["/slack/link/x", "/slack/link/WyJUIiwiVSJd.x.y"])
def test_a_link_that_is_not_ours_is_not_found(kim, path):
    assert kim.get(path).status_code == 404


def test_whoever_is_linked_may_undo_it(desk, slack, kim):
    user = slack.add_user("kim@example.org", "Kim")
    kim.post(address(desk, user), data={"csrf_token": token(kim, address(desk, user))})
    assert kim.post("/slack/unlink", data={"csrf_token": token(kim, "/people")}).status_code == 303
    assert linked(desk) == []


def test_people_choose_of_what_they_are_told_directly(desk, slack, kim):
    user = slack.add_user("kim@example.org", "Kim")
    assert "does not know yet who you are" in kim.get("/you").text
    kim.post(address(desk, user), data={"csrf_token": token(kim, address(desk, user))})
    given = {"csrf_token": token(kim, "/you"), "direct": "all"}
    assert kim.post("/you/slack", data=given).status_code == 303
    assert [one.direct for one in linked(desk)] == ["all"]
    assert kim.post("/you/slack", data=given | {"direct": "loudly"}).status_code == 422
