"""What becomes of the processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.invalid_image import DamagedImage
from shared.sandbox import Limits, MachineBusy, Sandbox, SandboxBroken
from shared.sandbox import process as module
from tests.sandboxed import decoders, png


def children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_a_process_that_hangs_is_the_machines_fault(one, photo):
    before = set(decoders())
    box = one(wall_s=1)
    (pid,) = set(decoders()) - before
    box.decode(photo(1))
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(MachineBusy):
        box.decode(photo(1) + bytes(10_000_000))  # more than its pipe holds: sending hangs too
    assert box.decode(photo(1)).shape == (299, 299, 3)


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGKILL, MachineBusy), (signal.SIGSEGV, DamagedImage), (signal.SIGABRT, DamagedImage)],
)
def test_a_process_that_dies_in_its_work_is_replaced(one, photo, number, error):
    before = set(decoders())
    box = one()
    (pid,) = set(decoders()) - before
    box.decode(photo(1))
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        decoding = pool.submit(box.decode, photo(2))
        time.sleep(0.3)
        os.kill(pid, number)
        os.kill(pid, signal.SIGCONT)
        with pytest.raises(error):
            decoding.result()
    assert box.decode(photo(2)).shape == (299, 299, 3)


def test_a_process_that_died_between_two_photos_is_not_noticed(one, photo):
    before = set(decoders())
    box = one()
    (pid,) = set(decoders()) - before
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    assert box.decode(photo(1)).shape == (299, 299, 3)


def test_a_process_is_replaced_after_many_photos(one, photo, monkeypatch):
    monkeypatch.setattr(module, "MAX_TASKS", 2)
    before = set(decoders())
    box = one()
    seen = set()
    for seed in range(6):
        box.decode(photo(seed))
        seen |= set(decoders()) - before
    assert len(seen) == 3


def test_a_sandbox_that_cannot_start_is_our_fault(photo, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Sandbox(processes=1, limits=Limits(64, 1, 1)) as box, pytest.raises(SandboxBroken):
        box.decode(photo(1))


def test_it_knows_no_secret_and_cannot_write(one, monkeypatch):
    monkeypatch.setenv("NITARI_API_KEY", "hush")
    before = set(decoders())
    one().thumbnail(png(10))
    (pid,) = set(decoders()) - before
    assert b"hush" not in Path(f"/proc/{pid}/environ").read_bytes()
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max file size             0                    0" in limits


def test_it_ends_with_the_process_that_used_it(tmp_path):
    code = (
        "import time; from shared.sandbox import *\n"
        "box = Sandbox(processes=2, limits=Limits(512, 5, 5)); print('up', flush=True); time.sleep(60)"
    )
    user = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert user.stdout and user.stdout.readline() == b"up\n"
    started = children(user.pid)
    assert len(started) == 2
    user.kill()
    user.wait()
    user.stdout.close()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}/stat").exists() for pid in started):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_thread_or_descriptor_is_left_behind(sandbox, photo):
    sandbox.decode(photo(1))
    before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for seed in range(20):
        sandbox.decode(photo(seed))
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before
