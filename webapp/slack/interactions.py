"""What people press and send in Slack, whichever way it comes to us: read it, call one service, say what came of it.

Nothing here knows of HTTP or of the socket. Slack wants an answer within three seconds and people within one: a button
is acknowledged before that, however long it takes, and what takes longer than two is not done, and said so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import structlog

from webapp.desk import Desk
from webapp.domain import argument_form, argument_values
from webapp.domain.argument_form import Field
from webapp.domain.errors import (
    ArgsInvalid,
    Forbidden,
    HandrailError,
    NotLinked,
    SubmissionInvalid,
)
from webapp.domain.handoff import Kind, Verb
from webapp.gateways import slack_modal
from webapp.gateways.slack import Slack
from webapp.gateways.slack_message import whispered
from webapp.gateways.slack_modal import Pressed
from webapp.services import chat, refusals
from webapp.services.chat import TOO_SLOW, Press, Saying, Sight
from webapp.services.chat_links import link_address
from webapp.slack.last_call import NOBODY_KNOWS, LastCall

log = structlog.stdlib.get_logger("handrail.slack")
IN_TIME = 2.0  # seconds in which a decision is recorded, or not at all
AT_ONCE = 0.7  # seconds after which a button is acknowledged, whatever comes of it
THREADS = 16
KNOWN_FOR = 60.0  # seconds that we remember that somebody is a member of the workspace
PASSING = frozenset({"unavailable", "lost_race", "not_now"})  # nothing was decided
OPENS = frozenset({"deny", "ask", "edit", "answer"})
MODAL_VERBS = {
    "deny": Verb.DENY,
    "ask": Verb.REQUEST_CHANGES,
    "edit": Verb.EDIT,
    "answer": Verb.RESPOND,
}
NOT_A_MEMBER = "Only members of this workspace decide here: guests, apps and people of other workspaces do not."
BROKEN = (
    "Something went wrong on Handrail's side: look at the message again, or open it in Handrail."
)
FOREIGN = "This comes from another workspace than the one that Handrail is installed in."


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who in Slack did something, and where: what Slack says of it."""

    workspace: str
    user: str
    place: str
    ts: str
    trigger: str
    call: LastCall


Answer = Mapping[str, Any] | None
Take = Callable[[Mapping[str, Any], Caller], Answer]


