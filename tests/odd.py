"""The field's unusual and hostile photos, where this machine has them; each with what must become of it."""

import csv
from pathlib import Path
from typing import Literal, NamedTuple

FOLDER = Path(__file__).parents[2] / "shared" / "odd-images"
MISSING = "the folder of odd images is not on this machine"


class Odd(NamedTuple):
    """A file, and whether it must be accepted, rejected or either."""

    name: str
    expect: Literal["accept", "reject", "either"]

    @property
    def data(self) -> bytes:
        return (FOLDER / self.name).read_bytes()


def odd_images() -> list[Odd]:
    """All of them; none where the folder is missing."""
    if not (FOLDER / "MANIFEST.tsv").is_file():
        return []
    with (FOLDER / "MANIFEST.tsv").open(newline="", encoding="utf-8") as file:
        return [Odd(row["file"], row["expect"]) for row in csv.DictReader(file, delimiter="\t")]
