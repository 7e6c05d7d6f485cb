"""A broker that is away or frozen is noticed in time to answer the caller."""

import asyncio
import socket
import time

import pytest

from shared.jobs import EXTRACT, Bell, BrokerUnavailable


@pytest.mark.parametrize("state", ["away", "frozen"])
def test_ringing_without_redis_fails_within_three_seconds(state):
    with socket.create_server(("127.0.0.1", 0)) as server:  # accepts by its backlog, never answers
        port = server.getsockname()[1]
        if state == "away":
            server.close()
        bell = Bell(f"redis://127.0.0.1:{port}/0")
        start = time.monotonic()
        with pytest.raises(BrokerUnavailable):
            asyncio.run(_ring(bell, start))
        bell.close()


async def _ring(bell: Bell, start: float) -> None:
    try:
        await bell.ring(EXTRACT, "job")
    finally:
        assert time.monotonic() - start < 3
