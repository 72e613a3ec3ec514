"""The published keys: what tools check permits with, in every process, also after a rotation."""

import jwt
import pytest

from tests.api.callers import Caller
from webapp.app import create_app
from webapp.desk import open_desk
from webapp.services import signing

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
PATH = "/.well-known/jwks.json"


@pytest.fixture
def tool(app):
    """A tool, which has no credential at all."""
    return Caller(app, None)


@pytest.fixture
def second(settings, world):
    """The same application in another process."""
    opened = open_desk(settings, world)
    yield Caller(create_app(settings, world, opened), None)
    opened.wakeups.close()
    opened.lane.close()
    opened.store.engine.dispose()


def keys(caller):
    answer = caller.call("GET", PATH)
    assert answer.status_code == 200, answer.text
    return answer.json["keys"]


def kid_of(handoff):
    return jwt.get_unverified_header(handoff["permit"]["token"])["kid"]


def rotate(desk, **how):
    return desk.transact(lambda work: signing.rotate(work, **how))[0].kid


@both
def test_anybody_gets_the_keys_in_the_form_of_the_rfc(tool):
    answer = tool.call("GET", PATH)
    (key,) = answer.json["keys"]
    assert answer.mimetype == "application/jwk-set+json"
    assert {**key, "x": "", "kid": ""} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": "",
        "x": "",
    }
    assert len(key["x"]) == 43


def test_the_answer_may_be_kept_and_is_not_sent_twice(tool, desk):
    answer = tool.call("GET", PATH)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    known = {"If-None-Match": answer.headers["ETag"]}
    again = tool.call("GET", PATH, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    rotate(desk)
    desk.world.pass_time(seconds=6)
    assert tool.call("GET", PATH, headers=known).status_code == 200


@both
def test_every_process_notices_a_rotation_within_seconds(tool, second, desk, agent, world):
    before = agent.submit("refund:1", confidence=0.99)
    assert [key["kid"] for key in keys(second)] == [kid_of(before)]
    new = rotate(desk)
    world.pass_time(seconds=6)
    for process in (tool, second):
        assert [key["kid"] for key in keys(process)] == [new, kid_of(before)]
    assert kid_of(agent.submit("refund:2", confidence=0.99)) == new


def test_a_key_that_was_revoked_is_not_published_any_more(tool, desk, agent, world):
    agent.submit("refund:1", confidence=0.99)
    new = rotate(desk, revoke=True)
    world.pass_time(seconds=6)
    assert [key["kid"] for key in keys(tool)] == [new]


def test_the_answer_to_redeeming_holds_the_token_for_tools(tool, agent, approved):
    begun = agent.redeem(approved).json
    published = {key["kid"]: jwt.PyJWK(key) for key in keys(tool)}
    unchecked = {"verify_exp": False, "verify_nbf": False}
    told = jwt.decode(
        begun["permit"]["token"],
        published[kid_of(begun)],
        ["EdDSA"],
        issuer="https://desk.test",
        audience="handrail-tools",
        options=unchecked,
    )
    assert told["jti"] == begun["permit"]["id"] == approved["permit"]["id"]
    assert told["redeemed_at"] == told["nbf"]
    assert told["exp"] - told["nbf"] == 300


def test_nobody_else_gets_that_token_again(agent, approved):
    agent.redeem(approved, key="lost")
    assert agent.read(approved)["permit"] is None
    assert agent.redeem(approved, key="lost").json["permit"]["token"]
    assert agent.redeem(approved, key="other").status_code == 409


def test_the_policy_says_for_whose_tools_a_permit_is(agent, publish):
    publish(
        ("permit: {valid: 24h, run_within: 15m}", "permit: {audience: 'https://bank.internal'}")
    )
    handoff = agent.submit("refund:1", confidence=0.99)
    told = jwt.decode(handoff["permit"]["token"], options={"verify_signature": False})
    assert told["aud"] == "https://bank.internal"
