"""What the engine does without HTTP: `python -m tests.benchmarks.rows.offline DATA MODEL PHOTOS SECONDS`.

Answers JSON: images a second with two decoding processes and batches of 8, and the medians in milliseconds of
a batch of one and of one decode. A process of its own, so that the rates of services are not disturbed.
"""

import itertools
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from shared.images import decode
from shared.vectors import PixelBatch, Pixels
from tests.benchmarks.rows.engine import engine

BATCH = 8
AHEAD = 3 * BATCH
ALONE = 15  # runs that a median is of


def decoded(pool: ProcessPoolExecutor, photos: list[bytes]) -> Iterator[Pixels]:
    """Photos without end, some of them decoded before they are asked for."""
    following = itertools.cycle(photos)
    waiting = deque(pool.submit(decode, next(following)) for _ in range(AHEAD))
    while True:
        yield waiting.popleft().result()
        waiting.append(pool.submit(decode, next(following)))


def rate(predict, photos: list[bytes], seconds: float) -> float:
    """Images a second; the first batch does not count."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=context) as pool:
        pixels, done = decoded(pool, photos), 0
        predict(PixelBatch(np.stack(list(itertools.islice(pixels, BATCH)))))
        begun = time.perf_counter()
        while time.perf_counter() < begun + seconds:
            predict(PixelBatch(np.stack(list(itertools.islice(pixels, BATCH)))))
            done += BATCH
        took = time.perf_counter() - begun
        pool.shutdown(cancel_futures=True)
    return done / took


def milliseconds(work, given: list) -> float:
    """The median of one call."""
    took = []
    for _, one in zip(range(ALONE), itertools.cycle(given), strict=False):
        begun = time.perf_counter()
        work(one)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def main(data: str, model: str, folder: str, seconds: str) -> None:
    """Prints one line."""
    photos = [file.read_bytes() for file in sorted(Path(folder).glob("*.jpg"))]
    predict, name = engine(Path(data), model, (1, BATCH))
    pixels = [PixelBatch(decode(photo)[None]) for photo in photos]
    predict(pixels[0])
    found = {
        "engine": name,
        "alone_ms": milliseconds(predict, pixels),
        "decode_ms": milliseconds(decode, photos),
        "rate": rate(predict, photos, float(seconds)),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
