"""Which photo is to blame, and for what."""

import io
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from shared.images import decode
from shared.invalid_image import EmptyFile, InvalidImage, TooCostly, UnsupportedImageType
from shared.sandbox import MachineBusy
from shared.sandbox import process as module
from tests.sandboxed import png


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


def test_many_threads_share_few_processes(sandbox, photo):
    expected = {seed: decode(photo(seed)) for seed in range(40)}
    with ThreadPoolExecutor(8) as pool:
        for seed, pixels in zip(
            expected, pool.map(lambda seed: sandbox.decode(photo(seed)), expected), strict=True
        ):
            np.testing.assert_array_equal(pixels, expected[seed])
