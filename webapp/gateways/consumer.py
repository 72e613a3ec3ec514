"""Take jobs off the lane and run them in this process, one after another."""

from __future__ import annotations

import re
import time

from redis.exceptions import RedisError, ResponseError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.utils import import_attribute
from rq.worker_registration import REDIS_WORKER_KEYS, WORKERS_BY_QUEUE_KEY

from webapp.domain.message import Reach
from webapp.gateways.lane import JOB, LONGEST_JOB, QUEUES
from webapp.gateways.redis_line import connect
from webapp.gateways.watchdog import Watchdog

LONGEST_WAIT = 1  # second; how soon an idle consumer notices that it is to end
PATIENCE = 10.0  # seconds that one command may take, waiting for a job among them
AWAY_AFTER = 60  # seconds of silence, and as many again, after which RQ counts a worker as gone
TIDY_EVERY = 600  # seconds
NAME = re.compile(r"([0-9]{1,18})-([0-9]{1,9})", re.ASCII)  # of a job: its message and the attempt


class _Rq(SimpleWorker):
    """RQ's worker as far as it says who takes jobs: signals are for the main thread only."""

    death_penalty_class = TimerDeathPenalty


class Consumer:
    """Run what the relay has put on the lane, of one reach.

    Of RQ's bookkeeping of what runs, which is ten commands for each job, nothing is kept: the outbox knows better. All
    that counts of a job is its name, so whoever can write to Redis may waste our time, but does not choose what runs.
    For the same reason RQ's own maintenance is not run: it calls what a job that it takes for failed names.
    """

    def __init__(self, redis_url: str, reach: Reach, watchdog: Watchdog | None = None) -> None:
        self._watchdog = watchdog or Watchdog()
        self._client = connect(redis_url, patience=PATIENCE)
        self._queue = Queue(QUEUES[reach], connection=self._client, serializer=JSONSerializer)
        self._longest = LONGEST_JOB[reach]
        self._perform = import_attribute(JOB)
        self._worker: SimpleWorker | None = None
        self._there_until = 0.0
        self._tidy_at = 0.0

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
        try:
            worker.register_birth()
        except ResponseError:  # something else stands where RQ lists its workers
            self._client.unlink(*self._listed_in(), worker.key)
            raise
        self._worker = worker
        return worker

    def _take(self, worker: SimpleWorker) -> bool:
        if self._tidy_at <= time.monotonic():
            self._tidy_at = time.monotonic() + TIDY_EVERY
            self._tidy()
        try:
            _, found = Queue.lpop([self._queue.key], LONGEST_WAIT, connection=self._client)
        except DequeueTimeout:
            self._stay(worker, AWAY_AFTER)
            return False
        if self._there_until < time.monotonic() + self._longest:
            self._stay(worker, self._longest)
        name = found.decode(errors="replace")
        self._client.unlink(Job.key_for(name))
        self._run(name)
        return True

    def _run(self, name: str) -> None:
        """Run the job of this name, unless it is none of ours."""
        attempt = NAME.fullmatch(name)
        if attempt:
            with self._watchdog.over(self._longest):
                self._perform(int(attempt[1]), int(attempt[2]))

    def _tidy(self) -> None:
        """Take workers that ended without a word off RQ's lists."""
        mine, everybody = self._listed_in()
        keys = list(self._client.smembers(mine))
        with self._client.pipeline(transaction=False) as asked:
            for key in keys:
                asked.exists(key)
            gone = [key for key, there in zip(keys, asked.execute(), strict=True) if not there]
        for key in gone:
            self._client.srem(mine, key)
            self._client.srem(everybody, key)

    def _listed_in(self) -> tuple[str, str]:
        return WORKERS_BY_QUEUE_KEY % self._queue.name, REDIS_WORKER_KEYS

    def _stay(self, worker: SimpleWorker, seconds: int) -> None:
        """Give RQ a sign of life that is good for so long, and some more."""
        self._there_until = time.monotonic() + seconds + AWAY_AFTER
        worker.heartbeat(seconds + AWAY_AFTER)
