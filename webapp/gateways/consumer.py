"""Take jobs off the lane and run them in this process, one after another."""

from __future__ import annotations

import re
import time

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.utils import as_text, import_attribute

from webapp.domain.message import Reach
from webapp.gateways.lane import JOB, LONGEST_JOB, QUEUES
from webapp.gateways.redis_line import connect
from webapp.gateways.watchdog import Watchdog

LONGEST_WAIT = 1  # second; how soon an idle consumer notices that it is to end
PATIENCE = 10.0  # seconds that one command may take, waiting for a job among them
AWAY_AFTER = 60  # seconds of silence, and as many again, after which RQ counts a worker as gone
NAME = re.compile(r"([0-9]{1,18})-([0-9]{1,9})", re.ASCII)  # of a job: its message and the attempt


class _Rq(SimpleWorker):
    """RQ's worker as far as it says who takes jobs: signals are for the main thread only."""

    death_penalty_class = TimerDeathPenalty


class Consumer:
    """Run what the relay has put on the lane, of one reach.

    Of RQ's bookkeeping of what runs, which is ten commands for each job, nothing is kept: the outbox knows better. All
    that counts of a job is its name, so whoever can write to Redis may waste our time, but does not choose what runs.
    """

    def __init__(self, redis_url: str, reach: Reach, watchdog: Watchdog | None = None) -> None:
        self._watchdog = watchdog or Watchdog()
        self._client = connect(redis_url, patience=PATIENCE)
        self._queue = Queue(QUEUES[reach], connection=self._client, serializer=JSONSerializer)
        self._longest = LONGEST_JOB[reach]
        self._perform = import_attribute(JOB)
        self._worker: SimpleWorker | None = None
        self._there_until = 0.0

    def take_one(self) -> bool:
        """Run the next job, unless none comes within a second; say whether one did.

        Raises RedisError while Redis is away; begin anew with the next call.
        """
        try:
            return self._take(self._worker or self._begin())
        except RedisError:
            self._worker = None
            raise

    def close(self) -> None:
        """Tell RQ that this worker is gone, and close the connections."""
        try:
            if self._worker:
                self._worker.register_death()
        except RedisError:
            self._worker = None
        self._client.close()

    def _begin(self) -> SimpleWorker:
        worker: SimpleWorker = _Rq(
            [self._queue],
            connection=self._client,
            serializer=JSONSerializer,
            worker_ttl=AWAY_AFTER,
            log_job_description=False,
        )
        worker.register_birth()
        self._worker = worker
        return worker

    def _take(self, worker: SimpleWorker) -> bool:
        if worker.should_run_maintenance_tasks:
            worker.run_maintenance_tasks()
        try:
            _, found = Queue.lpop([self._queue.key], LONGEST_WAIT, connection=self._client)
        except DequeueTimeout:
            self._stay(worker, AWAY_AFTER)
            return False
        if self._there_until < time.monotonic() + self._longest:
            self._stay(worker, self._longest)
        name = as_text(found)
        self._client.unlink(Job.key_for(name))
        self._run(name)
        return True

    def _run(self, name: str) -> None:
        """Run the job of this name, unless it is none of ours."""
        attempt = NAME.fullmatch(name)
        if attempt:
            with self._watchdog.over(self._longest):
                self._perform(int(attempt[1]), int(attempt[2]))

    def _stay(self, worker: SimpleWorker, seconds: int) -> None:
        """Give RQ a sign of life that is good for so long, and some more."""
        self._there_until = time.monotonic() + seconds + AWAY_AFTER
        worker.heartbeat(seconds + AWAY_AFTER)
