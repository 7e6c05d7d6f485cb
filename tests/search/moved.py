"""Vectors as they come from elsewhere, and what the search service says of them."""

import numpy as np

from shared.images import decode
from shared.vectors import PixelBatch
from tests.small import small_vectors


def raw_rows(service) -> dict[str, np.ndarray]:
    """`<path>.npy` of every photo, and its raw vector."""
    paths = sorted(service.photos.rglob("*.jpg"))
    pixels = PixelBatch(np.stack([decode(path.read_bytes()) for path in paths]))
    names = [f"{path.relative_to(service.photos)}.npy" for path in paths]
    return dict(zip(names, small_vectors(pixels), strict=True))


def ids_of(service, **query) -> list[str]:
    answer = service.client.post("/search", json=query)
    assert answer.status_code == 200, answer.text
    return [match["id"] for match in answer.json()["matches"]]


def problem(answer) -> tuple[int, str, str | None]:
    body = answer.json()
    return answer.status_code, body["type"], body.get("field")
