"""Projections of a base's vectors that bring a class's photos together: learnt in seconds."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.finetuning import FinetuneRequest
from shared.projection import Projection
from shared.vectors import UnitVectors

DIRECTIONS = 512  # of the rows' principal ones: the others of 2,048 are noise of few photos, and cost seconds
# of the scatter within classes, towards one that is the same in all directions: mAP on photos of 15 tools is
# 0.10 without, 0.30 from 0.5 to 0.7, 0.27 at 0.9 (0.13 unprojected)
SHRINKAGE = 0.5
# the directions that tell classes apart tell nothing else: these others order the photos of one class, and of
# classes not seen (two tools: mAP 0.74 without, 0.92 with)
OTHERS, THEIR_WEIGHT = 64, 0.3


def learn(rows: UnitVectors, labels: NDArray[np.int64], request: FinetuneRequest, folder: Path) -> Projection:
    """Rows (n, base dimension) of classes 0, 1, ... `folder` is for checkpoints."""
    if request.learnt_by == "lda":
        return discriminant(rows, labels)
    from services.worker.finetune.softmax import normalized_softmax  # TensorFlow takes seconds to import

    return normalized_softmax(rows, labels, request, folder)


def discriminant(rows: UnitVectors, labels: NDArray[np.int64]) -> Projection:
    """Fisher's linear discriminant, regularised, and OTHERS more directions at a lower weight."""
    mean = rows.mean(axis=0)
    axes = np.linalg.svd(rows - mean, full_matrices=False)[2][: min(DIRECTIONS, len(rows) - 1)].T
    inner = (rows - mean) @ axes
    counts = np.bincount(labels)
    means = np.stack([inner[labels == label].mean(axis=0) for label in range(len(counts))])
    own = inner - means[labels]
    white = _whitening(own.T @ own / len(rows), rows.shape[1])
    between = (means * np.sqrt(counts / len(rows))[:, None]) @ white
    within = own @ white
    # what tells classes apart comes first, then what varies most within them
    scatter = between.T @ between + 1e-3 * within.T @ within / len(rows)
    best = np.linalg.eigh(scatter)[1][:, ::-1][:, : len(counts) - 1 + OTHERS]
    best[:, len(counts) - 1 :] *= THEIR_WEIGHT
    return Projection(mean.astype(np.float32), np.asarray(axes @ white @ best, np.float32))


def _whitening(scatter: NDArray[np.float32], dimension: int) -> NDArray[np.float64]:
    """Makes the scatter within classes, shrunk, the same in all directions."""
    shrunk = (1 - SHRINKAGE) * scatter + SHRINKAGE * np.eye(len(scatter)) * np.trace(scatter) / dimension
    values, vectors = np.linalg.eigh(shrunk)
    whitening: NDArray[np.float64] = vectors / np.sqrt(values)
    return whitening
