"""What is no JSON, too large or not as it must be: told precisely, refused as 4xx."""

import gzip
import io
import json

import pytest

from tests.api.callers import ARGS, ASK, Caller
from webapp.api.openapi import BASE

KB = 1024
LONG = "x" * 20_001


def nested(levels):
    return "[" * levels + "]" * levels


def ask_with(member):
    """Write an ask with one more member, given as JSON text."""
    return json.dumps(ASK)[:-1] + f", {member}}}"


def first(answer):
    return answer.status_code, answer.json["code"], answer.json["errors"][0]["code"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("{", "malformed"),
        ("{}{}", "malformed"),
        ("{'kind': 1}", "malformed"),
        (b'{"title": "\xff"}', "encoding"),
        (b"\xef\xbb\xbf{}", "malformed"),
        ("{}".encode("utf-16"), "encoding"),
        ('{"a": 1, "a": 1}', "duplicate_key"),
        ('{"a": NaN}', "number_range"),
        ('{"a": -Infinity}', "number_range"),
        ('{"a": 1e400}', "number_range"),
        ('{"a": 9007199254740992}', "integer_range"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"\\udc00": 1}', "surrogate"),
        ('{"a": "\\u0000"}', "nul"),
        (f'{{"a": {nested(32)}}}', "too_deep"),
        (f'{{"a": {nested(100_000)}}}', "too_deep"),
    ],
)
def test_what_is_not_strict_json_is_refused(agent, raw, code):
    answer = agent.post("/handoffs", raw=raw, key="a")
    assert first(answer) == (400, "malformed_body", code)


def test_a_duplicate_key_deep_inside_is_named_by_its_pointer(agent):
    answer = agent.post("/handoffs", raw=ask_with('"state": {"x": [{"a": 1, "a": 2}]}'), key="a")
    assert answer.json["errors"][0]["pointer"] == "/state/x/0/a"


def test_nesting_is_fine_up_to_32_levels(agent):
    answer = agent.post("/handoffs", raw=ask_with(f'"state": {nested(31)}'), key="a")
    assert answer.status_code == 201


def test_ten_thousand_keys_are_the_most(agent):
    few = len(ASK) + len(ASK["action"]) + len(ARGS) + 1
    most = {f"k{n}": 0 for n in range(10_000 - few)}
    assert agent.post("/handoffs", {**ASK, "state": most}, key="a").status_code == 201
    one_more = {**most, "k": 0}
    answer = agent.post("/handoffs", {**ASK, "state": one_more}, key="b")
    assert first(answer) == (400, "malformed_body", "too_many_keys")


@pytest.mark.parametrize("size", [KB * KB + 1, KB * KB + 2, 3 * KB * KB])
def test_a_body_beyond_1_mb_is_too_large(agent, size):
    answer = agent.post("/handoffs", raw=" " * size, key="a")
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("private", [False, True])
def test_states_beyond_256_kb_together_are_too_large_and_the_hint_says_what_to_do(agent, private):
    half = "x" * (128 * KB - 2)
    fits = {"state": half, "private_state": half}
    assert agent.post("/handoffs", {**ASK, **fits}, key="a").status_code == 201
    over = {**fits, "private_state" if private else "state": half + "x"}
    answer = agent.post("/handoffs", {**ASK, **over}, key="b")
    assert (answer.status_code, answer.json["code"]) == (413, "state_too_large")
    assert "key" in answer.json["hint"]


@pytest.mark.parametrize("raw", ["[]", "null", '"text"', "1", "true"])
def test_a_body_that_is_no_object_is_refused(agent, raw):
    answer = agent.post("/handoffs", raw=raw, key="a")
    assert first(answer) == (422, "invalid", "type")


@pytest.mark.parametrize(
    "declared",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=b",
    ],
)
def test_a_body_declared_as_something_else_is_refused(agent, declared):
    headers = {"Content-Type": declared, "Idempotency-Key": "a"}
    answer = agent.call("POST", f"{BASE}/handoffs", data=json.dumps(ASK), headers=headers)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "declared", ["application/json; charset=utf-8", "application/vnd.api+json", ""]
)
def test_json_by_any_of_its_names_is_taken(agent, declared):
    headers = {"Content-Type": declared, "Idempotency-Key": "a"}
    answer = agent.call("POST", f"{BASE}/handoffs", data=json.dumps(ASK), headers=headers)
    assert answer.status_code == 201


