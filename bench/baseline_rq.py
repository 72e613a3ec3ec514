"""Bare RQ: an empty job, again and again, in a worker that does not fork, as ours do not.

`python -m bench.baseline_rq REDIS_URL COUNT` puts so many on a queue, works them off, and prints how many a second.
"""

from __future__ import annotations

import logging
import sys
from time import perf_counter

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

NAME = "bench.bare"


def nothing() -> None:
    """Do nothing."""


def main(url: str, count: int) -> None:
    """Measure."""
    logging.getLogger("rq.worker").setLevel(logging.ERROR)
    with Redis.from_url(url) as redis:
        queue = Queue(NAME, connection=redis, serializer=JSONSerializer)
        for _ in range(count):
            queue.enqueue_call("bench.baseline_rq.nothing", result_ttl=0)
        worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
        began = perf_counter()
        worker.work(burst=True, logging_level="ERROR")
        sys.stdout.write(f"{count / (perf_counter() - began)}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
