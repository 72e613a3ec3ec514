"""Permit tokens: whose they are, what they say, and when they are good."""

from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import DAY, HOUR, MINUTE, NOW, approved, in_state, outcome, running, submitted
from webapp.domain.handoff import Status
from webapp.domain.permit import (
    KEPT_AFTER,
    TOKEN_LIFE,
    SigningKey,
    claims_of,
    handoff_of,
    permit_id,
    run_claims_of,
    sign,
)

KEY = SigningKey(kid="sk_1", private=Ed25519PrivateKey.from_private_bytes(b"k" * 32), made_at=NOW)
DESK = "https://desk.test"


def said(claims):
    """What a token says, to whoever checks its signature with the published key."""
    published = jwt.PyJWK(KEY.to_jwk())
    unchecked = {"verify_exp": False, "verify_nbf": False}
    text = sign(claims, KEY, DESK)
    read = jwt.decode(text, published, ["EdDSA"], issuer=DESK, audience="bank", options=unchecked)
    return jwt.get_unverified_header(text), read


def for_the_bank(handoff):
    return replace(handoff, terms=replace(handoff.terms, audience="bank"))


def seconds(instant):
    return int(instant.timestamp())


def test_a_token_says_who_may_run_which_action_where_once():
    handoff = for_the_bank(approved())
    header, told = said(claims_of(handoff, NOW))
    assert (header["alg"], header["kid"]) == ("EdDSA", "sk_1")
    assert told == {
        "iss": DESK,
        "aud": "bank",
        "jti": handoff.permit.id,
        "sub": "payer",
        "handoff": "ho_1",
        "fingerprint": handoff.fingerprint,
        "nbf": seconds(NOW),
        "exp": seconds(NOW + TOKEN_LIFE),
    }


def test_the_token_of_a_run_says_that_the_permit_was_redeemed():
    began = for_the_bank(running())
    _, told = said(run_claims_of(began, NOW))
    assert told["redeemed_at"] == told["nbf"] == seconds(NOW)
    assert told["jti"] == began.execution.permit_id


def test_the_token_of_a_run_ends_when_it_ends_however_often_it_is_asked_for():
    began = running()
    first, again = run_claims_of(began, NOW), run_claims_of(began, NOW + 4 * MINUTE)
    assert first == again
    assert first.expires_at == NOW + TOKEN_LIFE
    assert run_claims_of(began, NOW + TOKEN_LIFE) is None


def test_the_token_of_a_run_outlasts_the_run_in_no_case():
    short = replace(running().execution, run_until=NOW + MINUTE)
    assert run_claims_of(replace(running(), execution=short), NOW).expires_at == NOW + MINUTE


def test_what_does_not_run_has_no_token_of_a_run():
    ended = outcome(running()).after
    assert [run_claims_of(one, NOW) for one in (submitted(), approved(), ended)] == [None] * 3


def test_a_key_stays_published_until_its_last_token_has_ended():
    old = replace(KEY, superseded_at=NOW)
    assert KEPT_AFTER > TOKEN_LIFE
    assert KEY.is_published(NOW + 1000 * DAY)
    assert old.is_published(NOW + TOKEN_LIFE)
    assert not old.is_published(NOW + KEPT_AFTER)


def test_a_published_key_gives_nothing_of_the_private_half_away():
    assert set(KEY.to_jwk()) == {"kty", "crv", "alg", "use", "kid", "x"}


def test_a_token_is_short_lived_and_minted_anew_until_the_approval_ends():
    first, second = claims_of(approved(), NOW), claims_of(approved(), NOW + HOUR)
    assert first.expires_at == NOW + TOKEN_LIFE
    assert second.expires_at == NOW + HOUR + TOKEN_LIFE
    assert first.permit == second.permit
    last = claims_of(approved(), NOW + DAY - MINUTE)
    assert last.expires_at == NOW + DAY


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.APPROVED}))
def test_only_an_approval_has_a_permit(status):
    assert claims_of(in_state(status), NOW) is None


def test_an_approval_that_has_ended_has_no_permit():
    assert claims_of(approved(), NOW + DAY) is None
    assert running().permit is None


def test_no_token_outlives_its_minting_by_more_than_its_life():
    """Otherwise nobody could say when a key that was rotated is done with."""
    asked = submitted()
    patient = approved(replace(asked, terms=replace(asked.terms, not_before=10 * MINUTE)))
    claims = claims_of(patient, NOW)
    assert (claims.not_before, claims.expires_at) == (NOW + 10 * MINUTE, NOW + TOKEN_LIFE)


@given(st.integers(1, 10_000))
def test_a_permit_s_id_names_its_handoff_and_its_approval(sequence):
    assert handoff_of(permit_id("ho_01k9", sequence)) == "ho_01k9"


@pytest.mark.parametrize("text", ["", "pm_", "pm", "x", "pm_a", "_", "pm__1"])
def test_any_text_is_a_question_and_not_a_crash(text):
    assert handoff_of(text).startswith("ho_")


def test_times_are_kept_to_the_second():
    claims = claims_of(for_the_bank(approved()), NOW + timedelta(microseconds=1))
    assert said(claims)[1]["exp"] == seconds(NOW + TOKEN_LIFE)
