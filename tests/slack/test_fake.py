"""The fake Slack refuses what Slack refuses: a test that it lets pass proves something."""

import httpx
import pytest

from tests.slack.fake import FakeSlack, serving
from tests.slack.rules import MOST_CHARACTERS, Refused
from tests.slack.second_judge import judge_blocks, judge_modal

HI = {"type": "plain_text", "text": "hi"}
SECTION = {"type": "section", "text": HI}
TYPED = {"type": "plain_text_input", "action_id": "value"}


@pytest.fixture
def slack():
    with serving(FakeSlack()) as there:
        yield there


def call(slack, method, token=FakeSlack.token, **body):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{slack.url}{method}", json=body, headers=headers, timeout=10)


def button(**changes):
    return {"type": "button", "text": HI, "action_id": "a", "value": "v"} | changes


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def text_of(length, kind="mrkdwn"):
    return {"type": kind, "text": "x" * length}


def test_a_message_is_posted_and_redrawn(slack):
    channel = slack.add_channel("refunds")
    posted = call(slack, "chat.postMessage", channel="#refunds", text="hi", blocks=[SECTION]).json()
    call(slack, "chat.update", channel=posted["channel"], ts=posted["ts"], text="done")
    [message] = slack.messages(channel)
    assert (posted["ok"], message.text, message.blocks, message.edits) == (True, "done", [], 1)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": text_of(3001)},
        {"type": "section", "fields": [text_of(2001)]},
        {"type": "section", "fields": [HI] * 11},
        {"type": "section"},
        {"type": "header", "text": text_of(151, "plain_text")},
        {"type": "header", "text": text_of(10)},
        {"type": "context", "elements": [HI] * 11},
        {"type": "context", "elements": []},
        actions(),
        actions(button(), button()),
        actions(button(text=text_of(76, "plain_text"))),
        actions(button(value="v" * 2001)),
        actions(button(action_id="a" * 256)),
        actions(button(style="green")),
        actions({"type": "static_select", "action_id": "s", "options": []}),
        {"type": "marquee"},
    ],
)
def test_what_breaks_a_limit_is_refused(slack, block):
    channel = slack.add_channel("refunds")
    answer = call(slack, "chat.postMessage", channel=channel, text="hi", blocks=[block]).json()
    assert (answer["ok"], answer["error"], slack.messages()) == (False, "invalid_blocks", [])


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": text_of(3001)},
        {"type": "section", "fields": [HI] * 11},
        {"type": "section"},
        {"type": "section", "text": HI, "colour": "red"},
        {"type": "header", "text": text_of(151, "plain_text")},
        {"type": "context", "elements": [HI] * 11},
        {"type": "divider", "block_id": "b" * 256},
        actions(*[button()] * 26),
        actions(button(style="green")),
        actions(button(text=text_of(76, "plain_text"))),
        actions(button(value="v" * 2001)),
        actions({"type": "static_select", "action_id": "s"}),
        actions({"type": "lever", "action_id": "s"}),
        {"type": "input", "label": text_of(2001, "plain_text"), "element": TYPED},
        {"type": "input", "label": HI},
        {"type": "marquee"},
    ],
)
def test_slacks_own_models_refuse_it_too(block):
    with pytest.raises(Refused):
        judge_blocks([block])


@pytest.mark.parametrize(
    "change",
    [
        {"title": text_of(25, "plain_text")},
        {"submit": text_of(25, "plain_text")},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"blocks": [SECTION] * 101},
        {"type": "window"},
    ],
)
def test_slacks_own_models_refuse_a_broken_modal(change):
    view = {"type": "modal", "title": HI, "blocks": [SECTION]}
    judge_modal(view)
    with pytest.raises(Refused):
        judge_modal(view | change)


def test_what_only_slacks_own_models_refuse_is_refused_by_the_fake(slack):
    channel, odd = slack.add_channel("refunds"), SECTION | {"colour": "red"}
    answer = call(slack, "chat.postMessage", channel=channel, text="hi", blocks=[odd]).json()
    assert (answer["error"], slack.messages()) == ("invalid_blocks", [])
    view = {"type": "modal", "title": HI, "blocks": [SECTION], "callback_id": "x" * 256}
    answer = call(slack, "views.open", trigger_id=slack.new_trigger(), view=view).json()
    assert (answer["ok"], slack.state.views) == (False, {})


