"""The lane: RQ on Redis, which takes messages to whichever worker is free.

Redis holds nothing that matters: what is lost here is found again in the outbox, when its lease
has ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from rq.utils import utcparse
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from webapp.domain.backlog import Alive
from webapp.domain.message import Attempt, Reach
from webapp.gateways.redis_line import Line, connect
from webapp.gateways.subscription import Subscription

QUEUES = {Reach.INSIDE: "handrail.inside", Reach.OUTSIDE: "handrail.outside"}
RING = "handrail.ring"
JOB = "worker.jobs.perform"  # the name by which a worker finds what to call
PATIENCE = 2.0  # seconds that one command may take
SPARING = 0.04  # seconds in which one ring is enough; who is rung waits longer before looking
# seconds; a last resort: each network call has a shorter limit of its own, an execution's is the longest
LONGEST_JOB = {Reach.INSIDE: 20, Reach.OUTSIDE: 400}
KEPT_FAILURE = 600  # seconds that RQ keeps what it believes to have failed; the outbox knows better


class Lane:
    """Hand messages to RQ, and wake the relay when there are new ones."""

    def __init__(self, redis_url: str) -> None:
        self._line = Line(redis_url)
        self._client = connect(redis_url, patience=PATIENCE)
        self._queues = {
            reach: Queue(name, connection=self._client, serializer=JSONSerializer)
            for reach, name in QUEUES.items()
        }
        self._rung_at = 0.0
        self._rung = threading.Event()
        self._bell = Subscription(redis_url, RING, hear=self._hear, gap=self._rung.set)

    def ring(self) -> None:
        """Have the relay look now instead of within a second. Never raises."""
        now = time.monotonic()
        if now - self._rung_at > SPARING:
            self._rung_at = now
            self._line.publish(RING, "")

    def await_ring(self, seconds: float) -> bool:
        """Return True as soon as somebody has rung, False when the time is up."""
        self._bell.ensure()
        rung = self._rung.wait(max(seconds, 0))
        self._rung.clear()
        return rung

    def is_reachable(self) -> bool:
        """Say whether Redis answers."""
        return self._line.is_open()

    def length(self, reach: Reach) -> int | None:
        """Count the jobs of this reach that no worker has taken yet; None while Redis is away."""
        try:
            return self._queues[reach].count
        except RedisError:
            return None

    def workers(self) -> Mapping[Reach, Alive] | None:
        """Say for each reach who takes jobs, as far as Redis heard of them lately; None while Redis is away."""
        try:
            return {reach: self._alive(queue) for reach, queue in self._queues.items()}
        except RedisError:
            return None

    def enqueue(self, reach: Reach, attempts: Sequence[Attempt]) -> bool:
        """Put attempts at messages on the lane and say whether Redis took them, all or none.

        Where it does not say, it may have. Each attempt has a job id of its own, as RQ keeps that of a killed job.
        """
        queue = self._queues[reach]
        jobs = [
            Queue.prepare_data(
                JOB,
                args=(one.id, one.number),
                job_id=f"{one.id}-{one.number}",
                timeout=LONGEST_JOB[reach],
                result_ttl=0,
                failure_ttl=KEPT_FAILURE,
                ttl=KEPT_FAILURE,
            )
            for one in attempts
        ]
        try:
            queue.enqueue_many(jobs)
        except RedisError:
            return False
        return True

    def close(self) -> None:
        """Close the connections to Redis."""
        self._bell.close()
        self._line.close()
        self._client.close()

    def _alive(self, queue: Queue) -> Alive:
        with self._client.pipeline(transaction=False) as asked:
            for key in self._client.smembers(WORKERS_BY_QUEUE_KEY % queue.name):
                asked.hget(key, "last_heartbeat")
            beats = [_instant(beat) for beat in asked.execute()]
        heard = [at for at in beats if at]
        return Alive(count=len(heard), heard_at=max(heard, default=None))

    def _hear(self, _nothing: str) -> None:
        self._rung.set()


def _instant(beat: bytes | None) -> datetime | None:
    """Read when RQ heard of a worker; None where it did not, or where something else stands there."""
    try:
        return utcparse(beat.decode()) if beat else None
    except ValueError:
        return None
