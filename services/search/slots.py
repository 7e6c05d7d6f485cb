"""Which work may run beside which: a worker has a slot for each of four kinds of work."""

import sqlite3

# tables take seconds, vectors that go or come minutes, photos hours, a fine-tune days: none waits for another
VECTORS = ("export", "whiten", "vectors")
SLOTS = {"finetune": "finetune", **dict.fromkeys(VECTORS, "vectors")}  # of a job; else photos
FINETUNE, PHOTOS = "finetune", "photos"
SLOT = (
    "CASE WHEN pages.kind = 'import' THEN 'import' WHEN jobs.kind = 'finetune' THEN 'finetune'"
    f" WHEN jobs.kind IN {VECTORS} THEN 'vectors' ELSE 'photos' END"
)


def slot_taken(write: sqlite3.Connection, job: sqlite3.Row, worker: str, holder: str) -> bool:
    """Whether another holder has this worker's slot for what comes next of the job.

    Tables are imported one after the other, wherever: the newest must have the last word.
    """
    table = write.execute(
        "SELECT id FROM pages WHERE job_id = ? AND kind = 'import' AND holder IS NULL", (job["id"],)
    ).fetchone()
    if table is not None:
        older = "SELECT 1 FROM pages WHERE kind = 'import' AND id < ?"
        return write.execute(older, (table["id"],)).fetchone() is not None
    slot = SLOTS.get(job["kind"], PHOTOS)
    other = write.execute(
        f"SELECT 1 FROM pages JOIN jobs ON jobs.id = pages.job_id WHERE holder <> ? AND {SLOT} = ?"
        f" AND (worker = ? OR {SLOT} = ?)",
        (holder, slot, worker, FINETUNE),
    )
    return other.fetchone() is not None