def test_too_many_blocks_and_too_many_characters_are_refused(slack):
    channel = slack.add_channel("refunds")
    for blocks, error in (
        ([SECTION] * 51, "invalid_blocks"),
        (
            [{"type": "section", "text": text_of(2500)}] * (MOST_CHARACTERS // 2500 + 1),
            "msg_blocks_too_long",
        ),
    ):
        answer = call(slack, "chat.postMessage", channel=channel, text="hi", blocks=blocks).json()
        assert answer["error"] == error


def test_a_trigger_opens_one_modal_within_three_seconds():
    now = [100.0]
    view = {"type": "modal", "title": HI, "blocks": [SECTION]}
    with serving(FakeSlack(clock=lambda: now[0])) as slack:
        first, late = slack.new_trigger(), slack.new_trigger()
        assert call(slack, "views.open", trigger_id=first, view=view).json()["ok"] is True
        again = call(slack, "views.open", trigger_id=first, view=view).json()
        now[0] += 3.1
        too_late = call(slack, "views.open", trigger_id=late, view=view).json()
    assert (again["error"], too_late["error"]) == ("exchanged_trigger_id", "expired_trigger_id")


def test_a_response_url_serves_five_times_for_half_an_hour():
    now = [100.0]
    with serving(FakeSlack(clock=lambda: now[0])) as slack:
        message = {
            "channel": slack.add_channel("refunds"),
            "text": "hi",
            "blocks": [actions(button())],
        }
        call(slack, "chat.postMessage", **message)
        user, [posted] = slack.add_user("ana@example.org", "Ana"), slack.messages()
        address = slack.pressed(user, posted, "a")["response_url"]
        statuses = [httpx.post(address, json={"text": "x"}).status_code for _ in range(6)]
        other = slack.pressed(user, posted, "a")["response_url"]
        now[0] += 1801
        late = httpx.post(other, json={"text": "x"}).status_code
    assert (statuses, late) == ([200] * 5 + [404], 404)


def test_one_message_a_second_is_taken_in_each_channel():
    now = [100.0]
    with serving(FakeSlack(rates=True, clock=lambda: now[0])) as slack:
        one, other = slack.add_channel("one"), slack.add_channel("other")
        answers = [call(slack, "chat.postMessage", channel=c, text="hi") for c in (one, one, other)]
        now[0] += 1.0
        later = call(slack, "chat.postMessage", channel=one, text="hi")
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert (answers[1].headers["Retry-After"], later.status_code) == ("1", 200)


def test_the_next_call_goes_wrong_in_the_way_that_was_named(slack):
    channel = slack.add_channel("refunds")
    slack.fail("chat.postMessage", "is_archived", "http:503", "429:7", "after")
    post = {"channel": channel, "text": "hi"}
    assert call(slack, "chat.postMessage", **post).json()["error"] == "is_archived"
    assert call(slack, "chat.postMessage", **post).status_code == 503
    assert call(slack, "chat.postMessage", **post).headers["Retry-After"] == "7"
    with pytest.raises(httpx.HTTPError):
        call(slack, "chat.postMessage", **post)
    assert len(slack.messages(channel)) == 1


@pytest.mark.parametrize(
    ("method", "body", "error"),
    [
        ("chat.postMessage", {"channel": "C9", "text": "hi"}, "channel_not_found"),
        ("chat.update", {"channel": "C9", "ts": "1", "text": "hi"}, "channel_not_found"),
        ("users.lookupByEmail", {"email": "nobody@example.org"}, "users_not_found"),
        ("chat.delete", {}, "unknown_method"),
    ],
)
def test_what_is_not_there_is_named(slack, method, body, error):
    assert call(slack, method, **body).json()["error"] == error


def test_a_wrong_token_is_refused(slack):
    assert call(slack, "auth.test", token="xoxb-no").json()["error"] == "invalid_auth"
