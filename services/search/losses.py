"""What happens to a page whose worker was lost."""

import sqlite3
import time
from collections.abc import Sequence

from services.search.database import Database
from services.search.indexes import Indexes
from services.search.jobs import end
from services.search.scope import models_of

# then a listing or a table fails its job, and a page of images is halved until the fatal photo is alone
MAX_LOSSES = 3
IN_TRAINING = (
    " without getting further. Its log says why; where nothing does, memory was short:"
    " ask for a smaller batch_size, or give it more."
)


class Losses:
    """Frees what lost workers held, and finds the photo that kills them."""

    def __init__(self, database: Database, indexes: Indexes) -> None:
        self._database = database
        self._indexes = indexes

    def lose(self, holder: str) -> None:
        """A worker says that its child died: what it held is free, and counted as lost."""
        self._free("SELECT * FROM pages WHERE holder = ?", holder)

    def expire(self) -> None:
        """Frees the pages whose lease ran out."""
        self._free("SELECT * FROM pages WHERE holder IS NOT NULL AND lease_until < ?", time.time())

    def _free(self, sql: str, parameter: str | float) -> None:
        with self._database.holding():
            with self._database.write() as write:
                fatal = _lose(write, write.execute(sql, (parameter,)).fetchall())
            for image, model in fatal:
                self._indexes.remove([image], model=model)


def add_page(
    write: sqlite3.Connection, job_id: str, models: Sequence[str], images: Sequence[int], *, attempts: int
) -> int:
    """A page nobody holds, with a claim on each image for each model."""
    page = write.execute(
        "INSERT INTO pages (job_id, kind, attempts) VALUES (?, 'embed', ?)", (job_id, attempts)
    ).lastrowid
    assert page is not None
    claims = [(image, model, page) for image in images for model in models]
    write.executemany("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", claims)
    return page


def _lose(write: sqlite3.Connection, pages: Sequence[sqlite3.Row]) -> list[tuple[int, str]]:
    """Images (and the model) that were given up."""
    fatal: list[tuple[int, str]] = []
    for page in pages:
        losses = page["attempts"] + 1
        write.execute("UPDATE pages SET holder = NULL, attempts = ? WHERE id = ?", (losses, page["id"]))
        if losses >= MAX_LOSSES and page["kind"] != "embed":
            why = IN_TRAINING if page["kind"] == "train" else "."
            end(write, page["job_id"], "failed", error=f"The worker was lost {MAX_LOSSES} times{why}")
        elif losses >= MAX_LOSSES:
            fatal += _halve(write, page)
    return fatal


def _halve(write: sqlite3.Connection, page: sqlite3.Row) -> list[tuple[int, str]]:
    job = write.execute("SELECT * FROM jobs WHERE id = ?", (page["job_id"],)).fetchone()
    images = [
        row[0]
        for row in write.execute(
            "SELECT DISTINCT image_id FROM claims WHERE page_id = ? ORDER BY image_id", (page["id"],)
        )
    ]
    write.execute("DELETE FROM pages WHERE id = ?", (page["id"],))
    if len(images) == 1:
        version = write.execute("SELECT version FROM images WHERE id = ?", (images[0],)).fetchone()["version"]
        record_error(write, job, images[0], version, "The worker died each time it read this photo.")
        return [(images[0], model) for model in models_of(job)]
    middle = len(images) // 2
    for part in (images[:middle], images[middle:]):
        if part:  # one loss more and it is halved again
            add_page(write, job["id"], models_of(job), part, attempts=MAX_LOSSES - 1)
    return []


def record_error(write: sqlite3.Connection, job: sqlite3.Row, image: int, version: int, error: str) -> None:
    """An error in the place of an image's vectors, for these bytes of it, listed by the job."""
    for model in models_of(job):
        write_error(write, model, image, version, error)
    list_error(write, job, image, error)


def write_error(write: sqlite3.Connection, model: str, image: int, version: int, error: str) -> None:
    """An error in the place of an image's vector."""
    write.execute("DELETE FROM vectors WHERE image_id = ? AND model = ?", (image, model))
    write.execute(
        "INSERT INTO vectors (model, image_id, version, error) SELECT ?, id, ?, ? FROM images WHERE id = ?",
        (model, version, error, image),
    )


def list_error(write: sqlite3.Connection, job: sqlite3.Row, image: int, error: str) -> None:
    """Only lists it: the job does not try the image again, the next one does."""
    write.execute(
        "INSERT OR REPLACE INTO job_errors SELECT ?, path, ? FROM images WHERE id = ?",
        (job["id"], error, image),
    )
