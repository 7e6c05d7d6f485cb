"""How well models find photos of a class: `python -m tests.benchmarks.retrieval FOLDER MODEL [MODEL ...]`.

Each photo of the class folders in FOLDER is searched among the others, by the vectors that the embedding
service (NITARI_EMBEDDING_URL) gives; the difference to the first model has its 95% interval.
"""

import io
import sys
from pathlib import Path

import httpx2
import numpy as np

from services.worker.evaluation.bootstrap import difference
from services.worker.evaluation.retrieval import retrieve
from shared.settings import Settings
from shared.vectors import UnitVectors

AT_ONCE = 16  # photos a request may hold


def rows_of(url: str, model: str, photos: list[Path]) -> UnitVectors:
    parts = []
    with httpx2.Client(base_url=url, timeout=300, trust_env=False) as client:
        for begin in range(0, len(photos), AT_ONCE):
            files = [("image", photo.read_bytes()) for photo in photos[begin : begin + AT_ONCE]]
            answer = client.post(
                f"/models/{model}/embed", files=files, headers={"Accept": "application/x-npy"}
            )
            answer.raise_for_status()
            parts.append(np.load(io.BytesIO(answer.content), allow_pickle=False))
    return UnitVectors(np.concatenate(parts))


def main(arguments: list[str]) -> None:
    folder, models = Path(arguments[0]), arguments[1:]
    photos = sorted(photo for photo in folder.glob("*/*") if photo.is_file())
    names = sorted({photo.parent.name for photo in photos})
    labels = np.array([names.index(photo.parent.name) for photo in photos])
    print(f"{len(photos)} photos of {len(names)} classes in {folder.name}")
    first = None
    for model in models:
        found = retrieve(rows_of(Settings().embedding_url, model, photos), labels)
        first = first or found
        means = ", ".join(f"{name} {value:.3f}" for name, value in found.means().items())
        gain = difference(first.ap, found.ap)
        print(f"{model}: {means}; mAP {gain.difference:+.3f} ({gain.low:+.3f} ... {gain.high:+.3f})")


if __name__ == "__main__":
    main(sys.argv[1:])
