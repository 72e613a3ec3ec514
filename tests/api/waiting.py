"""Wake-ups that tests can look at: when somebody begins to wait, and what happens in the meantime."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Semaphore


class Watched:
    """The real wake-ups; `begun` counts how often somebody has begun to wait."""

    def __init__(self, real):
        self.real = real
        self.begun = Semaphore(0)

    def publish(self, changed):
        self.real.publish(changed)

    def announce(self, added):
        self.real.announce(added)

    def waiting(self, *topics):
        return WatchedWaiter(self.real.waiting(*topics), self.begun)


class WatchedWaiter:
    def __init__(self, real, begun):
        self.real = real
        self.begun = begun

    def __enter__(self):
        self.real.__enter__()
        return self

    def __exit__(self, *error):
        self.real.__exit__(*error)

    def wait(self, seconds):
        self.begun.release()
        return self.real.wait(seconds)


class Deaf:
    """Wake-ups that get lost: `meanwhile` happens, and nobody is told before the time is up."""

    def __init__(self):
        self.meanwhile: Callable[[], object] = bool

    def publish(self, changed):
        pass

    def announce(self, added):
        pass

    def waiting(self, *topics):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def wait(self, seconds):
        self.meanwhile()
        return False


@contextmanager
def meanwhile(desk, call, *args, **named):
    """Run `call` in a thread, and the block once it waits; gives the future of its answer."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call, *args, **named)
        assert desk.wakeups.begun.acquire(timeout=10)
        yield future
