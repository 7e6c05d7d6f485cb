"""Decodes photos beside the event loop, a few at a time."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from shared.images import InvalidImage, decode
from shared.vectors import Pixels


class Decoders:
    """Threads are enough: Pillow lets go of the interpreter while it decodes."""

    def __init__(self) -> None:
        # a photo of 64 megapixels takes up to 260 MB: no more at once than there are cores
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="decode")

    async def decode(self, photos: list[tuple[str, bytes]]) -> list[Pixels]:
        """Pixels of (field, bytes) pairs. Raises InvalidImage, its `field` saying which."""
        loop = asyncio.get_running_loop()
        work = [loop.run_in_executor(self._pool, _decode, field, data) for field, data in photos]
        return list(await asyncio.gather(*work))

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(cancel_futures=True)


def _decode(field: str, data: bytes) -> Pixels:
    try:
        return decode(data)
    except InvalidImage as error:
        error.field = field
        raise
