"""POST /search with a photo, from end to end, over the whole running stack."""

import httpx2

from local.stack import Stack
from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.row import Measured, Row

TARGET_MS = 15.0
ITEMS = 32


def measure(bench: Bench) -> Measured:
    stack = Stack(bench.data)
    try:
        url = stack.up(None).url
        _fill(url, bench.photos[:ITEMS])
        ours = bench.load(url, 1, "/search")
    finally:
        stack.down()
    floor = bench.rounds.alone("alone_ms") + bench.rounds.alone("decode_ms")
    more = ours.p50 - floor
    return [
        Row(
            f"POST /search with a 1-megapixel JPEG, p50 from end to end, {ITEMS} items",
            "the engine's batch of one and one decode",
            f"{ours.p50:.0f} ms",
            f"{floor:.0f} ms",
            f"{more:+.0f} ms",
            f"at most {TARGET_MS:.0f} ms more",
            more <= TARGET_MS,
            f"{floor:.0f} ms: both are needed for any answer",
            f"A search by photo takes {ours.p50:.0f} ms; {max(0.0, more):.0f} ms of them are neither the"
            " decode nor the model.",
        )
    ]


def _fill(url: str, photos: list[bytes]) -> None:
    with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
        for number, photo in enumerate(photos):
            client.put(f"/items/{number}", files={"image": photo}).raise_for_status()
