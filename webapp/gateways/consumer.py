"""Take jobs off the lane and run them in this process, one after another."""

from __future__ import annotations

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from webapp.domain.message import Reach
from webapp.gateways.lane import JOB, QUEUES
from webapp.gateways.redis_line import connect

LONGEST_WAIT = 1  # second; how soon an idle consumer notices that it is to end
PATIENCE = 10.0  # seconds that one command may take, waiting for a job among them
AWAY_AFTER = 60  # seconds of silence after which RQ counts a worker as gone


class _Ours(Job):
    """A job that calls our one function, and nothing afterwards, whatever name stands in Redis.

    Who can write to Redis may waste our time, but must not choose what runs here.
    """

    def _deserialize_data(self) -> None:
        super()._deserialize_data()  # type: ignore[no-untyped-call]  # RQ has no types
        self._func_name, self._instance = JOB, None

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


class _Rq(SimpleWorker):
    """RQ's worker that does not fork, made fit for a thread: signals are for the main one only."""

    death_penalty_class = TimerDeathPenalty


class Consumer:
    """Run what the relay has put on the lane, of one reach."""

    def __init__(self, redis_url: str, reach: Reach) -> None:
        self._client = connect(redis_url, patience=PATIENCE)
        name = QUEUES[reach]
        self._queue = Queue(
            name, connection=self._client, job_class=_Ours, serializer=JSONSerializer
        )
        self._worker: SimpleWorker | None = None

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
            job_class=_Ours,
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
            found = Queue.dequeue_any(
                [self._queue],
                LONGEST_WAIT,
                self._client,
                job_class=_Ours,
                serializer=JSONSerializer,
            )
        except DequeueTimeout:
            worker.heartbeat()
            return False
        if found is None:
            return False
        job, queue = found
        job.redis_server_version = worker.get_redis_server_version()
        worker.execute_job(job, queue)
        return True
