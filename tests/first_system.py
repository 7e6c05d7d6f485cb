"""A folder as the first system of this kind left it: table, photos, two folders of vectors."""

import csv
import io
from pathlib import Path

import numpy as np

HEADER = ["id", "genre_id", "name", "top_img", "no", "maker", "model", "spec"]
COUNT = 60
WITHOUT_VECTOR = "3"  # its photo is there
NAMELESS, GONE, BARE = "61", "62", "63"  # a row without name; one whose photo is not there; one without photo


def make(folder: Path, photo) -> None:
    """Everything but networks and vectors."""
    images = folder / "app" / "static" / "img"
    images.mkdir(parents=True)
    rows = [
        [str(n), str(14 + n % 5), f"機械 {n}", name_of(n), "", "", "表,引用", ""] for n in range(1, COUNT + 1)
    ]
    rows += [
        [NAMELESS, "14", "", name_of(61)],
        [GONE, "15", "無い", "gone.jpg"],
        [BARE, "15", "写真なし", ""],
    ]
    for n in range(1, COUNT + 2):
        (images / name_of(n)).write_bytes(photo(n))
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *([*row, "", "", "", ""][:8] for row in rows)])
    (folder / "app" / "tools.csv").write_bytes(text.getvalue().encode())
    (folder / "app" / "config.py").write_text(
        "DEBUG = True\n# FEATURES = 'vectors'\nFEATURES = './finetuned_vectors'\n", encoding="utf-8"
    )
    (folder / "learning" / "images" / "genre_1").mkdir(parents=True)


def name_of(number: int) -> str:
    return f"{14 + number % 5}_{number}.{'JPG' if number % 7 == 0 else 'jpg'}"


def write_vectors(folder: Path, name: str, rows: dict[str, np.ndarray]) -> None:
    """A `<file name>.npy` each."""
    place = folder / "app" / name
    place.mkdir(parents=True, exist_ok=True)
    for number, (photo, row) in enumerate(rows.items(), 1):
        if str(number) != WITHOUT_VECTOR:
            np.save(place / f"{photo}.npy", row)


def photos_of(folder: Path) -> dict[str, bytes]:
    images = folder / "app" / "static" / "img"
    return {name_of(n): (images / name_of(n)).read_bytes() for n in range(1, COUNT + 2)}
