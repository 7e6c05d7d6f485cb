"""The services answer as plain NumPy does on the same features: nothing is lost on the way."""

from pathlib import Path

import numpy as np
import pytest

from shared.images import decode
from shared.inception import TensorFlowEngine
from shared.vectors import PixelBatch, UnitVectors, to_unit

COREL = Path(__file__).parents[3] / "shared" / "datasets" / "corel1k"  # train/ and test/, a folder a class
TOP = 10


def photos(part: str) -> list[Path]:
    return sorted(path for path in (COREL / part).rglob("*") if path.is_file())


def precision(found: list[list[str]], queries: list[Path]) -> float:
    hits = [
        np.mean([name == query.parent.name for name in names])
        for names, query in zip(found, queries, strict=True)
    ]
    return float(np.mean(hits))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not COREL.is_dir(), reason="the corel1k photos are not on this machine")
def test_precision_over_http_is_that_of_numpy(running, real_store):
    place = running.photos / "corel1k"
    for photo in photos("train"):
        target = place / photo.relative_to(COREL / "train")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(photo.read_bytes())
    for item in running.client.get("/items?limit=1000").json()["items"]:
        running.client.delete(f"/items/{item['id']}")  # what other tests left
    job = running.ended(running.extract(images_dir="corel1k"), seconds=240)
    assert job["state"] == "succeeded" and job["result"]["with_vector"] == len(photos("train"))
    queries = photos("test")
    served = []
    for query in queries:
        matches = running.search(query.read_bytes(), f'{{"limit": {TOP}}}').json()["matches"]
        served.append([Path(match["id"]).parent.name for match in matches])
    name = running.client.get("/readyz").json()["model"]
    engine = TensorFlowEngine(real_store.folder(name), real_store.manifest(name), sizes=(16,))
    train, test = features(engine, photos("train")), features(engine, queries)
    classes = [photo.parent.name for photo in photos("train")]
    offline = [[classes[place] for place in np.argsort(-row)[:TOP]] for row in test @ train.T]
    over_http, in_numpy = precision(served, queries), precision(offline, queries)
    print(f"{name}: P@{TOP} over HTTP {over_http:.4f}, in NumPy {in_numpy:.4f}")
    assert over_http == pytest.approx(in_numpy, abs=0.01)


def features(engine: TensorFlowEngine, files: list[Path]) -> UnitVectors:
    pixels = np.stack([decode(file.read_bytes()) for file in files])
    return to_unit(engine.predict(PixelBatch(pixels)))[0]
