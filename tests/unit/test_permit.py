"""Permit tokens: whose they are, what they say, and when they are good."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import DAY, HOUR, MINUTE, NOW, approved, in_state, running, submitted
from webapp.domain.errors import PermitUnusable
from webapp.domain.handoff import Status
from webapp.domain.permit import (
    TOKEN_LIFE,
    SigningKey,
    claims_of,
    handoff_of,
    permit_id,
    sign,
    verify,
)

KEY = SigningKey(kid="sk_1", private=Ed25519PrivateKey.from_private_bytes(b"k" * 32))
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
PUBLIC = KEY.private.public_key()


def token(now=NOW, handoff=None):
    return sign(claims_of(handoff or approved(), now), KEY)


def test_a_token_says_who_may_run_which_action_once():
    claims = verify(token(), PUBLIC, NOW)
    assert claims == claims_of(approved(), NOW)
    assert (claims.agent, claims.handoff) == ("payer", "ho_1")
    assert claims.fingerprint == approved().fingerprint
    assert claims.permit == approved().permit.id


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


@pytest.mark.parametrize("at", [NOW - MINUTE, NOW + TOKEN_LIFE, NOW + DAY])
def test_a_token_is_good_only_in_its_time(at):
    with pytest.raises(PermitUnusable, match="not good"):
        verify(token(), PUBLIC, at)


def test_a_token_that_must_wait_is_good_from_then_on():
    asked = submitted()
    patient = approved(replace(asked, terms=replace(asked.terms, not_before=10 * MINUTE)))
    with pytest.raises(PermitUnusable):
        verify(token(handoff=patient), PUBLIC, NOW)
    later = NOW + 10 * MINUTE
    assert verify(token(handoff=patient), PUBLIC, later).not_before == later


def test_a_token_of_another_key_is_refused():
    forged = sign(claims_of(approved(), NOW), SigningKey(kid="sk_1", private=OTHER))
    with pytest.raises(PermitUnusable, match="signed"):
        verify(forged, PUBLIC, NOW)


@given(st.integers(0, 400), st.sampled_from("AQgw_-."))
def test_a_token_that_was_changed_is_refused(place, character):
    true = token()
    changed = true[: place % len(true)] + character + true[place % len(true) + 1 :]
    # the last character of a signature carries bits that mean nothing
    if changed != true and place % len(true) < len(true) - 1:
        with pytest.raises(PermitUnusable):
            verify(changed, PUBLIC, NOW)
    else:
        assert true.count(".") == 2


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(PermitUnusable):
        verify(text, PUBLIC, NOW)


@given(st.integers(1, 10_000))
def test_a_permit_s_id_names_its_handoff_and_its_approval(sequence):
    assert handoff_of(permit_id("ho_01k9", sequence)) == "ho_01k9"


@pytest.mark.parametrize("text", ["", "pm_", "pm", "x", "pm_a", "_", "pm__1"])
def test_any_text_is_a_question_and_not_a_crash(text):
    assert handoff_of(text).startswith("ho_")


def test_times_are_kept_to_the_second():
    claims = claims_of(approved(), NOW + timedelta(microseconds=1))
    assert verify(sign(claims, KEY), PUBLIC, NOW).expires_at == NOW + TOKEN_LIFE
