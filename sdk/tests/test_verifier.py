"""A tool that checks permits runs what was approved, once, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from handrail import PermitRefused, TransportError, World
from handrail.permits import SeenHere, Verifier, fingerprint

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ACTION = {"name": "payments.refund", "args": {"order_id": "8841", "amount": "129.00", "n": 1.0}}
DESK, BANK = "https://desk.test", "https://bank.internal"
KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(seed * 32) for seed in (b"k", b"o"))


def jwk(kid, key=KEY):
    raw = key.public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}


class Keys(httpx.BaseTransport):
    """Publish keys, for a minute at a time."""

    def __init__(self, *keys):
        self.keys, self.asked, self.fails = list(keys), [], False

    def handle_request(self, request):
        self.asked.append(request)
        if self.fails:
            raise httpx.ConnectError("refused", request=request)
        headers = {"Cache-Control": "public, max-age=60"}
        return httpx.Response(200, json={"keys": self.keys}, headers=headers)


class Time:
    """A clock that the test moves."""

    def __init__(self):
        self.passed = 0.0

    def now(self):
        return NOW + timedelta(seconds=self.passed)

    def monotonic(self):
        return self.passed


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def keys():
    return Keys(jwk("sk_1"))


@pytest.fixture
def tool(keys, time):
    """A verifier of the bank's."""
    world = World(monotonic=time.monotonic, now=time.now)
    made = Verifier(DESK, audience=BANK, transport=keys, world=world)
    yield made
    made.close()


def said(**changes):
    begins = int(NOW.timestamp())
    usual = {
        "iss": DESK,
        "aud": BANK,
        "jti": "pm_1_3",
        "sub": "billing-agent",
        "handoff": "ho_1",
        "fingerprint": fingerprint(ACTION),
        "nbf": begins,
        "exp": begins + 300,
        "redeemed_at": begins,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def token(key=KEY, kid="sk_1", **changes):
    return jwt.encode(said(**changes), key, algorithm="EdDSA", headers={"kid": kid})


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def code(tool, text, action=ACTION):
    with pytest.raises(PermitRefused) as caught:
        tool.check(text, action)
    return caught.value.code


def test_a_permit_for_this_action_here_and_now_is_leave_to_run_it(tool):
    permit = tool.check(token(), ACTION)
    assert (permit.id, permit.agent, permit.handoff_id) == ("pm_1_3", "billing-agent", "ho_1")
    assert (permit.redeemed_at, permit.expires_at) == (NOW, NOW + timedelta(minutes=5))


def test_the_same_action_written_differently_is_the_same(tool):
    args = {"n": 1, "amount": "129.00", "order_id": "8841"}
    assert tool.check(token(), {"name": "payments.refund", "args": args})


@pytest.mark.parametrize(
    "action",
    [
        {**ACTION, "name": "payments.payout"},
        {**ACTION, "args": {**ACTION["args"], "amount": "129.01"}},
        {**ACTION, "args": {}},
        {**ACTION, "args": {"n": 2**53}},
        {**ACTION, "args": {"n": float("nan")}},
    ],
)
def test_another_action_does_not_run(tool, action):
    assert code(tool, token(), action) == "other_action"


def test_a_permit_that_was_only_approved_is_no_leave_to_run(tool):
    assert code(tool, token(redeemed_at=None)) == "not_redeemed"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "https://mail.internal"}, "other_audience"),
        ({"aud": None}, "malformed"),
        ({"iss": "https://desk.example"}, "other_issuer"),
        ({"jti": None}, "malformed"),
        ({"fingerprint": None}, "malformed"),
        ({"exp": None}, "malformed"),
    ],
)
def test_a_permit_for_others_or_without_all_it_must_say_is_refused(tool, claims, why):
    assert code(tool, token(**claims)) == why


@pytest.mark.parametrize(
    ("seconds", "why"), [(-6, "too_early"), (-5, None), (304, None), (305, "expired")]
)
def test_a_permit_is_good_in_its_time_and_a_moment_around_it(tool, time, seconds, why):
    time.passed = seconds
    if why is None:
        assert tool.check(token(), ACTION)
    else:
        assert code(tool, token()) == why


def test_a_permit_is_used_once(tool):
    tool.check(token(), ACTION)
    assert code(tool, token()) == "used"


def test_a_refused_permit_is_not_used_up(tool):
    code(tool, token(), {**ACTION, "args": {}})
    assert tool.check(token(), ACTION)


