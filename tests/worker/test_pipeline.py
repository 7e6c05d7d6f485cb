import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from services.worker.pipeline import Pipeline
from shared.images import decode
from shared.leases import ImageRef
from shared.photos import PhotoRoots
from shared.vectors import PixelBatch


@pytest.fixture
def pipeline(settings, sandbox):
    with ThreadPoolExecutor(2) as pool:
        yield Pipeline(PhotoRoots(settings), pool, sandbox, size=3)


def refs(*paths: str) -> list[ImageRef]:
    return [ImageRef(id=n, version=1, root="photos", path=path) for n, path in enumerate(paths, 1)]


def test_rows_are_those_of_the_photos_and_errors_take_none(pipeline, settings, photo, engine):
    for seed in range(7):
        (settings.photos / f"{seed}.jpg").write_bytes(photo(seed))
    (settings.photos / "bad.jpg").write_bytes(b"no photo")
    images, rows = pipeline.embed(
        refs("0.jpg", "bad.jpg", *[f"{n}.jpg" for n in range(1, 7)], "gone.jpg"), engine
    )
    assert [image.row for image in images] == [0, None, 1, 2, 3, 4, 5, 6, None]
    assert [bool(image.error) for image in images] == [image.row is None for image in images]
    for seed in range(7):
        alone = engine.predict(PixelBatch(decode(photo(seed))[None]))[0]
        np.testing.assert_allclose(rows[seed], alone, rtol=1e-6)


def test_nothing_but_bad_photos_is_no_crash(pipeline, settings, engine):
    images, rows = pipeline.embed(refs("gone.jpg", "../outside.jpg"), engine)
    assert rows.shape == (0, engine.dimension) and all(image.error for image in images)
    assert pipeline.embed([], engine)[1].shape == (0, engine.dimension)


def test_the_next_batch_is_decoded_while_the_model_works(settings, photo, engine, sandbox):
    for seed in range(6):
        (settings.photos / f"{seed}.jpg").write_bytes(photo(seed))
    decoded = []
    seen_at_first_batch = threading.Event()

    class Slow(type(engine)):
        def predict(self, batch):
            if not seen_at_first_batch.is_set():
                for _ in range(200):  # bounded: a pipeline that waits would fail, not hang
                    if len(decoded) == 6:
                        seen_at_first_batch.set()
                        break
                    threading.Event().wait(0.01)
            return super().predict(batch)

    class Noting(PhotoRoots):
        def path(self, root, path):
            decoded.append(path)
            return super().path(root, path)

    with ThreadPoolExecutor(2) as pool:
        Pipeline(Noting(settings), pool, sandbox, size=3).embed(refs(*[f"{n}.jpg" for n in range(6)]), Slow())
    assert seen_at_first_batch.is_set()
