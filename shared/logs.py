"""One format for what a service writes: when, with the zone, how bad, who, what."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TIME = "%Y-%m-%dT%H:%M:%S%z"
SERVER = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure() -> None:
    """For a service under uvicorn, whose own lines have no time."""
    logging.basicConfig(level=logging.INFO, format=FORMAT, datefmt=TIME, stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each request to embedding
    for name in SERVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
