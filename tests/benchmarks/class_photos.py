"""Vectors of photos in class folders, made once and kept in the machine's temporary folder."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.images import decode
from shared.settings import Settings
from shared.store import ModelStore
from shared.vectors import PixelBatch, UnitVectors, Vectors, to_unit

DATASETS = Path(__file__).parents[3] / "shared" / "datasets"
BATCH = 32


@dataclass(frozen=True)
class ClassPhotos:
    """Unit rows of a model (n, dimension), the class of each (n,), and which are of a folder `train`."""

    rows: UnitVectors
    labels: NDArray[np.int64]
    train: NDArray[np.bool_]


def class_photos(*folders: str) -> ClassPhotos:
    """The photos of <folder>/<class>/, folders relative to the data sets; by the model of the data folder."""
    photos = sorted(photo for folder in folders for photo in (DATASETS / folder).glob("*/*"))
    names = sorted({photo.parent.name for photo in photos})
    labels = np.array([names.index(photo.parent.name) for photo in photos])
    train = np.array([photo.parents[1].name == "train" for photo in photos])
    store = ModelStore(Settings().data)
    model = store.default() or ""
    seen = [model, *(f"{photo} {photo.stat().st_size} {photo.stat().st_mtime_ns}" for photo in photos)]
    mark = hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir()) / f"nitari-ranking-{mark}.npy"
    if not kept.exists():
        from shared.inception import TensorFlowEngine  # takes seconds to import

        print(f"embedding {len(photos)} photos of {', '.join(folders)} with {model} ...", flush=True)
        engine = TensorFlowEngine(store.folder(model), store.verify(model), (BATCH,))
        np.save(kept, _embed(engine.predict, photos))
    return ClassPhotos(UnitVectors(np.load(kept, allow_pickle=False)), labels, train)


def _embed(predict: Callable[[PixelBatch], Vectors], photos: list[Path]) -> UnitVectors:
    parts = []
    for begin in range(0, len(photos), BATCH):
        pixels = [decode(photo.read_bytes()) for photo in photos[begin : begin + BATCH]]
        parts.append(to_unit(predict(PixelBatch(np.stack(pixels))))[0])
    return UnitVectors(np.concatenate(parts))
