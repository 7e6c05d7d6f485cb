"""Servers and measurements in processes of their own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[3]
READY_S = 120
STOP_S = 10
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}


class NotReady(RuntimeError):
    """A server ended or stayed silent; the message says where its log is."""


@contextlib.contextmanager
def running(command: list[str], *, ready: str, log: Path, **environment: str) -> Iterator[None]:
    """A server, from when the address `ready` answers 200 until the block ends. Raises NotReady."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | QUIET | environment,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            start_new_session=True,  # a group of its own: some servers leave their workers behind
        )
        try:
            _wait(process, ready, log)
            yield
        finally:
            _end(process)


def answer(*command: str) -> Any:
    """The JSON of a measurement's last line. Raises CalledProcessError."""
    done = subprocess.run(
        command, env=os.environ | QUIET, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
    )
    return json.loads(done.stdout.splitlines()[-1])


def module(name: str, *arguments: object) -> Any:
    """The JSON of `python -m tests.benchmarks.rows.NAME`."""
    return answer(sys.executable, "-m", f"tests.benchmarks.rows.{name}", *map(str, arguments))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(ready, timeout=5, trust_env=False).status_code == 200:
                return
        time.sleep(0.3)
    raise NotReady(f"{ready} did not answer; see {log}")
