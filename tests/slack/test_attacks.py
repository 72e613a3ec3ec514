"""Forged, replayed, swollen and hostile requests from Slack decide nothing, reveal nothing and break nothing."""

import json
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from tests.slack.fake import FakeSlack, form_of, serving
from tests.slack.test_deciding import inputs, no, typed, whispers
from tests.worker.office import ANA
from webapp.domain.decision import Membership, Person, Role
from webapp.domain.handoff import Face, Status
from webapp.services.decide import decide

NESTED = "[" * 50_000 + "]" * 50_000
MEMBER = {"team": {"id": "T0DESK"}, "api_app_id": "A0HANDRAIL"}
HOSTILE = Person(
    id="us_hostile",
    email="<!channel>*b*@https://evil.example",
    name="<!channel>",
    memberships=(Membership(team="payments", role=Role.APPROVER),),
    face=Face.API,
)


def refused_at_the_door(served, body, **headers):
    """Post to the app as it stands, without the fake's own help."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return served.app.test_client().post(
        "/slack/interactions", data=body, headers=served.slack.headers(body) | given
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": "v0=\xe9\xff"},
        {"X_Slack_Request_Timestamp": "9" * 400},
        {"X_Slack_Request_Timestamp": "9" * 5000},
        {"X_Slack_Request_Timestamp": "-1"},
        {"X_Slack_Request_Timestamp": "\xb2"},
        {"X_Slack_Request_Timestamp": "1e9"},
        {"X_Slack_Request_Timestamp": "nan"},
    ],
)
def test_garbage_in_the_headers_is_not_signed_and_no_server_error(served, headers):
    assert refused_at_the_door(served, b"payload=%7B%7D", **headers).status_code == 401


def test_a_signature_holds_for_its_own_body_alone(served, ana):
    handoff, message = served.asked()
    deny = form_of(served.slack.pressed(ana, message, "deny"))
    approve = form_of(served.slack.pressed(ana, message, "approve"))
    signed = served.slack.headers(deny)
    answer = served.app.test_client().post("/slack/interactions", data=approve, headers=signed)
    assert answer.status_code == 401
    assert served.office.now(handoff).status is Status.PENDING


@pytest.mark.parametrize("size", [200_001, 3_000_000])
def test_what_is_too_large_is_refused_although_it_is_signed(served, size):
    body = b"payload=" + b"x" * size
    assert refused_at_the_door(served, body).status_code in {401, 413}


def oddly(user, **said):
    return MEMBER | {"user": {"id": user.id, "team_id": "T0DESK"}, **said}


ODD = [
    {"type": "block_actions", "actions": "approve"},
    {"type": "block_actions", "actions": ["approve", None, 7]},
    {"type": "block_actions", "actions": {"action_id": "approve"}},
    {"type": "block_actions", "actions": [{"action_id": {"a": 1}, "value": ["x"]}]},
    {"type": "block_actions", "actions": [{"action_id": "read:nt_1:1", "selected_option": 3}]},
    {"type": ["block_actions"]},
    {"type": "block_actions", "container": 7, "channel": "C1", "actions": [{"action_id": "deny"}]},
    {"type": "view_submission", "view": []},
    {"type": "view_submission", "view": {"callback_id": "deny", "private_metadata": "[" * 2900}},
    {"type": "view_submission", "view": {"callback_id": "deny", "private_metadata": '"abc"'}},
    {"type": "view_submission", "view": {"callback_id": ["deny"], "blocks": "x"}},
    {"type": "view_submission", "view": {"callback_id": "deny", "blocks": [7, {"type": "input"}]}},
    {
        "type": "view_submission",
        "view": {
            "callback_id": "edit",
            "private_metadata": '["nt_1:1", {}, []]',
            "state": {"values": {"note": {"value": {"value": {"a": 1}}}, "x": 1}},
        },
    },
    {"type": "event_callback", "event": {"type": "message", "bot_id": "B1", "text": "approve"}},
    {"type": "shortcut", "callback_id": "approve"},
]


@pytest.mark.parametrize("said", ODD)
def test_an_odd_payload_is_no_server_error(served, ana, said):
    with capture_logs() as log:
        answer = served.slack.send(oddly(ana, **said))
    assert answer.status_code in {200, 422}
    assert [one for one in log if one["log_level"] == "error"] == []


def test_a_payload_nested_beyond_reason_is_no_server_error(served):
    body = urlencode({"payload": NESTED}).encode()
    assert len(body) > 200_000 or served.slack.send_raw(body).status_code == 422
    short = urlencode({"payload": "[" * 60_000}).encode()
    assert served.slack.send_raw(short).status_code == 422


def test_whoever_may_not_see_a_handoff_decides_nothing_and_learns_nothing_of_it(served):
    eve = served.link("eve@example.org", team="elsewhere")
    handoff, message = served.asked()
    element = message.buttons()["approve"]
    served.slack.press(eve, message, "approve")
    assert served.office.now(handoff).status is Status.PENDING
    served.transact(decide, handoff.id, no(handoff), ANA)
    served.work()
    served.slack.press(eve, message, "approve", element=element)
    assert not any("ana@example.org" in said for said in whispers(served, 2))


def test_a_form_that_names_another_handoff_decides_nothing(served, ana):
    _, first = served.asked()
    other = served.office.ask()
    served.slack.press(ana, first, "deny")
    [view] = served.slack.state.views.values()
    copy, place, ts = json.loads(view["private_metadata"])
    for told in (
        [copy, place, "17.1"],
        [copy, "C9999", ts],
        [f"{other.id}:1", place, ts],
        ["", "", ""],
    ):
        tampered = view | {"private_metadata": json.dumps(told)}
        served.slack.state.views[view["id"]] = tampered
        answer = served.slack.submit(ana, view["id"], inputs(view, note=typed("No")))
        assert answer.json()["response_action"] == "errors"
    assert {one.status for one in map(served.office.now, (other,))} == {Status.PENDING}


def test_what_slack_says_to_call_is_never_called(served, ana):
    handoff, message = served.asked()
    with serving(FakeSlack()) as trap:
        address = f"{trap.url}actions/T0DESK/r1"
        trap.state.responses["r1"] = [trap.clock(), 0, "C1"]
        served.slack.press(ana, message, "approve", response_url=address)
        served.slack.press(ana, message, "deny", response_url=address)
        whispers(served)
    assert trap.state.responses["r1"][1] == 0
    assert served.office.now(handoff).status is Status.APPROVED


def test_what_is_said_to_one_person_alone_cannot_mention_link_or_format(served, ana):
    handoff, message = served.asked()
    element = message.buttons()["approve"]
    served.transact(decide, handoff.id, no(handoff), HOSTILE)
    served.slack.press(ana, message, "approve", element=element)
    whispers(served)
    [said] = served.slack.state.ephemerals
    assert "<" not in said["text"]
    [block] = said["blocks"]
    assert block["text"]["type"] == "plain_text"
    assert HOSTILE.email in block["text"]["text"]