class Interactions:
    """One process's way of taking what Slack sends; `at_once` is after how many seconds a button is acknowledged."""

    def __init__(self, desk: Desk, slack: Slack) -> None:
        self.desk, self.slack, self.at_once = desk, slack, AT_ONCE
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="slack")
        self._presses = ThreadPoolExecutor(THREADS, thread_name_prefix="slack-press")
        self._members: dict[str, float] = {}

    def handle(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take one interaction and give the answer that Slack wants at once, None for an empty one. Never raises."""
        caller = caller_of(payload)
        if payload.get("type") == "block_actions":
            taken = self._presses.submit(self._take, self._pressed, payload, caller)
            wait([taken], self.at_once)
            taken.add_done_callback(partial(self._complain, caller))
            return None
        if payload.get("type") == "view_submission":
            return self._take(self._sent, payload, caller)
        return None

    def close(self) -> None:
        """Wait for what is still being recorded and said."""
        self._presses.shutdown(wait=True)
        self._threads.shutdown(wait=True)

    def _take(self, take: Take, payload: Mapping[str, Any], caller: Caller) -> Answer:
        """Take it from somebody who may, and say what stands against it."""
        try:
            self._insist_on_member(payload, caller)
            return take(payload, caller)
        except HandrailError as error:
            return self._refuse(payload, caller, error)

    # ---- who it is

    def _insist_on_member(self, payload: Mapping[str, Any], caller: Caller) -> None:
        """Raise Forbidden for anybody but a member of the workspace that the app is installed in."""
        here = self.slack.workspace
        home = {one for one in (here.team, here.enterprise) if one}
        own_team = str(_object(payload, "user").get("team_id") or caller.workspace)
        app = payload.get("api_app_id")
        if caller.workspace not in home or own_team not in home:
            raise Forbidden(FOREIGN)
        if here.app and app != here.app:
            raise Forbidden("This comes from another app.")
        if time.monotonic() - self._members.get(caller.user, -KNOWN_FOR) < KNOWN_FOR:
            return
        if not self.slack.user(caller.user).is_member:
            raise Forbidden(NOT_A_MEMBER)
        self._members[caller.user] = time.monotonic()

    # ---- buttons

    def _pressed(self, payload: Mapping[str, Any], caller: Caller) -> None:
        for action in _objects(payload, "actions"):
            name, value = str(action.get("action_id", "")), str(action.get("value", ""))
            if name == "approve":
                self._decide(_press(caller, value), Saying(verb=Verb.APPROVE), caller.call)
            elif name in OPENS:
                self._open(name, _press(caller, value), caller)
            elif name.startswith("read:"):
                press = _press(caller, name.removeprefix("read:"))
                self._choose(press, action, caller.call)

    def _choose(self, press: Press, action: Mapping[str, Any], call: LastCall) -> None:
        """Take a reading that was chosen from the list: it answers a question, or is an edit of an action."""
        chosen = str(_object(action, "selected_option").get("value", ""))
        sight = self._look(press, call)
        if sight.handoff.kind is Kind.QUESTION:
            saying = Saying(verb=Verb.RESPOND, response={"interpretation": chosen})
        else:
            saying = Saying(verb=Verb.EDIT, interpretation=chosen)
        self._decide(press, saying, call)

    def _open(self, name: str, press: Press, caller: Caller) -> None:
        sight = self._look(press, caller.call)
        pressed = Pressed(copy=press.name, place=press.place, ts=press.ts)
        self.slack.open_view(caller.trigger, _view(name, sight, pressed))

    # ---- modals

    def _sent(self, payload: Mapping[str, Any], caller: Caller) -> Mapping[str, Any] | None:
        view = _object(payload, "view")
        pressed = slack_modal.remembered(str(view.get("private_metadata", "")))
        verb = MODAL_VERBS.get(str(view.get("callback_id", "")))
        if pressed is None or verb is None:
            raise SubmissionInvalid("This form is not one of Handrail's.")
        given = slack_modal.said(_object(_object(view, "state"), "values"))
        press = Press(
            workspace=caller.workspace,
            slack_user=caller.user,
            name=pressed.copy,
            place=pressed.place,
            ts=pressed.ts,
        )
        saying = self._saying(verb, press, given, caller.call)
        self._decide(press, saying, caller.call)
        return {"response_action": "clear"}

    def _saying(
        self, verb: Verb, press: Press, given: Mapping[str, str | None], call: LastCall
    ) -> Saying:
        """Read what was sent. Raises ArgsInvalid and SubmissionInvalid, with problems by field."""
        note = slack_modal.note_of(given)
        if verb is Verb.EDIT:
            return Saying(verb=verb, note=note, args=self._typed(press, given, call))
        if verb is Verb.RESPOND and slack_modal.READING in given:
            return Saying(verb=verb, note=note, response={"interpretation": given["reading"]})
        if verb is Verb.RESPOND:
            return Saying(verb=verb, note=note, response=self._typed(press, given, call))
        return Saying(verb=verb, note=note)

    def _typed(
        self, press: Press, given: Mapping[str, str | None], call: LastCall
    ) -> Mapping[str, Any]:
        made = fields_of(self._look(press, call))
        posted = argument_values.read(tuple(made), slack_modal.posted(made, given))
        if posted.problems:
            raise ArgsInvalid("Some fields are not as they must be.", problems=posted.problems)
        return cast("Mapping[str, Any]", posted.value)

    # ---- what they share

    def _decide(self, press: Press, saying: Saying, call: LastCall) -> None:
        decides = partial(chat.decide_there, press=press, saying=saying, late=call.missed)
        call.wait(self._threads.submit(self.desk.transact, decides))

    def _look(self, press: Press, call: LastCall) -> Sight:
        read = partial(chat.look, press=press)
        return call.wait(self._threads.submit(self.desk.read, read))

    def _refuse(
        self, payload: Mapping[str, Any], caller: Caller, error: HandrailError
    ) -> Mapping[str, Any] | None:
        """Say what stood against it: in the modal, or to that person alone; and keep it."""
        log.warning(
            "refused in Slack", user=caller.user, workspace=caller.workspace, code=error.code
        )
        if isinstance(error, Forbidden | NotLinked):
            self._threads.submit(self._keep, _named(payload), caller, error)
        said = error.detail
        if error.code in PASSING and said != NOBODY_KNOWS:
            said = TOO_SLOW
        if payload.get("type") == "view_submission":
            return self._wrong(payload, error, said)
        address = self._address(caller) if isinstance(error, NotLinked) else None
        self._threads.submit(self._whisper, caller, said, address)
        return None

    def _keep(self, name: str, caller: Caller, error: HandrailError) -> None:
        """Write down who had no right."""
        try:
            self.desk.transact(
                lambda work: refusals.note(work, caller.workspace, caller.user, name, error)
            )
        except HandrailError as trouble:
            log.warning("a refusal was not kept", user=caller.user, error=trouble.detail)

    def _complain(self, caller: Caller, taken: Future[Answer]) -> None:
        """Keep in the log what nobody foresaw, and say to whoever pressed that it failed: Slack has had our answer."""
        error = taken.exception()
        if error is not None:
            log.error("a press failed", exc_info=error)
            self._threads.submit(self._whisper, caller, BROKEN, None)

    def _address(self, caller: Caller) -> str:
        """Give where somebody says who they are."""
        keyring, here = self.desk.store.keyring, self.desk.config.public_url
        return link_address(keyring, here, caller.workspace, caller.user)

    def _wrong(
        self, payload: Mapping[str, Any], error: HandrailError, said: str
    ) -> Mapping[str, Any]:
        blocks = _objects(_object(payload, "view"), "blocks")
        inputs = [str(one.get("block_id")) for one in blocks if one.get("type") == "input"]
        told: dict[str, str] = {}
        for one in error.problems:
            place = (
                one.pointer.removeprefix("/action").removeprefix("/args").removeprefix("/response")
            )
            name = "note" if one.pointer == "/note" else place
            told.setdefault(name if name in inputs else "", one.message)
        return slack_modal.errors(told or {"": said}, inputs[-1] if inputs else slack_modal.NOTE)

    def _whisper(self, caller: Caller, said: str, address: str | None) -> None:
        """Say it to that person alone, and let a message that is outdated show that it is."""
        try:
            self.slack.whisper(caller.place, caller.user, *whispered(said, address))
        except HandrailError as error:
            log.warning("could not say it in Slack", user=caller.user, error=error.detail)


def caller_of(payload: Mapping[str, Any]) -> Caller:
    """Read who did something, and where."""
    team, enterprise = _object(payload, "team"), _object(payload, "enterprise")
    user, container = _object(payload, "user"), _object(payload, "container")
    return Caller(
        workspace=str(enterprise.get("id") or team.get("id") or ""),
        user=str(user.get("id", "")),
        place=str(container.get("channel_id") or _object(payload, "channel").get("id") or ""),
        ts=str(container.get("message_ts", "")),
        trigger=str(payload.get("trigger_id", "")),
        call=LastCall(IN_TIME),
    )


def fields_of(sight: Sight) -> tuple[Field, ...]:
    """Give the fields of what can be changed or answered."""
    if sight.handoff.action is not None:
        schema = sight.action_type.args if sight.action_type else None
        return argument_form.fields(schema, dict(sight.handoff.action.args))
    wanted = sight.claim.get("response_schema")
    return argument_form.fields(wanted, {}) if wanted else ()


def _view(name: str, sight: Sight, pressed: Pressed) -> Mapping[str, Any]:
    made = fields_of(sight)
    if name == "deny":
        return slack_modal.deny(sight.notice, pressed)
    if name == "ask":
        return slack_modal.ask(sight.notice, pressed)
    if made and not slack_modal.fits(made):
        raise Forbidden("This has more, or other, fields than fit here: open it in Handrail.")
    if name == "edit":
        return slack_modal.edit(sight.notice, pressed, made)
    return slack_modal.answer(sight.notice, pressed, made)


def _named(payload: Mapping[str, Any]) -> str:
    """Give what the button carried, or the form that it opened; empty where that is nothing of ours."""
    for action in _objects(payload, "actions"):
        return str(action.get("value") or str(action.get("action_id", "")).removeprefix("read:"))
    held = slack_modal.remembered(str(_object(payload, "view").get("private_metadata", "")))
    return held.copy if held else ""


def _press(caller: Caller, name: str) -> Press:
    return Press(
        workspace=caller.workspace,
        slack_user=caller.user,
        name=name,
        place=caller.place,
        ts=caller.ts,
    )


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, Mapping) else {}


def _objects(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
