import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared.images import decode
from shared.invalid_image import DamagedImage, EmptyFile, InvalidImage, TooCostly, UnsupportedImageType
from shared.sandbox import Limits, MachineBusy, Sandbox, SandboxBroken
from shared.sandbox import process as module


def png(side: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def decoders() -> list[int]:
    """The sandboxed processes of this one, whichever thread started them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status, command = (folder / "stat").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status.rpartition(")")[2].split()[1]) == os.getpid() and b"shared.sandbox.inside" in command:
            found.append(int(folder.name))
    return found


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


def test_a_photo_is_decoded_as_without_a_sandbox(sandbox, photo):
    for kind in ("JPEG", "PNG", "WEBP"):
        np.testing.assert_array_equal(sandbox.decode(photo(1, kind=kind)), decode(photo(1, kind=kind)))
    with Image.open(io.BytesIO(sandbox.thumbnail(photo(1)))) as small:
        assert small.format == "JPEG" and max(small.size) == 256


@pytest.mark.parametrize(("data", "error"), [(b"", EmptyFile), (b"<html>", UnsupportedImageType)])
def test_what_is_wrong_with_a_photo_comes_back_by_name(sandbox, data, error):
    with pytest.raises(error) as raised:
        sandbox.decode(data)
    assert str(raised.value)


def test_a_photo_that_takes_too_much_memory_is_refused_and_the_next_is_decoded(one, photo):
    box = one(memory_mb=64)
    for _ in range(2):
        with pytest.raises(TooCostly, match="memory"):
            box.decode(png(6000))
        assert box.decode(photo(1)).shape == (299, 299, 3)


def test_a_large_file_is_not_counted_as_memory_of_its_decoder(one, photo):
    assert one(memory_mb=64).decode(photo(1) + bytes(100_000_000)).shape == (299, 299, 3)


def test_a_photo_that_takes_too_long_is_refused_and_its_process_replaced(one, photo):
    box = one(cpu_s=0.2)
    begun = time.monotonic()
    with pytest.raises(TooCostly, match=r"0\.2 s"):
        box.decode(png(7900))
    assert time.monotonic() - begun < 5
    assert box.decode(photo(1)).shape == (299, 299, 3)


def test_time_is_counted_for_each_photo_alone(one, photo):
    box = one(cpu_s=0.2)
    for seed in range(300):  # together they take longer
        box.decode(photo(seed))


def test_a_process_that_hangs_is_the_machines_fault(one, photo):
    before = set(decoders())
    box = one(wall_s=1)
    (pid,) = set(decoders()) - before
    box.decode(photo(1))
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(MachineBusy):
        box.decode(photo(1) + bytes(10_000_000))  # more than its pipe holds: sending hangs too
    assert box.decode(photo(1)).shape == (299, 299, 3)


def test_what_an_earlier_photo_left_is_not_the_next_ones_fault(one, photo):
    """A TIFF whose tag of 20 MB becomes a list of numbers: memory that its process does not give back."""
    count = 8_000_000
    tags = [
        (256, 3, 1, 8),
        (257, 3, 1, 8),
        (258, 3, count, 200),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in [*tags, (277, 3, 1, 1), (278, 3, 1, 8)])
    bloat = (b"II*\0" + struct.pack("<IH", 8, 8) + entries + bytes(4)).ljust(200, b"\0") + bytes(2 * count)
    box = one(memory_mb=300)
    large = png(6000)  # takes nearly half of it
    for _ in range(3):
        with pytest.raises(InvalidImage):
            box.decode(bloat)
        assert box.decode(large).shape == (299, 299, 3)


@pytest.mark.parametrize(("most", "error"), [(0.0, TooCostly), (1.0, MachineBusy)])
def test_when_the_clock_runs_out_a_photo_is_to_blame_if_it_used_most_of_its_cpu(
    one, monkeypatch, most, error
):
    monkeypatch.setattr(module, "MOST", most)
    with pytest.raises(error):
        one(cpu_s=10, wall_s=0.15).decode(png(7900))


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


def test_many_threads_share_few_processes(sandbox, photo):
    expected = {seed: decode(photo(seed)) for seed in range(40)}
    with ThreadPoolExecutor(8) as pool:
        for seed, pixels in zip(
            expected, pool.map(lambda seed: sandbox.decode(photo(seed)), expected), strict=True
        ):
            np.testing.assert_array_equal(pixels, expected[seed])


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
