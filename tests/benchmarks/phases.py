"""What kept views save: `python -m tests.benchmarks.phases FOLDER [PHOTOS_A_CLASS]`.

Five epochs of each phase on the class folders of FOLDER, the frozen layers run once for each photo and copy,
and beside it the plain loop, which runs them for every photo in every epoch. Both begin with the same head.
"""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np

from services.worker.finetune.checkpoints import Checkpoints, State
from services.worker.finetune.head import build
from services.worker.finetune.near import near_by_pixels
from services.worker.finetune.photos import Photo
from services.worker.finetune.source import of_cut, of_pixels, of_pooled
from services.worker.finetune.split import split
from services.worker.finetune.train import Training
from services.worker.finetune.trunk import cut
from services.worker.finetune.views import ViewMaker
from shared.finetuning import FinetuneRequest
from shared.images import decode
from shared.inception import configure
from shared.settings import Settings
from shared.store import ModelStore
from shared.vectors import PixelBatch

EPOCHS = 5


def photos_of(folder: Path, each: int) -> tuple[list[Photo], PixelBatch]:
    files = [file for kind in sorted(folder.iterdir()) for file in sorted(kind.iterdir())[:each]]
    with ThreadPoolExecutor() as pool:
        pixels = np.stack(list(pool.map(lambda file: decode(file.read_bytes()), files)))
    photos = [Photo(label=file.parent.name, path=file.name, part="learn", sha256="") for file in files]
    return photos, PixelBatch(pixels)


def train(photos: list[Photo], pixels: PixelBatch, request: FinetuneRequest) -> State:
    """The state after both phases; the views are made, or not, as the request says."""
    store = ModelStore(Settings().data)
    base = store.verify(store.default() or "")
    network = keras.models.load_model(store.folder(base.name) / "model.keras", compile=False)
    trunk = cut(network, base.feature, request.train_from_layer)
    parts = split(photos, lambda: near_by_pixels(pixels), request)
    head = build(request, trunk.pooled.shape[-1], len(parts.classes))
    with tempfile.TemporaryDirectory() as folder:
        if request.cached_views:
            maker = ViewMaker(trunk, base.input_range, Path(folder), lambda *_: None)
            views = maker.run(pixels, parts, request)
            sources = [of_pooled(views, request.seed), of_cut(views, views.cut, trunk, request.seed)]
        else:
            of = {"input_range": base.input_range}
            sources = [of_pixels(pixels, parts, trunk, request, **of, phase=phase) for phase in (1, 2)]
        checkpoints = Checkpoints(Path(folder))
        return Training(head, parts, request, checkpoints, lambda _: None).run(sources)


def main(arguments: list[str]) -> None:
    photos, pixels = photos_of(Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 20)
    configure(Settings().threads, training=True)
    asked = {"dataset": "x", "epochs": EPOCHS, "early_stopping": None}
    kept, plain = (
        train(photos, pixels, FinetuneRequest.model_validate({**asked, "cached_views": views}))
        for views in (4, 0)
    )
    print(f"{len(photos)} photos, {EPOCHS} epochs of each phase")
    for phase in (1, 2):
        seconds = [
            np.mean([epoch.seconds for epoch in state.history if epoch.phase == phase][1:])
            for state in (kept, plain)
        ]
        ratio = seconds[1] / seconds[0]
        print(f"phase {phase}: {seconds[0]:.2f} s an epoch, plain {seconds[1]:.2f} s: {ratio:.1f} x")
    for name in ("map", "accuracy"):
        last = [state.history[-1].metrics[name] for state in (kept, plain)]
        print(f"{name} at the end: {last[0]:.3f}, plain {last[1]:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