def test_a_compressed_body_is_refused(agent):
    headers = {"Content-Encoding": "gzip", "Idempotency-Key": "a"}
    packed = gzip.compress(json.dumps(ASK).encode())
    answer = agent.call("POST", f"{BASE}/handoffs", data=packed, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert "Content-Encoding" in answer.json["hint"]


def in_chunks(agent, body):
    """Send a body whose length nobody knows before its end."""
    return agent.call(
        "POST",
        f"{BASE}/handoffs",
        headers={"Idempotency-Key": "a", "Content-Type": "application/json"},
        input_stream=io.BytesIO(body),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )


def test_a_body_without_a_length_is_read(agent):
    assert in_chunks(agent, json.dumps(ASK).encode()).status_code == 201


def test_a_body_without_a_length_is_too_large_as_soon_as_it_is(agent):
    answer = in_chunks(agent, b" " * (KB * KB + 2))
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


WRONG = [
    ({"title": None}, "/title", "type"),
    ({"title": ""}, "/title", "minLength"),
    ({"title": "  "}, "/title", "minLength"),
    ({"title": "x" * 201}, "/title", "maxLength"),
    ({"kind": "favour"}, "/kind", "enum"),
    ({"confidence": 1.5}, "/confidence", "maximum"),
    ({"confidence": -0.1}, "/confidence", "minimum"),
    ({"confidence": "high"}, "/confidence", "type"),
    ({"confidence": True}, "/confidence", "type"),
    ({"action": "refund"}, "/action", "type"),
    ({"action": {"name": "a.b"}}, "/action/args", "required"),
    ({"action": {"name": "a.b", "args": {}, "arguments": {}}}, "/action/args", "required"),
    ({"action": {"name": "Refund!", "args": {}}}, "/action/name", "pattern"),
    ({"action": {"name": "a.b", "args": []}}, "/action/args", "type"),
    ({"action": None}, "/action", "required"),
    ({"reasoning": LONG}, "/reasoning", "maxLength"),
    ({"reasoning": [{"step": 1}]}, "/reasoning/0/text", "required"),
    ({"reasoning": [{"text": "x"}] * 101}, "/reasoning", "maxItems"),
    ({"reasoning": 7}, "/reasoning", "type"),
    ({"interpretations": []}, "/interpretations", "minItems"),
    ({"interpretations": [{"id": "a", "text": "x"}] * 2}, "/interpretations/1/id", "duplicate"),
    ({"alternatives": [{"action": {"name": "a"}}]}, "/alternatives/0/action/args", "required"),
    ({"evidence": [{"label": "x", "url": "javascript:1"}]}, "/evidence/0/url", "pattern"),
    ({"evidence": [{"label": "x"}] * 21}, "/evidence", "maxItems"),
    ({"tags": ["x"] * 21}, "/tags", "maxItems"),
    ({"tags": ["x" * 65]}, "/tags/0", "maxLength"),
    ({"tags": [1]}, "/tags/0", "type"),
    ({"request": {"text": "x", "form": "y"}}, "/request/form", "additionalProperties"),
    ({"response_schema": {}}, "/response_schema", "unexpected"),
    ({"allowed_decisions": ["shrug"]}, "/allowed_decisions/0", "enum"),
    ({"expires_in": "soon"}, "/expires_in", "duration"),
    ({"expires_in": "0s"}, "/expires_in", "duration"),
    ({"run_id": "x" * 256}, "/run_id", "maxLength"),
    ({"a/b~c": 1}, "/a~1b~0c", "additionalProperties"),
]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"), WRONG, ids=[f"{w[1]}-{w[2]}" for w in WRONG]
)
def test_each_field_that_is_wrong_is_named_with_what_would_be_accepted(
    agent, changes, pointer, code
):
    answer = agent.post("/handoffs", {**ASK, **changes}, key="a")
    found = answer.json["errors"][0]
    assert (answer.status_code, found["pointer"], found["code"]) == (422, pointer, code)
    assert found["expected"]


def test_all_wrong_fields_are_named_at_once(agent):
    wrong = {"title": 1, "confidence": 2, "tags": "x", "nonsense": 0}
    errors = agent.post("/handoffs", {**ASK, **wrong}, key="a").json["errors"]
    assert {one["pointer"] for one in errors} == {f"/{name}" for name in wrong}


def test_an_unknown_field_is_refused_with_a_guess(agent):
    answer = agent.post("/handoffs", {**ASK, "confidance": 0.9}, key="a")
    assert "did you mean confidence?" in answer.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"interpretations": None}, "/interpretations"),
        ({"action": ASK["action"]}, "/action"),
        ({"allowed_decisions": ["approve"]}, "/allowed_decisions/0"),
        ({"response_schema": {"type": "array"}}, "/response_schema/type"),
    ],
)
def test_a_question_is_held_to_what_a_question_is(agent, changes, pointer):
    question = {"kind": "question", "title": "?", "interpretations": [{"id": "a", "text": "A"}]}
    answer = agent.post("/handoffs", {**question, **changes}, key="a")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    "path", ["handoffs/x/withdraw", "runs/x/end", "handoffs/x/outcome", "permits/x/redeem"]
)
def test_every_body_of_an_agent_is_closed(agent, path):
    answer = agent.post(f"/{path}", {"nonsense": 1})
    pointers = {one["pointer"] for one in answer.json["errors"]}
    assert (answer.status_code, "/nonsense" in pointers) == (422, True)


@pytest.mark.parametrize(
    "path", ["handoffs/x/decisions", "handoffs/x/revoke", "stops", "stops/x/resume"]
)
def test_every_body_of_a_person_is_closed(ann, path):
    answer = ann.post(f"/{path}", {"nonsense": 1})
    pointers = {one["pointer"] for one in answer.json["errors"]}
    assert (answer.status_code, "/nonsense" in pointers) == (422, True)


def test_a_wrong_body_of_somebody_unknown_is_401(app):
    answer = Caller(app, "hp_x").post("/stops", {"nonsense": 1})
    assert answer.status_code == 401
