"""Wires the worker: `python -m services.worker.app`."""

import os
import sys
from typing import Any

from celery import Celery, signals
from redis import Redis
from redis.exceptions import RedisError

from services.worker.tasks import register
from services.worker.watchdog import Watchdog
from shared import logs
from shared.children import die_with_parent
from shared.jobs import celery_app
from shared.settings import Settings


def create_app(settings: Settings) -> Celery:
    """The Celery app with the worker's tasks."""
    app = celery_app(settings.redis_url.get_secret_value())
    register(app, settings)
    return app


def main() -> None:
    """Runs the worker until it is told to stop; SIGTERM lets tasks end for 20 s, then requeues them."""
    # read when Celery is first imported in a worker: a warm shutdown would be cut off by whoever stops us
    if os.environ.get("REMAP_SIGTERM") != "SIGQUIT":
        os.environ["REMAP_SIGTERM"] = "SIGQUIT"
        os.execv(sys.executable, [sys.executable, "-m", "services.worker.app"])
    settings = Settings()
    logs.quieten()
    redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)

    def broker_answers() -> bool:
        try:
            return bool(redis.ping())
        except RedisError:
            return False

    watchdog = Watchdog(broker_answers)
    signals.heartbeat_sent.connect(watchdog.beat, weak=False)
    signals.worker_ready.connect(lambda **_: watchdog.start(), weak=False)
    signals.worker_process_init.connect(_follow, weak=False)
    create_app(settings).worker_main(["worker", "--loglevel=INFO", "--without-gossip", "--without-mingle"])


def _follow(**_: Any) -> None:
    die_with_parent()


if __name__ == "__main__":
    main()
