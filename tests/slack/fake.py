"""A Slack of our own: it keeps Slack's limits, rates and lifetimes, and signs what it sends.

It holds one workspace in memory. Methods answer as Slack's do, with `ok: false` and Slack's own error codes where a
limit is broken. `fail` makes the next calls of a method go wrong in a named way; nothing else is left to chance.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

from tests.slack.rules import Refused, check_message, check_modal
from tests.slack.second_judge import judge_blocks, judge_modal

TRIGGER_LIFE = 3.0  # seconds
RESPONSE_LIFE = 1800.0  # seconds
RESPONSE_USES = 5
TEAM = "T0DESK"
APP = "A0HANDRAIL"


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody in the workspace."""

    id: str
    email: str
    name: str
    team: str = TEAM
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False  # a guest

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_stranger": self.team != TEAM,
            "tz": "Europe/Berlin",
            "profile": {"email": self.email, "real_name": self.name},
        }


@dataclass(slots=True, kw_only=True)
class Posted:
    """A message as it stands in a channel."""

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread: str | None
    metadata: Mapping[str, Any] | None
    edits: int = 0

    def buttons(self) -> dict[str, dict[str, Any]]:
        """Give the elements that can be pressed, by their action_id."""
        return {
            one["action_id"]: one | {"block_id": block.get("block_id", "")}
            for block in self.blocks
            if block["type"] == "actions"
            for one in block["elements"]
        }

    def words(self) -> str:
        """Give all that the message says, as one text."""
        return json.dumps([self.text, self.blocks], ensure_ascii=False)


@dataclass(slots=True, kw_only=True)
class Trigger:
    """A leave to open one modal, for three seconds."""

    born: float
    used: bool = False


