import errno

import pytest

from services.worker.finetune.child import _failure
from services.worker.finetune.errors import DatasetGone
from services.worker.finetune.scratch import Scratch, sweep
from shared.files import DiskFull
from shared.store import DamagedModel, ModelExists


def raising(error: Exception):
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DatasetGone("It is gone."), "It is gone."),
        (DamagedModel("model.keras is not the file"), "is not the file"),
        (ModelExists("There is one."), "There is one."),
        (DiskFull("full"), "disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (MemoryError(), "smaller batch_size"),
    ],
)
def test_what_cannot_be_mended_by_another_attempt_is_said(error, says):
    assert says in _failure(raising(error))


def test_what_another_attempt_may_mend_is_not_caught():
    with pytest.raises(OSError, match="refused"):
        _failure(raising(OSError(errno.ECONNREFUSED, "refused")))
    assert _failure(lambda: None) is None


def test_what_ended_jobs_left_is_cleared_and_what_waits_is_kept(tmp_path):
    for job in ("cancelled", "waiting"):
        (Scratch(tmp_path, job).part("views") / "cut.npy").touch()
    mine = Scratch(tmp_path, "mine")
    sweep(tmp_path, lambda job: job == "cancelled")
    left = {path.name for path in (tmp_path / "tmp").iterdir()}
    assert left == {"finetune-waiting", "finetune-mine"}
    mine.remove()
    assert not mine.folder.exists()
