"""Over a socket that we open, deciding is as over signed requests, and a socket that closes is opened again."""

import threading
from dataclasses import replace

import pytest

from tests.slack.sockets import sockets
from tests.slack.test_deciding import inputs, select
from tests.worker.office import PATIENCE
from webapp.config import read
from webapp.domain.handoff import Status
from worker.socket_mode import Socket


@pytest.fixture
def line(desk, slack):
    """A desk that has opened its socket."""
    stopping = threading.Event()
    with sockets(slack) as there:
        settings = {
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.url,
            "HANDRAIL_SECRET_KEY": "a secret of the tests, long enough",
        }
        here = replace(desk.office.desk, config=read(settings))
        socket = Socket(desk=here, stopping=stopping)
        socket.turn()
        socket.interactions.at_once = PATIENCE
        yield there
        stopping.set()
        socket.turn()


@pytest.fixture
def ana(desk):
    return desk.link("ana@example.org")


def test_a_press_over_the_socket_decides(desk, line, ana):
    handoff, message = desk.asked()
    assert line.send(desk.slack.pressed(ana, message, "approve")) == {}
    assert desk.office.now(handoff).status is Status.APPROVED


def test_a_modal_over_the_socket_is_answered_with_what_is_wrong(desk, line, ana):
    handoff, message = desk.asked()
    line.send(desk.slack.pressed(ana, message, "deny"))
    [view] = desk.slack.state.views.values()
    wrong = line.send(desk.slack.submitted(ana, view["id"], inputs(view)))
    assert wrong["response_action"] == "errors"
    reason = inputs(view, reason=select("Not needed"))
    assert line.send(desk.slack.submitted(ana, view["id"], reason)) == {"response_action": "clear"}
    assert desk.office.now(handoff).status is Status.DENIED


def test_a_socket_that_slack_closes_is_opened_again(desk, line, ana):
    line.drop()
    handoff, message = desk.asked()
    line.send(desk.slack.pressed(ana, message, "approve"))
    assert desk.office.now(handoff).status is Status.APPROVED


def test_what_is_no_interaction_is_acknowledged_and_left(desk, line):
    assert line.send({"command": "/handrail"}, kind="slash_commands") == {}
