"""Which model was live before, which was learnt last, and which is to become live: rows of `meta`."""

import json
import sqlite3

from pydantic import BaseModel

from services.search.gate import numbers
from shared.store import Manifest

LIVE, PREVIOUS, CANDIDATE = "live_model", "previous_model", "candidate_model"
BEEN_LIVE, PENDING = "been_live", "pending_activation"
MANUAL = "refused: another model was made live meanwhile"
NEWER = "refused: a newer model is to become live"
CANCELLED = "refused: the job was cancelled"
DELETED = "refused: the model was deleted"


class Pending(BaseModel):
    """A model that becomes live once it lacks nothing, and the job that promised it."""

    model: str
    job: str


def read(connection: sqlite3.Connection, name: str) -> str | None:
    """A row of `meta`."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def pending(connection: sqlite3.Connection) -> Pending | None:
    """The model that waits to become live."""
    text = read(connection, PENDING)
    return None if text is None else Pending.model_validate_json(text)


def been_live(connection: sqlite3.Connection) -> list[str]:
    """Every model that is or was live: it may be again, whatever the gate says."""
    before: list[str] = json.loads(read(connection, BEEN_LIVE) or "[]")
    live = read(connection, LIVE)
    return [*before, live] if live is not None and live not in before else before


def propose(write: sqlite3.Connection, manifest: Manifest, job: str, activate: str) -> str:
    """A learnt model is the candidate now; what its job is to say of its activation."""
    _write(write, CANDIDATE, manifest.name)
    gate = manifest.gate
    if activate == "never":
        return "never"
    if activate == "if_better" and not (gate and gate.passed):
        return f"refused: it is not better. {numbers(gate)}" if gate else "refused: nothing was measured"
    _settle(write, NEWER)
    _write(write, PENDING, Pending(model=manifest.name, job=job).model_dump_json())
    return "pending"


def succeed(write: sqlite3.Connection, name: str) -> None:
    """Searches that begin from now on use this model; whatever else was to become live is not."""
    before, waits = read(write, LIVE), pending(write)
    _settle(write, "active" if waits and waits.model == name else MANUAL)
    _write(write, BEEN_LIVE, json.dumps([*(one for one in been_live(write) if one != name), name]))
    _write(write, LIVE, name)
    if before is not None and before != name:
        _write(write, PREVIOUS, before)
    write.execute("DELETE FROM meta WHERE name IN (?, ?) AND value = ?", (CANDIDATE, PREVIOUS, name))


def withdraw(write: sqlite3.Connection, job: str) -> None:
    """What a job that is cancelled has promised; its model stays the candidate."""
    waits = pending(write)
    if waits is not None and waits.job == job:
        _settle(write, CANCELLED)


def forget(write: sqlite3.Connection, name: str) -> None:
    """A model that is no more; another one of its name is not the same."""
    waits = pending(write)
    if waits is not None and waits.model == name:
        _settle(write, DELETED)
    _write(write, BEEN_LIVE, json.dumps([one for one in been_live(write) if one != name]))
    write.execute("DELETE FROM meta WHERE name IN (?, ?) AND value = ?", (CANDIDATE, PREVIOUS, name))


def _settle(write: sqlite3.Connection, outcome: str) -> None:
    """What was pending is no more; its job says what became of it."""
    waits = pending(write)
    if waits is not None:
        write.execute(
            "UPDATE jobs SET result = json_set(result, '$.activation', ?) WHERE id = ?", (outcome, waits.job)
        )
        write.execute("DELETE FROM meta WHERE name = ?", (PENDING,))


def _write(write: sqlite3.Connection, name: str, value: str) -> None:
    write.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