@dataclass(slots=True)
class State:
    """All that the workspace holds."""

    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    messages: dict[tuple[str, str], Posted] = field(default_factory=dict)
    ephemerals: list[dict[str, Any]] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    responses: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class FakeSlack:
    """One workspace with its Web API on a port of its own.

    `request_url` is where interactions are sent to, as an app's settings name it. `rates` turns on the limit of one
    message a second in each channel; `delay` makes every answer take so many seconds.
    """

    token = "xoxb-fake"
    app_token = "xapp-fake"
    signing_secret = "a signing secret of the fake"

    def __init__(self, *, rates: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.state = State()
        self.request_url = ""
        self.socket_url = ""
        self.delay = 0.0
        self.rates = rates
        self.clock = clock
        self.url = ""
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._faults: dict[str, deque[str]] = defaultdict(deque)
        self._last: dict[str, float] = {}
        self._arrived = threading.Condition(self._lock)

    # ---- what a test prepares and asks

    def add_user(self, email: str, name: str, **traits: Any) -> User:
        """Let somebody join."""
        user = User(id=f"U{next(self._numbers):04}", email=email, name=name, **traits)
        self.state.users[user.id] = user
        return user

    def add_channel(self, name: str) -> str:
        """Open a channel and give its id."""
        found = f"C{next(self._numbers):04}"
        self.state.channels[found] = name
        return found

    def fail(self, method: str, *ways: str) -> None:
        """Make the next calls of a method go wrong: `http:503`, `429:2`, `hang:5`, `after` (no answer), a code."""
        self._faults[method].extend(ways)

    def heal(self) -> None:
        """Let everything go well from now on."""
        self._faults.clear()

    def messages(self, channel: str | None = None) -> list[Posted]:
        """List the messages, oldest first, of one channel or of all."""
        with self._lock:
            found = [one for one in self.state.messages.values() if channel in {None, one.channel}]
        return sorted(found, key=lambda one: one.ts)

    def wait_for(self, found: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Return what `found` gives as soon as that is something; fail when the time is up."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while not (given := found()):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not seen in Slack: {self.state.calls[-5:]}")
                self._arrived.wait(min(left, 0.2))
        return given

    def called(self, method: str) -> list[dict[str, Any]]:
        """List the bodies of the calls of a method."""
        return [body for name, body in self.state.calls if name == method]

    # ---- what people do in Slack

    def press(self, user: User, message: Posted, action_id: str, **odd: Any) -> httpx.Response:
        """Let somebody press a button; `odd` puts other things into the payload than Slack would."""
        return self.send(self.pressed(user, message, action_id, **odd))

    def pressed(
        self, user: User, message: Posted, action_id: str, *, element: Any = None, **odd: Any
    ) -> dict[str, Any]:
        """Give the payload of a press; `element` is one that the message has no more."""
        pressed = element or message.buttons()[action_id]
        action = {**pressed, "action_ts": f"{time.time():.6f}"}
        if "options" in pressed:
            action["selected_option"] = odd.pop("option")
        return {
            **self._actor(user, "block_actions"),
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": False,
            },
            "channel": {
                "id": message.channel,
                "name": self.state.channels.get(message.channel, "dm"),
            },
            "message": {"ts": message.ts, "text": message.text, "blocks": message.blocks},
            "response_url": self._response_url(message.channel),
            "actions": [action],
            **odd,
        }

    def submit(
        self, user: User, view_id: str, values: Mapping[str, Mapping[str, Any]], **odd: Any
    ) -> httpx.Response:
        """Let somebody send a modal off, with the state of its inputs by block and action."""
        return self.send(self.submitted(user, view_id, values, **odd))

    def submitted(
        self, user: User, view_id: str, values: Mapping[str, Mapping[str, Any]], **odd: Any
    ) -> dict[str, Any]:
        """Give the payload of a modal that is sent off."""
        return {
            **self._actor(user, "view_submission"),
            "view": {**self.state.views[view_id], "state": {"values": values}},
            **odd,
        }

    def send(self, payload: Mapping[str, Any], **headers: str) -> httpx.Response:
        """Send an interaction to the app as Slack does: a signed form with one field."""
        return self.send_raw(form_of(payload), **headers)

    def send_raw(self, body: bytes, *, at: int | None = None, **headers: str) -> httpx.Response:
        """Send any bytes, signed as at `at`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        signed = self.headers(body, at) | named
        return httpx.post(self.request_url, content=body, headers=signed, timeout=10)

    def headers(self, body: bytes, at: int | None = None) -> dict[str, str]:
        """Give the headers with which Slack sends these bytes, signed as at `at`."""
        timestamp = str(int(time.time()) if at is None else at)
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": self.sign(timestamp, body),
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def sign(self, timestamp: str, body: bytes) -> str:
        """Sign as Slack does."""
        base = b"v0:" + timestamp.encode() + b":" + body
        return "v0=" + hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()

    def new_trigger(self) -> str:
        """Give a fresh trigger_id."""
        name = f"trigger.{next(self._numbers)}"
        self.state.triggers[name] = Trigger(born=self.clock())
        return name

    def _actor(self, user: User, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "team": {"id": user.team, "domain": "desk"},
            "enterprise": None,
            "is_enterprise_install": False,
            "api_app_id": APP,
            "user": {"id": user.id, "username": user.name, "team_id": user.team},
            "trigger_id": self.new_trigger(),
        }

    def _response_url(self, channel: str) -> str:
        name = f"r{next(self._numbers)}"
        self.state.responses[name] = [self.clock(), 0, channel]
        return f"{self.url}actions/{TEAM}/{name}"

    # ---- the Web API

    def answer(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what a method does; give its answer."""
        with self._arrived:
            self.state.calls.append((method, body))
            try:
                done = self._do(method, token, body)
            except Refused as refused:
                code, _, detail = str(refused).partition(" ")
                done = {"ok": False, "error": code, "response_metadata": {"messages": [detail]}}
            self._arrived.notify_all()
        return done

    def _do(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        if token not in {self.token, self.app_token}:
            raise Refused("invalid_auth")
        do = METHODS.get(method)
        if do is None:
            raise Refused("unknown_method")
        return {"ok": True, **getattr(self, do)(body)}

    def too_fast(self, method: str, body: Mapping[str, Any]) -> bool:
        """Say whether this call comes within a second of the last one into the same channel."""
        if not self.rates or method != "chat.postMessage":
            return False
        with self._lock:
            channel, now = str(body.get("channel")), self.clock()
            if now - self._last.get(channel, -10.0) < 1.0:
                return True
            self._last[channel] = now
        return False

    def next_fault(self, method: str) -> str | None:
        """Take the next way in which a method is to go wrong."""
        with self._lock:
            waiting = self._faults[method] or self._faults["*"]
            return waiting.popleft() if waiting else None

    def respond(self, name: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """Take what is posted to a response_url."""
        with self._arrived:
            found = self.state.responses.get(name)
            if not found or found[1] >= RESPONSE_USES or self.clock() - found[0] > RESPONSE_LIFE:
                return 404, b"expired_url"
            found[1] += 1
            self.state.ephemerals.append({"channel": found[2], **body})
            self._arrived.notify_all()
        return 200, b"ok"

    def _auth_test(self, _body: dict[str, Any]) -> dict[str, Any]:
        return {
            "team_id": TEAM,
            "team": "Desk",
            "user_id": "UBOT",
            "bot_id": "BBOT",
            "url": self.url,
        }

    def _socket(self, _body: dict[str, Any]) -> dict[str, Any]:
        if not self.socket_url:
            raise Refused("socket_mode_not_enabled")
        return {"url": self.socket_url}

    def _bot(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"bot": {"id": body.get("bot"), "app_id": APP}}

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(body)
        self._judge(body)
        ts = f"17{next(self._numbers):08}.000100"
        self.state.messages[channel, ts] = Posted(
            channel=channel,
            ts=ts,
            text=body.get("text", ""),
            blocks=body.get("blocks") or [],
            thread=body.get("thread_ts"),
            metadata=body.get("metadata"),
        )
        return {"channel": channel, "ts": ts}

    def _update(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self.state.messages.get((self._channel(body), body.get("ts", "")))
        if found is None:
            raise Refused("message_not_found")
        self._judge(body)
        found.text, found.blocks = body.get("text", ""), body.get("blocks") or []
        found.edits += 1
        return {"channel": found.channel, "ts": found.ts}

    def _ephemeral(self, body: dict[str, Any]) -> dict[str, Any]:
        self._channel(body)
        self._judge(body)
        self.state.ephemerals.append(body)
        return {"message_ts": f"17{next(self._numbers):08}.000200"}

    def _judge(self, body: Mapping[str, Any]) -> None:
        check_message(body)
        judge_blocks(body.get("blocks") or [])

    def _channel(self, body: Mapping[str, Any]) -> str:
        asked = str(body.get("channel", ""))
        by_name = {f"#{name}": one for one, name in self.state.channels.items()}
        channel = by_name.get(asked, asked)
        if channel not in self.state.channels:
            raise Refused("channel_not_found")
        if channel in self.state.archived:
            raise Refused("is_archived")
        return channel

    def _open_dm(self, body: dict[str, Any]) -> dict[str, Any]:
        user = self._user({"user": body.get("users")})
        channel = f"D{user.id[1:]}"
        self.state.channels.setdefault(channel, f"dm-{user.id}")
        return {"channel": {"id": channel}}

    def _user(self, body: Mapping[str, Any]) -> User:
        found = self.state.users.get(str(body.get("user")))
        if found is None:
            raise Refused("user_not_found")
        return found

    def _user_info(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"user": self._user(body).to_json()}

    def _by_email(self, body: dict[str, Any]) -> dict[str, Any]:
        found = [one for one in self.state.users.values() if one.email == body.get("email")]
        if not found:
            raise Refused("users_not_found")
        return {"user": found[0].to_json()}

    def _open_view(self, body: dict[str, Any]) -> dict[str, Any]:
        trigger = self.state.triggers.get(str(body.get("trigger_id")))
        if trigger is None:
            raise Refused("invalid_trigger")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.clock() - trigger.born > TRIGGER_LIFE:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return {"view": self._keep_view(f"V{next(self._numbers):04}", body)}

    def _update_view(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("view_id") not in self.state.views:
            raise Refused("not_found")
        return {"view": self._keep_view(body["view_id"], body)}

    def _keep_view(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        given = body["view"]
        view = json.loads(given) if isinstance(given, str) else given
        check_modal(view)
        judge_modal(view)
        hashed = hashlib.sha256(json.dumps(view).encode()).hexdigest()[:12]
        self.state.views[name] = {
            **view,
            "id": name,
            "team_id": TEAM,
            "app_id": APP,
            "hash": hashed,
        }
        return self.state.views[name]


def form_of(payload: Mapping[str, Any]) -> bytes:
    """Write a payload as Slack does: a form with one field."""
    return urlencode({"payload": json.dumps(payload)}).encode()


METHODS: dict[str, str] = {
    "auth.test": "_auth_test",
    "apps.connections.open": "_socket",
    "bots.info": "_bot",
    "chat.postMessage": "_post",
    "chat.update": "_update",
    "chat.postEphemeral": "_ephemeral",
    "conversations.open": "_open_dm",
    "users.info": "_user_info",
    "users.lookupByEmail": "_by_email",
    "views.open": "_open_view",
    "views.update": "_update_view",
}


class _Handler(BaseHTTPRequestHandler):
    """Turn requests into calls of the fake."""

    protocol_version = "HTTP/1.1"
    slack: FakeSlack

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = self.path.strip("/").split("/")
        if parts[0] == "actions":
            status, body = self.slack.respond(parts[-1], json.loads(raw))
            self._say(status, body)
            return
        method, body = parts[-1], self._read(raw)
        if self.slack.delay:
            threading.Event().wait(self.slack.delay)
        self._call(method, body)

    def _call(self, method: str, body: dict[str, Any]) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        fault = self.slack.next_fault(method) or ""
        kind, _, detail = fault.partition(":")
        if kind == "429" or self.slack.too_fast(method, body):
            self._say(429, b'{"ok":false,"error":"ratelimited"}', {"Retry-After": detail or "1"})
        elif kind == "http":
            self._say(int(detail), b"upstream is away")
        elif kind == "hang":
            threading.Event().wait(float(detail))
            self.close_connection = True
        elif kind == "after":
            self.slack.answer(method, token, body)
            self.close_connection = True
        elif fault:
            self._say(200, json.dumps({"ok": False, "error": fault}).encode())
        else:
            self._say(200, json.dumps(self.slack.answer(method, token, body)).encode())

    def _read(self, raw: bytes) -> dict[str, Any]:
        if "json" in self.headers.get("Content-Type", ""):
            found: dict[str, Any] = json.loads(raw or b"{}")
            return found
        form = {name: values[-1] for name, values in parse_qs(raw.decode()).items()}
        for name in ("blocks", "metadata"):
            if name in form:
                form[name] = json.loads(form[name])
        return dict(form)

    def _say(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_who: object) -> None:
        """Say nothing of a client that hung up."""


@contextmanager
def serving(slack: FakeSlack, port: int = 0) -> Iterator[FakeSlack]:
    """Serve the Web API on loopback; `slack.url` is its address."""
    handler = type("Handler", (_Handler,), {"slack": slack})
    with _Server(("127.0.0.1", port), handler) as server:
        slack.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield slack
        finally:
            server.shutdown()
