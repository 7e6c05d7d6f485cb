"""One format for what a service writes: when, with the zone, how bad, who, what."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TIME = "%Y-%m-%dT%H:%M:%S%z"
SERVER = ("uvicorn", "uvicorn.error")  # not its access log, which is switched off


def quieten() -> None:
    """Without a line for each request that services send each other."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)


def configure() -> None:
    """For any process but Celery's, which has its own format. Uvicorn's lines get the time they lack."""
    logging.basicConfig(level=logging.INFO, format=FORMAT, datefmt=TIME, stream=sys.stderr)
    quieten()
    for name in SERVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
