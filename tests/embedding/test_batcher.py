"""Callers share batches, and each gets its own rows, an error, or a quick refusal."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from services.embedding.batcher import Batcher, Overloaded
from shared.vectors import PixelBatch, Pixels, Vectors


class Model:
    """Answers each image with its first pixel; can be held closed, and breaks on 255."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.seen: list[int] = []
        self.open = threading.Event()
        self.open.set()
        self.takes_s = 0.0

    def __call__(self, batch: PixelBatch) -> Vectors:
        self.open.wait(10)
        time.sleep(self.takes_s)
        self.sizes.append(len(batch))
        values = batch[:, 0, 0, :1].astype(np.float32)
        self.seen += values[:, 0].astype(int).tolist()
        if 255 in self.seen:
            self.seen.clear()
            raise RuntimeError("the model broke")
        return Vectors(values)


def image(value: int) -> Pixels:
    return Pixels(np.full((299, 299, 3), value, np.uint8))


def run(scenario, **limits) -> Model:
    model = Model()

    async def main() -> None:
        with ThreadPoolExecutor(1) as executor:
            options = {"max_size": 4, "max_wait": 0.02, "max_queue": 8, **limits}
            batcher = Batcher(model, executor=executor, **options)
            try:
                await asyncio.wait_for(scenario(batcher, model), 10)
            finally:
                model.open.set()
                await batcher.close()

    asyncio.run(main())
    return model


def test_callers_share_a_batch_and_get_their_own_rows():
    async def scenario(batcher, _model):
        rows = await asyncio.gather(*(batcher.embed([image(i), image(i + 10)]) for i in range(4)))
        assert [row[:, 0].tolist() for row in rows] == [[i, i + 10] for i in range(4)]

    assert run(scenario).sizes == [4, 4]


def test_a_failed_batch_answers_all_its_callers_and_the_next_one_works():
    async def scenario(batcher, _model):
        answers = await asyncio.gather(
            batcher.embed([image(1)]), batcher.embed([image(255)]), return_exceptions=True
        )
        assert [str(answer) for answer in answers] == ["the model broke"] * 2
        assert (await batcher.embed([image(7)]))[0, 0] == 7

    run(scenario)


def test_a_full_queue_refuses_at_once_and_loses_nobody():
    async def scenario(batcher, model):
        model.open.clear()
        first = asyncio.create_task(batcher.embed([image(i) for i in range(4)]))
        await asyncio.sleep(0.1)  # the model now holds these four
        waiting = asyncio.create_task(batcher.embed([image(i) for i in range(8)]))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await batcher.embed([image(9)])
        model.open.set()
        assert len(await first) == 4
        assert len(await waiting) == 8

    run(scenario)


def test_a_caller_that_went_away_costs_nothing():
    async def scenario(batcher, model):
        model.open.clear()
        first = asyncio.create_task(batcher.embed([image(1)]))
        await asyncio.sleep(0.1)
        gone = asyncio.create_task(batcher.embed([image(2)] * 8))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        last = asyncio.create_task(batcher.embed([image(3)]))  # fits, although eight waited
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, last)

    assert run(scenario).seen == [1, 3]


def test_who_waits_when_the_model_is_put_away_is_told_to_come_back():
    async def scenario(batcher, model):
        model.open.clear()
        running = asyncio.create_task(batcher.embed([image(1)]))
        await asyncio.sleep(0.05)  # it is at the model now
        waiting = asyncio.create_task(batcher.embed([image(2)]))
        await asyncio.sleep(0.05)
        await batcher.close()
        model.open.set()
        ended = await asyncio.wait_for(asyncio.gather(running, waiting, return_exceptions=True), 5)
        assert all(isinstance(error, Overloaded) for error in ended)

    run(scenario)


def test_two_who_ask_on_and_on_share_their_batches():
    """Each is back a moment after it was answered; taking turns would make both wait twice."""

    async def caller(batcher: Batcher) -> None:
        for _ in range(10):
            await batcher.embed([image(1)])
            await asyncio.sleep(0.005)  # a tenth of the batch's time

    async def scenario(batcher, model):
        model.takes_s = 0.05
        first = asyncio.create_task(caller(batcher))
        await asyncio.sleep(0.025)  # out of step
        await asyncio.gather(first, caller(batcher))

    model = run(scenario, max_wait=1)
    assert model.sizes.count(2) >= 6, model.sizes


def test_a_lone_caller_waits_for_nobody():
    async def scenario(batcher, model):
        model.takes_s = 0.05
        for value in range(3):
            await batcher.embed([image(value)])
        await asyncio.sleep(0.05)
        await batcher.embed([image(3)])

    assert run(scenario, max_wait=1000).sizes == [1, 1, 1, 1]


def test_a_batch_leaves_as_soon_as_those_just_answered_are_back():
    """Two are answered by a slow batch; the first one back waits for the second, then both go together."""

    async def scenario(batcher, model):
        model.takes_s = 0.5  # 0.25 s are waited
        await asyncio.gather(batcher.embed([image(1)]), batcher.embed([image(2)]))
        model.takes_s = 0.0
        first = asyncio.create_task(batcher.embed([image(3)]))
        await asyncio.sleep(0.02)
        assert not first.done()
        await asyncio.gather(first, batcher.embed([image(4)]))

    assert run(scenario, max_wait=1000).sizes == [2, 2]
