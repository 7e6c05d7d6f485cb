"""The first system's answers, from its .npy files with plain NumPy, beside ours to the same question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
from numpy.typing import NDArray

from local.adopt.table import Machine
from local.jobs import ok
from shared.names import plain_name

TOP = 20
ASKED = 50
ROUNDED = 1e-3  # of a vector's length: at rest we keep vectors as float16, so nearer ones are as good as tied

MOST = 1000  # matches that a search gives at most

Ask = Callable[[str], list[str] | None]  # ids for an item, the nearest first; None: it has no vector here


class NothingToCompare(LookupError):
    """None of the first system's vectors is of a machine of its table."""


@dataclass(frozen=True)
class Difference:
    """An item whose answers are not the same, how many are, and why."""

    id: str
    same: int
    of: int
    why: str


class OldSearch:
    """Euclidean distance between raw vectors, the item itself among the candidates."""

    def __init__(self, folder: Path, machines: Sequence[Machine]) -> None:
        files = {plain_name(file.name): file for file in sorted(folder.glob("*.npy"))}
        self.ids: list[str] = []
        found = []
        for machine in machines:
            file = files.get(plain_name(f"{machine.photo}.npy"))
            if file is not None and (row := _row(file)) is not None:
                self.ids.append(machine.id)
                found.append(row)
        if not found:
            raise NothingToCompare(f"{folder.name}/ holds no vector of a machine of the table.")
        usual = max({len(row) for row in found}, key=lambda size: sum(len(row) == size for row in found))
        self.ids = [item for item, row in zip(self.ids, found, strict=True) if len(row) == usual]
        self._rows = np.stack([row for row in found if len(row) == usual])

    def distances(self, item: str) -> NDArray[np.float32]:
        """To every candidate, in the order of `ids`."""
        mine = self._rows[self.ids.index(item)]
        far: NDArray[np.float32] = np.linalg.norm(self._rows - mine, axis=1)
        return far

    def tolerance(self, item: str) -> float:
        """Distances that differ by less are the same to us."""
        return ROUNDED * float(np.linalg.norm(self._rows[self.ids.index(item)]))


def asked(old: OldSearch) -> list[str]:
    """ASKED items, spread evenly over the table: the same every time."""
    last = len(old.ids) - 1
    return [old.ids[round(place)] for place in np.linspace(0, last, min(ASKED, last + 1)).tolist()]


def differences(old: OldSearch, ask: Ask) -> list[Difference]:
    """Of every asked item whose answers differ."""
    found = (_difference(old, item, ask) for item in asked(old))
    return [one for one in found if one is not None]


def asker(client: httpx2.Client, model: str, old: OldSearch) -> Ask:
    """Asks a running Nitari for so many that TOP are left without what the first system had no vector of."""
    others = ok(client.get("/items", params={"limit": 1}))["total"] - len(old.ids)
    limit = min(MOST, TOP + max(0, others))

    def ask(item: str) -> list[str] | None:
        query = {"ids": [item], "metric": "euclidean", "limit": limit, "model": model}
        answer = client.post("/search", json=query)
        if answer.status_code in (404, 409):  # not here, or without a vector
            return None
        return [match["id"] for match in ok(answer)["matches"]]

    return ask


def _difference(old: OldSearch, item: str, ask: Ask) -> Difference | None:
    far = old.distances(item)
    order = np.argsort(far, kind="stable")[:TOP]
    theirs, found = [old.ids[place] for place in order], ask(item)
    places = {one: place for place, one in enumerate(old.ids)}
    if found is None:
        return Difference(item, 0, len(theirs), "it has no vector here")
    ours = [one for one in found if one in places][:TOP]
    same = len({*theirs} & {*ours})
    if same == len(theirs):
        return None
    edge, near = float(far[order[-1]]), old.tolerance(item)
    reasons = {_why(one, float(far[places[one]]), edge, near, ask) for one in {*theirs} ^ {*ours}}
    return Difference(item, same, len(theirs), "; ".join(sorted(reasons)))


def _why(one: str, distance: float, edge: float, near: float, ask: Ask) -> str:
    if ask(one) is None:
        return f"{one} has no vector here"
    if abs(distance - edge) <= near:
        return "a tie at the last place"
    return f"{one} is at {distance:.4f}, the last at {edge:.4f}"


def _row(file: Path) -> NDArray[np.float32] | None:
    """As the first system read it, but for what is no vector."""
    try:
        row = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    row = np.asarray(row)
    if row.dtype.kind != "f" or not row.size or not np.isfinite(row).all() or not row.any():
        return None
    return row.reshape(-1).astype(np.float32)
