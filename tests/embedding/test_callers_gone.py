import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
import uvicorn

from services.embedding.app import create_app
from services.embedding.models import Models
from shared.decoders import Decoders
from shared.images import decode
from shared.store import ModelStore
from tests.small import SmallEngine

HEADERS = {"content-type": "application/octet-stream"}


class Held(SmallEngine):
    """Works when it is let; notes what it was asked for."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.busy, self.let = threading.Event(), threading.Event()

    def predict(self, batch):
        self.seen.append(len(batch))
        self.busy.set()
        self.let.wait(10)
        return super().predict(batch)

    def warm_up(self) -> None:
        pass


@pytest.fixture
def served(settings):
    """The service on a real socket, because only there a caller can go away."""
    engine = Held()
    models = Models(ModelStore(settings.data), lambda *_: engine, max_size=4, max_wait=0.001)
    app = create_app(models=models, decoders=Decoders(settings))
    config = uvicorn.Config(app, port=0, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/models/small/embed", engine
    server.should_exit = True
    thread.join()


def test_callers_who_went_away_never_reach_the_model(served, photo):
    url, engine = served
    pixels = decode(photo(1)).tobytes()

    def call(timeout: float) -> int | None:
        try:
            return httpx2.post(url, content=pixels, headers=HEADERS, timeout=timeout).status_code
        except httpx2.TimeoutException:
            return None

    with ThreadPoolExecutor(16) as pool:
        first = pool.submit(call, 20)
        assert engine.busy.wait(10)
        gone = [pool.submit(call, 0.3) for _ in range(8)]
        assert [caller.result() for caller in gone] == [None] * 8
        time.sleep(0.5)  # the service hears of it
        engine.let.set()
        assert first.result() == 200
        assert call(20) == 200
    assert engine.seen == [1, 1]
