"""kill -9 of a fine-tune at random moments; NITARI_TEST_KILLS says how many (default 2)."""

import os
import random
import signal
import time

import pytest

from shared.store import ModelStore
from tests.shapes import fill

SHORT = {"epochs": 3, "cached_views": 2, "early_stopping": None, "batch_size": 8}
KILLS = int(os.environ.get("NITARI_TEST_KILLS", "2"))
SEED = int(os.environ.get("NITARI_TEST_SEED", "5"))


def learn(running, name: str) -> str:
    answer = running.client.post("/jobs/finetune", json={"dataset": "killed", "name": name, **SHORT})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def ended(running, job: str, name: str) -> dict:
    """What can be compared of a job that ended well: everything but times. The model is removed."""
    done = running.ended(job, seconds=300)
    assert done["state"] == "succeeded", done["error"]
    manifest = ModelStore(running.stack.data).verify(name)
    assert manifest.job == job
    assert running.client.delete(f"/models/{name}").status_code == 204
    history = [{**epoch, "seconds": 0} for epoch in done["training"]["history"]]
    return {"metrics": manifest.metrics, "history": history, "gate": manifest.gate}


@pytest.mark.slow
@pytest.mark.timeout(300 + 300 * KILLS)
def test_a_fine_tune_that_is_killed_at_any_moment_ends_once_with_the_same_metrics(running):
    fill(running.stack.data / "datasets" / "killed", each=8)
    begun = time.monotonic()
    whole = ended(running, learn(running, "whole"), "whole")
    seconds = time.monotonic() - begun
    chance = random.Random(SEED)
    landed = 0
    for number in range(KILLS):
        name = f"killed-{number}"
        job = learn(running, name)
        running.wait(lambda: running.processes("finetune.child"))
        at = chance.uniform(0, seconds - 3)
        time.sleep(at)
        if running.processes("finetune.child"):
            where = running.job(job)
            running.signal("finetune.child", signal.SIGKILL)
            landed += 1
            print(f"seed {SEED}, kill {number}: {at:.1f} s after the start, {where['note']}")
        again = ended(running, job, name)
        assert again == whole, number
    print(f"{landed} of {KILLS} kills landed; unbroken {seconds:.0f} s")
    assert landed
