"""The worker process: `python -m worker.main [jobs] [relay] [anchor] [weigh] [socket]`, all if none is named.

Each part is a loop in a thread of its own, or several. Any number of workers may run: jobs are shared out by
RQ, due messages by the database, and anchoring by a lock. SIGTERM and Ctrl-C end the loops after
what they are doing at the moment.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog
from redis.exceptions import RedisError

from webapp.config import CannotStart, Config, environment, read
from webapp.desk import Desk, open_desk
from webapp.domain.errors import HandrailError
from webapp.domain.message import Reach
from webapp.gateways.consumer import Consumer
from webapp.gateways.watchdog import Watchdog
from webapp.world import RealWorld
from worker import jobs
from worker.anchoring import Anchoring
from worker.hands import Hands, hands_of
from worker.log import in_a_line, set_up, trouble
from worker.relay import Relay
from worker.socket_mode import Socket
from worker.weighing import Weighing

PARTS = ("jobs", "relay", "anchor", "weigh", "socket")
CONSUMERS = {
    Reach.INSIDE: 1,
    Reach.OUTSIDE: 8,
}  # threads that take jobs: who waits for the network waits in company
ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
AFTER_FAILURE = 1.0
PATIENCE = 6.0  # seconds for what is being done at the moment

log = structlog.stdlib.get_logger("handrail.worker")


def main(arguments: Sequence[str]) -> int:
    """Run the parts that are named until told to stop; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m worker.main", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part")
    parts = parser.parse_args(arguments).parts or PARTS
    try:
        config = read(environment())
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    set_up(config.log_level)
    # blocked in every thread and waited for below, so that nothing is interrupted half-way
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    run(config, parts)
    return 0


def run(config: Config, parts: Sequence[str]) -> None:
    """Run these parts until a signal comes."""
    desk = open_desk(config, RealWorld())
    stopping = threading.Event()
    loops = loops_of(desk, stopping)
    threads = [
        threading.Thread(target=loop, name=part, daemon=True)
        for part in parts
        for loop in loops[part]
    ]
    for thread in threads:
        thread.start()
    log.info("the worker runs", parts=list(parts))
    signal.sigwait(ENDING)
    stopping.set()
    desk.lane.ring()
    for thread in threads:
        thread.join(PATIENCE)
    desk.lane.close()
    desk.wakeups.close()
    desk.store.engine.dispose()
    log.info("the worker has ended")


def loops_of(desk: Desk, stopping: threading.Event) -> Mapping[str, Sequence[Callable[[], None]]]:
    """Give the loops of each part, each for a thread of its own."""
    hands, watchdog = hands_of(desk), Watchdog()
    relay = Relay(hands=hands, stopping=stopping)
    anchoring = Anchoring(desk=desk, stopping=stopping)
    weighing = Weighing(desk=desk, stopping=stopping)
    socket = Socket(desk=desk, stopping=stopping)
    consumers = [reach for reach, many in CONSUMERS.items() for _ in range(many)]
    return {
        "jobs": [partial(do_jobs, hands, reach, stopping, watchdog) for reach in consumers],
        "relay": [partial(keep_at, relay.turn, stopping)],
        "anchor": [partial(keep_at, anchoring.turn, stopping)],
        "weigh": [partial(keep_at, weighing.turn, stopping)],
        "socket": [partial(keep_at, socket.turn, stopping)],
    }


def do_jobs(hands: Hands, reach: Reach, stopping: threading.Event, watchdog: Watchdog) -> None:
    """Run jobs of this reach in this thread until told to stop."""
    jobs.HANDS.set(hands)
    consumer = Consumer(hands.desk.config.redis_url, reach, watchdog)
    keep_at(consumer.take_one, stopping)
    consumer.close()


def keep_at(turn: Callable[[], object], stopping: threading.Event) -> None:
    """Take turn after turn until told to stop, whatever goes wrong."""
    while not stopping.is_set():
        try:
            turn()
        except (HandrailError, RedisError) as error:  # database or Redis are away: no alarm
            log.warning("trying again", error=in_a_line(error))
            stopping.wait(AFTER_FAILURE)
        except Exception as error:  # noqa: BLE001 — the process loop: no fault ends the other turns
            log.error("a turn failed", **trouble(error))  # noqa: TRY400 — without people's data
            stopping.wait(AFTER_FAILURE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
