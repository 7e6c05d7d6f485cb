"""Where a fine-tune keeps what it can go on from: decoded photos, views and checkpoints."""

import shutil
from collections.abc import Callable
from pathlib import Path

from shared.tables import SCRATCH

PREFIX = "finetune-"


class Scratch:
    """A folder for a job, below tmp/ of the data folder."""

    def __init__(self, data: Path, job_id: str) -> None:
        self.folder = data / SCRATCH / f"{PREFIX}{job_id}"
        self.folder.mkdir(parents=True, exist_ok=True)

    def part(self, name: str) -> Path:
        """A folder in it."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def forget(self, name: str) -> Path:
        """The folder, with nothing in it."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.part(name)

    def remove(self) -> None:
        """The job has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)


def sweep(data: Path, ended: Callable[[str], bool]) -> None:
    """Removes what jobs left that were cancelled: they had no time to clear up."""
    for folder in (data / SCRATCH).glob(f"{PREFIX}*"):
        if ended(folder.name.removeprefix(PREFIX)):
            shutil.rmtree(folder, ignore_errors=True)