def test_permits_are_forgotten_only_once_they_have_ended(time):
    seen = SeenHere(World(now=time.now))
    until = NOW + timedelta(minutes=5)
    assert [seen.first("pm_1", until), seen.first("pm_1", until)] == [True, False]
    time.passed = 299
    assert not seen.first("pm_1", until)
    time.passed = 300
    assert seen.first("pm_1", until)


# --------------------------------------------------------------------------------------------------
# Forgeries


def test_a_permit_of_somebody_elses_key_is_refused(tool):
    assert code(tool, token(OTHER)) == "forged"


def test_a_permit_without_a_signature_is_refused(tool):
    unsigned = f"{part({'alg': 'none', 'kid': 'sk_1'})}.{part(said())}."
    assert code(tool, unsigned) == "forged"


@pytest.mark.parametrize("form", ["raw", "pem", "x"])
def test_the_public_key_is_no_secret_of_an_hmac(tool, form):
    public = KEY.public_key()
    secret = {
        "raw": public.public_bytes_raw(),
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "x": jwk("sk_1")["x"].encode(),
    }[form]
    signed = f"{part({'alg': 'HS256', 'kid': 'sk_1'})}.{part(said())}"
    mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    assert code(tool, forged) == "forged"


def test_a_permit_that_was_changed_is_refused(tool):
    head, _, signature = token().split(".")
    changed = f"{head}.{part(said(jti='pm_9'))}.{signature}"
    assert code(tool, changed) == "forged"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "..", "é"])
def test_what_is_no_permit_is_refused(tool, text):
    assert code(tool, text) == "malformed"


# --------------------------------------------------------------------------------------------------
# Keys


def test_keys_are_fetched_once_a_minute(tool, keys, time):
    for number in range(3):
        tool.check(token(jti=f"pm_{number}"), ACTION)
    assert [str(request.url) for request in keys.asked] == [f"{DESK}/.well-known/jwks.json"]
    time.passed = 60
    tool.check(token(jti="pm_9"), ACTION)
    assert len(keys.asked) == 2


def test_a_key_not_seen_before_is_asked_for_past_all_caches(tool, keys, time):
    tool.check(token(), ACTION)
    time.passed = 10
    keys.keys.insert(0, jwk("sk_2", OTHER))
    assert tool.check(token(OTHER, "sk_2", jti="pm_2"), ACTION)
    assert keys.asked[-1].headers["Cache-Control"] == "no-cache"


def test_made_up_key_ids_do_not_make_it_ask_again_and_again(tool, keys, time):
    tool.check(token(), ACTION)
    time.passed = 10
    for number in range(5):
        assert code(tool, token(OTHER, f"sk_{number}9")) == "unknown_key"
    assert len(keys.asked) == 2


def test_a_key_that_was_revoked_is_trusted_for_a_minute_at_most(tool, keys, time):
    tool.check(token(), ACTION)
    keys.keys = [jwk("sk_2", OTHER)]
    time.passed = 60
    assert code(tool, token(jti="pm_2")) == "unknown_key"


def test_keys_of_another_kind_are_passed_over(tool, keys):
    keys.keys += [
        {"kty": "oct", "kid": "sk_2", "k": "c2VjcmV0"},
        {"kty": "OKP", "crv": "Ed25519"},
        1,
    ]
    assert tool.check(token(), ACTION)


def test_without_the_keys_nothing_runs(tool, keys, time):
    keys.fails = True
    with pytest.raises(TransportError, match="no keys from"):
        tool.check(token(), ACTION)


@pytest.mark.parametrize("body", [[], {}, {"keys": 1}, {"keys": [{**jwk("sk_1"), "x": "short"}]}])
def test_what_is_no_key_set_is_no_key_set(tool, keys, body):
    keys.handle_request = lambda request: httpx.Response(200, json=body)
    with pytest.raises(TransportError):
        tool.check(token(), ACTION)


def test_the_address_of_the_key_set_may_be_given_and_the_issuer_beside_it(keys, time):
    inside = "http://desk.internal:8000/.well-known/jwks.json"
    world = World(monotonic=time.monotonic, now=time.now)
    tool = Verifier(inside, audience=BANK, issuer=DESK, transport=keys, world=world)
    assert tool.check(token(), ACTION)
    assert str(keys.asked[0].url) == inside
    tool.close()
