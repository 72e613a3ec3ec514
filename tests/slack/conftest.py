"""A desk whose people are told in a Slack of our own."""

import threading

import pytest
from werkzeug.serving import make_server

from tests.browser.scene import Quiet
from tests.slack.desk import SlackDesk
from tests.slack.fake import FakeSlack, serving
from tests.worker.office import PATIENCE, office
from webapp.app import create_app
from webapp.slack.routes import PLACE


@pytest.fixture
def slack():
    """The workspace."""
    with serving(FakeSlack()) as there:
        yield there


@pytest.fixture
def desk(database_url, slack):
    """A desk with one agent, and the channel #refunds for the team payments."""
    settings = {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.url,
    }
    with office(database_url, **settings) as there:
        yield SlackDesk(there, slack)


@pytest.fixture
def served(desk):
    """The desk, served where Slack sends what people press; a press is done when it is acknowledged."""
    app = create_app(desk.office.desk.config, desk.office.world, desk.office.desk)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    desk.slack.request_url = f"http://127.0.0.1:{server.server_port}/slack/interactions"
    _, desk.interactions = app.extensions[PLACE]
    desk.interactions.at_once = PATIENCE
    desk.app = app
    yield desk
    server.shutdown()
    thread.join()
    desk.interactions.close()


@pytest.fixture
def ana(served):
    return served.link("ana@example.org")
