"""A desk whose people are told in a Slack of our own."""

import pytest

from tests.slack.desk import SlackDesk
from tests.slack.fake import FakeSlack, serving
from tests.worker.office import office


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
