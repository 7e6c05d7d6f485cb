"""What the API says of itself, put to the test: whatever it allows is answered, and never by a fault."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn

SECONDS = os.environ.get("NITARI_TEST_FUZZ_S", "60")


@pytest.fixture
def address(service, photo, settings, decoders):
    """The service with something in it, on a socket."""
    for number in range(6):
        service.put(f"item{number}", photo(number), fields=f'{{"maker": "M{number % 2}", "price": {number}}}')
    app = service.client.app
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.slow
def test_nothing_that_the_api_allows_is_a_fault(address, tmp_path):
    command = [Path(sys.executable).parent / "st", "run", f"{address}/openapi.json", "--max-time", SECONDS]
    options = ["--checks", "not_a_server_error", "--continue-on-failure", "--generation-deterministic"]
    ended = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
