"""The running stack: its ports, and how to start and stop it."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2

from local import redis
from local.ports import NotStarted, free_port
from local.state import State

CONFIG = Path(__file__).parent.parent / "supervisord.conf"
READY_S = 180  # a cold start imports TensorFlow twice and traces five batch sizes
STOP_S = 60


class Stack:
    """The services under supervisord, over one data folder; ports that are taken become free ones."""

    def __init__(self, data: Path, *, search_port: int = 8000, embedding_port: int = 8001) -> None:
        self._ports = (search_port, embedding_port)
        self.data = data.resolve()
        self.run = self.data / "run"

    def state(self) -> State | None:
        """How it was started last."""
        return State.read(self.run / "stack.json")

    def pid(self) -> int | None:
        """The supervisor's, if it runs."""
        try:
            pid = int((self.run / "supervisord.pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if _is_supervisor(pid) else None

    def changes(self, photos: Path | None, host: str | None = None, key: str = "") -> list[str]:
        """Why `up` with these has to stop what runs."""
        state = self.state()
        if state is None or self.pid() is None:
            return []
        return state.changes(state.wanted(photos, host, key, running=True))

    def up(self, photos: Path | None, host: str | None = None, key: str = "") -> State:
        """Starts what does not run; anew where `changes` says why. Raises NotStarted, NoRedis."""
        with self._alone():
            last, running = self.state(), self.pid() is not None
            state = (last or State.new()).wanted(photos, host, key, running=running)
            if state != last or not running:
                self._stop()
                state = self._plan(state)
                self._start(state)
        self._wait(state)
        return state

    def down(self) -> bool:
        """Stops everything and waits for it; whether anything ran."""
        with self.stopped() as ran:
            return ran

    @contextlib.contextmanager
    def stopped(self) -> Iterator[bool]:
        """Stopped, and kept from starting until the block ends; whether anything ran."""
        with self._alone():
            yield self._stop()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two `make up` at once must not start two stacks over one data folder."""
        self.run.mkdir(parents=True, exist_ok=True)
        with (self.run / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _stop(self) -> bool:
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + STOP_S
        while _is_supervisor(pid) and time.monotonic() < end:  # it outlives its file for a moment
            time.sleep(0.1)
        return True

    def _plan(self, wanted: State) -> State:
        taken: set[int] = set()
        state = replace(
            wanted,
            search_port=free_port((self._ports[0], wanted.search_port), taken, wanted.host),
            embedding_port=free_port((self._ports[1], wanted.embedding_port), taken),
            redis_port=free_port((wanted.redis_port,), taken),
        )
        state.write(self.run / "stack.json")
        return state

    def _start(self, state: State) -> None:
        program = redis.server(self.data)
        redis.configure(
            self.run / "redis.conf",
            port=state.redis_port,
            folder=self.data / "redis",
            password=state.redis_password,
        )
        environment = {
            **os.environ,
            "NITARI_DATA": str(self.data),
            "NITARI_RUN": str(self.run),
            "NITARI_BIN": str(Path(sys.executable).parent),
            "NITARI_REDIS_SERVER": str(program),
            "TF_CPP_MIN_LOG_LEVEL": "2",
            **state.environment(),
        }
        supervisord = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(CONFIG)]
        done = subprocess.run(supervisord, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotStarted(f"supervisord: {done.stdout}{done.stderr}")
        while self.pid() is None:  # it writes its file once it has let go of this terminal
            time.sleep(0.05)

    def _wait(self, state: State) -> None:
        end = time.monotonic() + READY_S
        last = "it does not answer"
        while time.monotonic() < end:
            with contextlib.suppress(httpx2.HTTPError, ValueError):
                answer = httpx2.get(f"{state.url}/readyz", timeout=10, trust_env=False)
                if answer.status_code == 200:
                    return
                last = str(answer.json().get("detail"))
            time.sleep(0.3)
        raise NotStarted(f"Not ready after {READY_S} s: {last}. The logs are in {self.run}.")


def _is_supervisor(pid: int) -> bool:
    try:
        return b"supervisord" in Path(f"/proc/{pid}/cmdline").read_bytes()  # empty once it has ended
    except OSError:
        return False
