"""Bodies that are larger than memory and /tmp: they lie in a folder, in files without a name."""

from collections.abc import AsyncGenerator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from shared.files import full_disk_named


class SpoolingParser(MultiPartParser):
    """Starlette's parser, with the files of the form in `spool` from their first byte, where there is one."""

    def __init__(
        self, headers: Headers, stream: AsyncGenerator[bytes, None], *, spool: Path | None, **limits: int
    ) -> None:
        super().__init__(headers, stream, **limits)
        self._spool = spool

    def on_headers_finished(self) -> None:
        """As MultiPartParser has it."""
        super().on_headers_finished()
        part = self._current_part
        if self._spool is not None and part.file is not None:
            file = nameless(self._spool)
            self._files_to_close_on_error.append(file)  # type: ignore[arg-type]  # it closes them, no more
            part.file.file.close()
            part.file = UploadFile(file, size=0, filename=part.file.filename, headers=part.file.headers)  # type: ignore[arg-type]

    def close(self) -> None:
        """Also the file whose end did not come, which is in no form."""
        for file in self._files_to_close_on_error:
            file.close()


async def spooled(request: Request, file: IO[bytes]) -> None:
    """Writes the body as it comes. Raises DiskFull."""
    with full_disk_named():
        async for piece in request.stream():
            await run_in_threadpool(file.write, piece)
        await run_in_threadpool(file.flush)


def nameless(folder: Path) -> IO[bytes]:
    """A file of no name: it is gone when it is closed, or its process killed."""
    folder.mkdir(parents=True, exist_ok=True)
    return TemporaryFile(dir=folder)
