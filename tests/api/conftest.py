"""An application with a policy, agents and people, and those who call it."""

import json

import pytest

from tests.api.callers import Caller
from tests.api.conformity import validator
from webapp import config
from webapp.app import create_app
from webapp.desk import open_desk
from webapp.domain.decision import Membership, Role
from webapp.services import accounts, policies

POLICY = """
agents:
  billing-agent:
    owner: payments
    autonomy: {start: standard, max: standard}
    questions: {to: support, deadline: 2h}
  "*": {owner: platform}
actions:
  payments.refund:
    title: Refund a customer
    summary: "Refund {amount} {currency} to {counterparty}"
    risk: medium
    reversible: false
    unasked: true
    args:
      type: object
      additionalProperties: false
      required: [order_id, amount, currency, counterparty, reason]
      properties:
        order_id: {type: string}
        amount: {type: string, pattern: "^[0-9]{1,4}[.][0-9]{2}$"}
        currency: {enum: [EUR, USD]}
        counterparty: {type: string}
        reason: {enum: [damaged, late, fraud, warranty]}
    tiers: {auto: 0.95, review: 0.60}
    rules:
      - {when: {reason: fraud}, risk: critical, because: Fraud needs two people}
      - {when: {reason: warranty}, route: block, because: The maker pays for this}
    approvals: {from: [payments], count: 1, when_critical: 2}
    deadline: {after: 30m, then: expire}
    permit: {valid: 24h, run_within: 15m}
  payments.payout:
    title: Pay out
    risk: high
    approvals: {from: [payments], count: 1}
    permit: {valid: 1h, run_within: 5m, not_before: 90s}
unknown_action: review
"""
PASSWORD_HASH = "no password fits"
SETTINGS = {"HANDRAIL_SECRET_KEY": "k" * 43, "HANDRAIL_PUBLIC_URL": "https://desk.test"}


@pytest.fixture
def database(request) -> str:
    """The address of a database: SQLite, unless the test names the engine."""
    fixtures = {"sqlite": "sqlite_database", "postgresql": "postgres_url"}
    return request.getfixturevalue(fixtures[getattr(request, "param", "sqlite")])


@pytest.fixture
def settings(database, redis_url, tmp_path):
    """The settings of the application under test."""
    place = {"DATABASE_URL": database, "REDIS_URL": redis_url, "HANDRAIL_HOME": str(tmp_path)}
    return config.read({**SETTINGS, **place})


@pytest.fixture
def desk(settings, world):
    """A desk with the policy in force."""
    opened = open_desk(settings, world)
    opened.transact(lambda work: policies.publish(work, POLICY, "test"))
    yield opened
    opened.wakeups.close()
    opened.lane.close()
    opened.store.engine.dispose()


@pytest.fixture
def app(settings, world, desk):
    """The application."""
    return create_app(settings, world, desk)


@pytest.fixture
def add_agent(app, desk):
    """Add an agent and give its caller."""

    def add(name, owner="payments", by=None):
        _, key = desk.transact(lambda work: accounts.add_agent(work, name, owner, by))
        return Caller(app, key.secret)

    return add


@pytest.fixture
def add_person(app, desk):
    """Add a person with one role and give their caller."""

    def add(name, role=Role.APPROVER, team="payments"):
        email, membership = f"{name}@desk.test", Membership(team=team, role=role)
        desk.transact(lambda work: accounts.add_user(work, email, membership, PASSWORD_HASH))
        token = desk.transact(lambda work: accounts.add_token(work, email))
        return Caller(app, token.secret)

    return add


@pytest.fixture
def publish(desk):
    """Publish the policy with something replaced."""

    def again(*changes):
        text = POLICY
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        desk.transact(lambda work: policies.publish(work, text, "test"))

    return again


@pytest.fixture
def agent(add_agent):
    """The agent that most tests are about."""
    return add_agent("billing-agent")


@pytest.fixture
def ann(add_person):
    """Ann approves for payments."""
    return add_person("ann")


@pytest.fixture
def bob(add_person):
    """So does Bob."""
    return add_person("bob")


@pytest.fixture
def admin(add_person):
    """The admin of every team."""
    return add_person("admin", Role.ADMIN, "*")


@pytest.fixture
def pending(agent):
    """A handoff that waits for one approver."""
    return agent.submit()


@pytest.fixture
def approved(agent, ann, pending):
    """The same, approved."""
    assert ann.decide(pending).status_code == 200
    return agent.read(pending)


@pytest.fixture
def conforms():
    """Hold a value to one of the described types."""

    def hold(name, value):
        validator(json.dumps({"$ref": f"#/components/schemas/{name}"})).validate(value)

    return hold
