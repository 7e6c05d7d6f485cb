"""Which work may run beside which: a worker has a slot for tables, one for photos and one for a fine-tune."""

import sqlite3

FINETUNE = "finetune"
# a worker has a slot for tables, which take seconds, one for photos and one for a fine-tune
SLOT = "iif(pages.kind = 'import', 'import', iif(jobs.kind = 'finetune', 'finetune', 'photos'))"


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
    slot = "finetune" if job["kind"] == FINETUNE else "photos"
    other = write.execute(
        f"SELECT 1 FROM pages JOIN jobs ON jobs.id = pages.job_id WHERE holder <> ? AND {SLOT} = ?"
        f" AND (worker = ? OR {SLOT} = ?)",
        (holder, slot, worker, FINETUNE),
    )
    return other.fetchone() is not None
