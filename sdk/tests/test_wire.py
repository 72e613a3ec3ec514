"""What the client does when the desk is away, busy or refuses."""

from __future__ import annotations

import httpx
import pytest

from handrail import (
    AlreadyRedeemed,
    ApiError,
    Conflict,
    Forbidden,
    HandrailError,
    IdempotencyConflict,
    Invalid,
    NotAuthenticated,
    NotFound,
    PermitUnusable,
    PolicyChanged,
    Retry,
    ServerError,
    Stopped,
    TooManyRequests,
    TransportError,
    WorldChanged,
)

LOST = httpx.ReadError("lost")
NOBODY_HOME = httpx.ConnectError("refused")


def ask(client):
    return client.submit(key="refund:8841", title="Refund order 8841")


@pytest.mark.parametrize("failure", [LOST, NOBODY_HOME, httpx.Response(502)])
def test_a_submission_is_repeated_under_its_key(client, desk, failure):
    desk.will_say(failure, desk.pending())
    assert ask(client).id == "ho_1"
    assert desk.keys == ["refund:8841", "refund:8841"]


def test_it_gives_up_after_the_attempts_allowed(client, desk):
    desk.will_say(LOST, LOST, LOST)
    with pytest.raises(TransportError, match=r"POST http://desk/api/v1/handoffs: lost"):
        ask(client)
    assert len(desk.asked) == 3


def test_pauses_grow(client, desk, clock):
    desk.will_say(LOST, LOST, desk.pending())
    ask(client)
    assert clock.slept == [0.25, 0.5]


def test_pauses_are_shortened_by_chance_to_half_at_most():
    assert [Retry().pause(3, jitter) for jitter in (0.0, 1.0)] == [0.5, 1.0]


def test_pauses_have_an_upper_end():
    assert Retry(longest=15).pause(10_000, 1.0) == 15


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(client, desk, clock, status):
    desk.will_say(httpx.Response(status, headers={"Retry-After": "7"}), desk.pending())
    ask(client)
    assert clock.slept == [7.0]


def test_a_retry_after_that_is_no_number_is_not_honoured(client, desk, clock):
    desk.will_say(httpx.Response(503, headers={"Retry-After": "soon"}), desk.pending())
    ask(client)
    assert clock.slept == [0.25]


def test_a_refusal_is_not_repeated(client, desk):
    desk.will_say(desk.problem(422, "invalid"))
    with pytest.raises(Invalid):
        ask(client)
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "malformed_body", Invalid),
        (401, "not_authenticated", NotAuthenticated),
        (403, "forbidden", Forbidden),
        (404, "not_found", NotFound),
        (409, "idempotency_conflict", IdempotencyConflict),
        (409, "already_redeemed", AlreadyRedeemed),
        (409, "permit_expired", PermitUnusable),
        (409, "policy_changed", PolicyChanged),
        (409, "world_changed", WorldChanged),
        (409, "stopped", Stopped),
        (409, "not_pending", Conflict),
        (413, "state_too_large", Invalid),
        (418, "teapot", ApiError),
        (422, "invalid", Invalid),
        (429, "too_many_requests", TooManyRequests),
        (500, "error", ServerError),
    ],
)
def test_each_refusal_has_its_class(client, desk, status, code, kind):
    desk.will_say(*[desk.problem(status, code) for _ in range(3)])
    with pytest.raises(ApiError) as caught:
        ask(client)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.code) == (status, code)


def test_an_error_says_what_to_repair(client, desk):
    wrong = {
        "pointer": "/action/args/amount",
        "code": "pattern",
        "message": "no",
        "expected": "1.00",
    }
    desk.will_say(desk.problem(422, "invalid", errors=[wrong], hint="Money is a string."))
    with pytest.raises(Invalid) as caught:
        ask(client)
    assert caught.value.errors[0].pointer == "/action/args/amount"
    assert str(caught.value) == "invalid. [invalid]; /action/args/amount: no; Money is a string."


def test_a_conflict_names_the_handoff_in_the_way(client, desk):
    desk.will_say(desk.problem(409, "idempotency_conflict", handoff={"id": "ho_7"}))
    with pytest.raises(IdempotencyConflict) as caught:
        ask(client)
    assert caught.value.handoff_id == "ho_7"


def test_an_answer_that_is_no_problem_document_is_still_an_error(client, desk):
    desk.will_say(httpx.Response(404, text="<h1>Not here</h1>"))
    with pytest.raises(NotFound, match=r"HTTP 404 \[http_404\]"):
        client.get("ho_1")


def test_a_page_where_json_was_due_counts_as_no_answer(client, desk):
    desk.will_say(*[httpx.Response(200, text="<h1>Sign in to this network</h1>")] * 3)
    with pytest.raises(TransportError, match="something else than JSON"):
        client.get("ho_1")


def test_names_are_quoted_in_addresses(client, desk):
    desk.will_say({"withdrawn": []})
    client.end_run("night run?")
    assert desk.asked[0].url.raw_path == b"/api/v1/runs/night%20run%3F/end"


def test_one_error_catches_them_all():
    assert issubclass(ApiError, HandrailError)
    assert issubclass(TransportError, HandrailError)


def test_the_key_goes_along_as_a_bearer(client, desk):
    desk.will_say({"agent": "billing-agent"})
    client.me()
    assert desk.asked[0].headers["Authorization"] == "Bearer hr_1"


def test_what_has_changed_since_the_approval_is_told(client, desk):
    moved = [{"pointer": "/status", "was": "open", "is": "refunded"}]
    desk.will_say(desk.problem(409, "world_changed", differences=moved))
    with pytest.raises(WorldChanged) as caught:
        ask(client)
    assert caught.value.differences == moved
