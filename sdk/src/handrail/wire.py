"""One request to the desk and its answer: what is safe is repeated, refusals become errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from handrail.errors import (
    ApiError,
    QueueFull,
    ServerError,
    TooManyRequests,
    TransportError,
    error_from,
)
from handrail.retry import Retry
from handrail.world import World

# the question never left this machine, so asking again cannot do a thing twice
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TURNED_AWAY = (429, 503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What to ask. `repeatable` says that asking twice does no more than asking once.

    `key` is sent as Idempotency-Key; `patience` is how many seconds the desk may take by design (a
    long poll).
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)
    key: str | None = None
    repeatable: bool = True
    patience: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the desk said: `data` is its JSON, `replayed` that it had been asked this before."""

    data: Any
    replayed: bool


class Wire:
    """The connection to one desk with one key."""

    def __init__(self, http: httpx.Client, *, timeout: float, retry: Retry, world: World) -> None:
        self._http = http
        self._timeout = timeout
        self._retry = retry
        self._world = world

    def send(self, call: Call) -> Answer:
        """Ask until there is an answer, as often as allowed. Raise ApiError or TransportError."""
        for attempt in count(1):
            try:
                return self.send_once(call)
            except QueueFull:  # room may take hours: whether to wait is for the caller to say
                raise
            except (TransportError, ServerError, TooManyRequests) as error:
                if attempt >= self._retry.attempts or not _may_repeat(call, error):
                    raise
                self.pause(attempt, error)
        raise AssertionError

    def send_once(self, call: Call) -> Answer:
        """Ask once. Raise ApiError for a refusal, TransportError where there was no answer."""
        try:
            response = self._http.request(
                call.method,
                call.path,
                json=call.body,
                params=dict(call.params),
                headers={"Idempotency-Key": call.key} if call.key else {},
                timeout=self._timeout + call.patience,
            )
        except httpx.RequestError as error:
            raise _no_answer(error) from error
        if not response.is_success:
            raise error_from(response)
        return _read(response)

    @contextmanager
    def stream(self, call: Call, headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """Open an endless answer, give its lines. Raise ApiError, or TransportError at a break."""
        request = self._http.build_request(
            call.method, call.path, headers=dict(headers), timeout=self._timeout + call.patience
        )
        try:
            response = self._http.send(request, stream=True)
            with closing(response):
                if not response.is_success:
                    response.read()
                    raise error_from(response)
                yield response.iter_lines()
        except httpx.RequestError as error:
            raise _no_answer(error) from error

    def pause(
        self, attempt: int, error: Exception | None = None, *, at_most: float = math.inf
    ) -> None:
        """Wait before the try after `attempt`: what the desk asked for, but not over `at_most`."""
        asked = error.retry_after if isinstance(error, ApiError) else None
        seconds = self._retry.pause(attempt, self._world.jitter(), asked)
        self._world.sleep(min(seconds, at_most))


def _read(response: httpx.Response) -> Answer:
    replayed = response.headers.get("Idempotent-Replayed") == "true"
    try:
        return Answer(data=response.json(), replayed=replayed)
    except ValueError as error:
        raise TransportError(f"{response.url} answered something else than JSON") from error


def _may_repeat(call: Call, error: TransportError | ApiError) -> bool:
    if isinstance(error, ApiError) and error.status in _TURNED_AWAY:
        return True
    return call.repeatable or isinstance(error.__cause__, _NEVER_SENT)


def _no_answer(error: httpx.RequestError) -> TransportError:
    asked, said = error.request, str(error) or type(error).__name__
    return TransportError(f"no answer to {asked.method} {asked.url}: {said}")
