"""Celery as a doorbell: the job table is the truth, a message only says "look there"."""

import asyncio
import socket
from typing import Any

from celery import Celery
from kombu.common import Broadcast
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

# task names; the only argument is the job's id
EXTRACT, IMPORT, FINETUNE = "nitari.extract", "nitari.import", "nitari.finetune"
EXPORT, WHITEN = "nitari.export", "nitari.whiten"
VECTORS = "nitari.vectors"

FIRST, EVERYONE = "nitari", "nitari.everyone"  # queues: for the worker that comes first; for all

# Longer than any task, and the same in every app on the broker: the shortest one wins, and a task
# that outlives it is delivered again while it still runs.
VISIBILITY_TIMEOUT = 43_200
RING_TIMEOUT_S = 2.5  # a POST must answer within 3 s also when Redis hangs

# Of every redis.conf: what was queued survives a kill, and nothing is thrown away when memory is short.
REDIS_DURABILITY = """\
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy noeviction
"""

KEEPALIVE = {
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 20_000,
}


class BrokerUnavailable(ConnectionError):
    """Redis did not take the message."""


def celery_app(redis_url: str, **transport: Any) -> Celery:
    """The app that both sides use; `transport` changes options of the Redis connection."""
    app = Celery("nitari", broker=redis_url)
    app.conf.update(
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 5,
            "socket_timeout": 10,  # without it a frozen connection hangs the worker for ever
            "health_check_interval": 10,
            "socket_keepalive": True,
            "socket_keepalive_options": KEEPALIVE,
            **transport,
        },
        visibility_timeout=VISIBILITY_TIMEOUT,
        result_backend=None,  # state lives in the job table; a backend makes a dead Redis take 19 s to show
        result_backend_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT},
        task_ignore_result=True,
        task_queues=(Queue(FIRST, Exchange(FIRST), routing_key=FIRST), Broadcast(EVERYONE)),
        task_default_queue=FIRST,
        task_acks_late=True,
        task_reject_on_worker_lost=False,  # True repeats a task that kills its worker for ever
        worker_prefetch_multiplier=1,
        worker_pool="prefork",
        worker_concurrency=4,  # each slot only watches its child
        task_time_limit=39_600,
        task_soft_time_limit=39_000,
        worker_cancel_long_running_tasks_on_connection_loss=False,  # True loses jobs when Redis restarts
        worker_soft_shutdown_timeout=20,
        worker_enable_soft_shutdown_on_idle=False,  # nothing is in a message that could be lost
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # the default gives up at 100
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],
        task_publish_retry=False,
    )
    return app


class Bell:
    """Rings for a job. Raises BrokerUnavailable within RING_TIMEOUT_S."""

    def __init__(self, redis_url: str) -> None:
        self._app = celery_app(redis_url, socket_timeout=3, socket_connect_timeout=2)

    async def ring(self, task: str, job_id: str, *, again: bool = False) -> None:
        """Sends `task` with the job's id, off the event loop: a stalled Redis must not freeze the API.

        `again`: only to the workers that are there, so that nothing piles up in Redis while there are none.
        """
        queues = (EVERYONE,) if again else (FIRST, EVERYONE)
        try:
            await asyncio.wait_for(asyncio.to_thread(self._send, task, job_id, queues), RING_TIMEOUT_S)
        except (TimeoutError, OperationalError, RedisError, OSError) as error:
            raise BrokerUnavailable("Redis, which carries jobs to the worker, does not answer.") from error

    def _send(self, task: str, job_id: str, queues: tuple[str, ...]) -> None:
        for queue in queues:
            exchange = self._app.amqp.queues[queue].exchange
            self._app.send_task(
                task, args=[job_id], retry=False, ignore_result=True, queue=queue, declare=[exchange]
            )

    def close(self) -> None:
        """Gives the connections back."""
        self._app.close()
