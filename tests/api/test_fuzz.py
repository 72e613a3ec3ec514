"""Hostile and random requests: every answer is as described, and none is a 500."""

import json
from itertools import count

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as spec

from tests.api.callers import ASK, QUESTION, READINGS
from webapp.api.catalogue import OPERATIONS
from webapp.api.openapi import BASE, document
from webapp.api.operations import Caller as By

QUICK = settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    checks.not_a_server_error,
    spec.status_code_conformance,
    spec.content_type_conformance,
    spec.response_headers_conformance,
    spec.response_schema_conformance,
]
# a stream has no end, and the description itself takes nothing
CALLS = [one for one in OPERATIONS if one.id not in {"events", "openapi"}]
TEXTS = st.text() | st.sampled_from(
    ["", "\0", "\ud800", "\u202e", "x" * 25_000, "javascript:1", "1e9d"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**53, -(2**53), 10**400, 1e308, -0.0])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
HOSTILE = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted({*document()["components"]["schemas"]["SubmissionBody"]["properties"], "nonsense"})
ASKS = st.sampled_from([ASK, QUESTION, {**ASK, "interpretations": READINGS, "state": {"a": [1]}}])
REFUSED = {400, 409, 413, 422}


@st.composite
def asks(draw):
    """Write an ask of which some members are hostile, at the top or inside of another."""
    ask = json.loads(json.dumps(draw(ASKS)))
    for name in draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3)):
        holder = ask.get("action") if draw(st.booleans()) else ask
        holder = holder if isinstance(holder, dict) else ask
        holder[draw(st.sampled_from(["args", "name", name]))] = draw(HOSTILE)
    return json.dumps(ask).encode()


@st.composite
def torn(draw):
    """Write a sound ask, then cut, double or overwrite some of its bytes."""
    raw = json.dumps(draw(ASKS)).encode()
    start = draw(st.integers(0, len(raw)))
    end = draw(st.integers(start, min(len(raw), start + 40)))
    return (
        raw[:start]
        + draw(st.binary(max_size=8))
        + raw[start:end] * draw(st.integers(0, 2))
        + raw[end:]
    )


@pytest.fixture
def schema(app):
    return schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", app)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_random_requests_are_answered_as_described(schema, agent, admin, pending, call, mode):
    who = admin if call.caller is By.PERSON else agent
    operation = schema[call.path][call.method.upper()]
    real = {"handoff_id": pending["id"], "permit_id": pending["id"].replace("ho_", "pm_") + "_2"}

    @QUICK
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def run(case, known):
        if known:
            case.path_parameters.update(
                {n: v for n, v in real.items() if n in case.path_parameters}
            )
            (case.query or {}).pop("wait", None)
        headers = {"Authorization": f"Bearer {who.secret}"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
    assert agent.get("/me").status_code == 200


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
SOUND = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1, 1) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_whatever_is_sound_is_recorded_and_comes_back(agent):
    names = count()

    @settings(QUICK, max_examples=60)
    @given(args=st.dictionaries(WORDS, SOUND, max_size=4), state=SOUND, title=WORDS)
    def run(args, state, title):
        action = {"name": "notes.write", "args": args}
        ask = {"title": f"t {title}", "action": action, "state": state, "private_state": args}
        handoff = agent.read(agent.submit(f"k{next(names)}", **ask))
        assert (handoff["action"], handoff["resume"]["private_state"]) == (action, args)
        assert handoff["state"] == handoff["resume"]["state"] == state

    run()


@pytest.mark.parametrize("bodies", [asks(), torn(), st.binary()], ids=["hostile", "torn", "bytes"])
def test_whatever_is_submitted_is_recorded_or_refused(agent, bodies):
    names = count()

    @settings(QUICK, max_examples=150)
    @given(raw=bodies)
    def run(raw):
        answer = agent.post("/handoffs", raw=raw, key=f"k{next(names)}")
        assert answer.status_code == 201 or answer.status_code in REFUSED

    run()
    listed = agent.get("/handoffs", limit=100)
    assert listed.status_code == 200


def test_whatever_the_query_holds_is_answered_or_refused(agent, pending):
    names = st.sampled_from(["key", "status", "run_id", "since", "cursor", "limit", "wait", "x"])
    texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["0", "٣", "-1"])

    @settings(QUICK, max_examples=150)
    @given(query=st.dictionaries(names, texts, max_size=3))
    def run(query):
        assert agent.get("/handoffs", **query).status_code in {200, 422}
        query.pop("wait", None)
        assert agent.get(f"/handoffs/{pending['id']}", **query).status_code in {200, 422}

    run()
    assert agent.read(pending) == pending
