"""A real Chromium in front of a real application."""

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.approver import at_the_desk
from tests.browser.scene import scene

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser(chromium):
    expect.set_options(timeout=8000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def desk(sqlite_database, redis_url):
    """A running Handrail with Ana (admin), Jonas (approver), Vera (viewer) and an agent."""
    with scene(sqlite_database, redis_url) as there:
        yield there


@pytest.fixture
def agent(desk):
    return desk.agent


@pytest.fixture
def visitor(browser, desk):
    """Somebody who has not signed in."""
    with at_the_desk(browser, desk.url) as person:
        yield person


@pytest.fixture
def ana(visitor):
    """Ana, signed in; she may do everything."""
    return visitor.sign_in()


@pytest.fixture
def jonas(browser, desk):
    """Jonas, signed in in a window of his own; he approves for payments."""
    with at_the_desk(browser, desk.url) as person:
        yield person.sign_in("jonas@example.org")
