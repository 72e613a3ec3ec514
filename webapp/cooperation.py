"""How psycopg waits for PostgreSQL where gevent runs: on gevent's own loop, with watchers that it keeps."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import Ready, Wait

Result = TypeVar("Result")
READ = 1  # as libev calls it


class CooperativeConnection(psycopg.Connection[Any]):
    """Let other greenlets run while a statement does.

    By itself, psycopg waits here through gevent's imitation of poll(), which makes and throws away
    two watchers each time and costs more than everything else about a small statement.
    """

    def wait(
        self, gen: Generator[Any, Any, Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """Run a generator of psycopg's to its end."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            wanted = next(gen)
            while wanted is Wait.R:
                self._await_readable()
                wanted = gen.send(Ready.R)
        except StopIteration as end:
            result: Result = end.value
            return result
        return super().wait(_resumed(gen, wanted), interval)

    def _await_readable(self) -> None:
        """Wait until there is something to read; whoever is torn out of it leaves no half-read line."""
        hub = sys.modules["gevent"].get_hub()
        watcher = getattr(self, "_watcher", None)
        if watcher is None or watcher.loop is not hub.loop:
            watcher = self._watcher = hub.loop.io(self.fileno(), READ)
        try:
            hub.wait(watcher)
        except BaseException:
            self.close()
            raise


def _resumed(gen: Generator[Any, Any, Result], wanted: Any) -> Generator[Any, Any, Result]:
    """Go on with a generator that has said already what it waits for."""
    while True:
        ready = yield wanted
        try:
            wanted = gen.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result


def connection_class() -> type[psycopg.Connection[Any]]:
    """Give the kind of connection for this process, which gevent has patched or not."""
    # looked up and not imported: only gunicorn's gevent workers load it
    monkey = sys.modules.get("gevent.monkey")
    patched = monkey is not None and monkey.is_module_patched("select")
    return CooperativeConnection if patched else psycopg.Connection
