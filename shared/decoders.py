"""Decodes the photos of requests beside the event loop, a few at a time, in a sandbox."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from shared.invalid_image import InvalidImage
from shared.sandbox import Limits, Sandbox
from shared.settings import Settings
from shared.vectors import Box, Pixels

MAX_PROCESSES = 4  # each may take NITARI_DECODE_MB
PATIENCE = 1.25  # somebody waits for the answer


class Decoders:
    """As many at once as there are cores, up to MAX_PROCESSES."""

    def __init__(self, settings: Settings) -> None:
        count = min(os.cpu_count() or 1, MAX_PROCESSES)
        self._sandbox = Sandbox(processes=count, limits=Limits.of(settings, patience=PATIENCE))
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="decode")  # each waits for a process

    async def decode(self, photos: list[tuple[str, bytes]], box: Box | None = None) -> list[Pixels]:
        """Pixels of (field, bytes) pairs, of a box in each if there is one.

        Raises InvalidImage, its `field` saying which, and MachineBusy.
        """
        loop = asyncio.get_running_loop()
        work = [loop.run_in_executor(self._pool, self._decode, field, data, box) for field, data in photos]
        try:
            return list(await asyncio.gather(*work))
        finally:
            for one in work:  # a bad photo answers for all: those behind it need not be decoded
                one.cancel()

    async def thumbnail(self, photo: bytes) -> bytes:
        """A small JPEG. Raises InvalidImage, MachineBusy."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._sandbox.thumbnail, photo)

    def close(self) -> None:
        """Ends the threads and processes."""
        self._pool.shutdown(cancel_futures=True)
        self._sandbox.close()

    def _decode(self, field: str, data: bytes, box: Box | None) -> Pixels:
        try:
            return self._sandbox.decode(data, box)
        except InvalidImage as error:
            error.field = field
            raise
