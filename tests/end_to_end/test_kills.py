import shutil
import signal
import sqlite3

import pytest

COUNT = 400
KILLED = ("services.worker.extract", "services.worker.app", "redis", "services.search")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_job_survives_the_kill_of_each_part(running, photo):
    """kill -9 of the child, the worker, Redis and search in the middle of a job, one after the other."""
    folder = running.photos / "many"
    folder.mkdir()
    for seed in range(COUNT):
        (folder / f"{seed:03}.jpg").write_bytes(photo(1000 + seed, size=(90, 70)))
    job = running.extract(images_dir="many")
    progress = 0
    for part in KILLED:
        progress = running.wait(lambda reached=progress: _beyond(running, job, reached + 30))
        running.signal(part, signal.SIGKILL)
        state = running.job(job)
        print(f"killed {part} at {progress} of {COUNT}, then {state['done']}")
        assert state["state"] == "running"  # the kill landed in the middle
    ended = running.ended(job, seconds=240)
    assert ended["state"] == "succeeded", ended
    assert (ended["total"], ended["done"], ended["error_count"]) == (COUNT, COUNT, 0)
    database = sqlite3.connect(running.stack.data / "catalogue.sqlite3")
    rows = database.execute(
        "SELECT i.path, count(*) FROM images i JOIN vectors v ON v.image_id = i.id"
        " WHERE i.path LIKE 'many/%' AND v.row IS NOT NULL GROUP BY i.path"
    ).fetchall()
    database.close()
    assert len(rows) == COUNT and all(count == 1 for _, count in rows)
    running.wait(running.ready)
    for seed in (0, 200, COUNT - 1):
        match = running.search(photo(1000 + seed, size=(90, 70))).json()["matches"][0]
        assert match["id"] == f"many/{seed:03}.jpg" and match["score"] > 0.9999
    shutil.rmtree(folder)


def _beyond(running, job: str, reached: int) -> int | None:
    state = running.job(job)
    assert state["state"] in ("queued", "running"), "the job ended before every part was killed"
    return state["done"] if state["done"] >= reached else None
