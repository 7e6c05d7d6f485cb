import threading
import time

import pytest
import uvicorn

from shared.sandbox import Limits, Sandbox
from tests.served import application


@pytest.fixture
def one():
    """one(**limits) is a sandbox of one process."""
    made = []

    def make(*, memory_mb: int = 512, cpu_s: float = 10, wall_s: float = 20) -> Sandbox:
        made.append(Sandbox(processes=1, limits=Limits(memory_mb, cpu_s, wall_s)))
        return made[-1]

    yield make
    for box in made:
        box.close()


@pytest.fixture
def served():
    """The application of tests.served and its port."""
    app = application()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield app, server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()
