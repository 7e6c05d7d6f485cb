"""The first system's tools.csv, read as it did: what it dropped, and which photo each machine has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.worker.tables.reader import BadTable, rows

COLUMNS = ("id", "genre_id", "name", "top_img")


@dataclass(frozen=True)
class Machine:
    """A row that the first system kept."""

    id: str
    photo: str


@dataclass(frozen=True)
class Machines:
    """Rows by what they lack; `kept` lack nothing."""

    kept: list[Machine]
    total: int
    lacking: dict[str, int]  # column -> how many rows have nothing there

    @classmethod
    def read(cls, file: Path) -> "Machines":
        """Raises BadTable."""
        content = rows(file)
        header = [name.strip() for name in next(content, (0, list[str]()))[1]]
        if missing := [name for name in COLUMNS if name not in header]:
            raise BadTable(f"{file.name} has no column {', '.join(missing)}.")
        places = [header.index(name) for name in COLUMNS]
        return cls._of(content, places)

    @classmethod
    def _of(cls, content: Iterator[tuple[int, list[str]]], places: Sequence[int]) -> "Machines":
        kept: dict[str, Machine] = {}
        lacking = dict.fromkeys(COLUMNS, 0)
        total = 0
        for _, cells in content:
            total += 1
            values = [cells[place].strip() if place < len(cells) else "" for place in places]
            for name, value in zip(COLUMNS, values, strict=True):
                lacking[name] += not value
            if all(values):
                kept.setdefault(values[0], Machine(values[0], values[3]))
        return cls(list(kept.values()), total, lacking)


def photo_names(machines: Machines) -> set[str]:
    """The file names of every machine's photo."""
    return {machine.photo.replace("\\", "/").rpartition("/")[2] for machine in machines.kept}
