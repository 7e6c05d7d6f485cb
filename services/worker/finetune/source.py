"""What a phase is fed with: kept rows where there are some, else photos through the whole network."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from services.worker.finetune.augment import augment, draw
from services.worker.finetune.split import Places, Split
from services.worker.finetune.trunk import Trunk
from services.worker.finetune.views import Views
from shared.finetuning import FinetuneRequest
from shared.vectors import PixelBatch


@dataclass(frozen=True)
class Source:
    """Inputs of photos (places among those to learn from, or to judge by) and what makes features of them."""

    learn: Callable[[Places, int], NDArray[Any]]  # places, epoch
    judge: Callable[[Places], NDArray[Any]]
    network: keras.Model  # inputs -> (n, features)
    variables: list[keras.Variable]  # of it that the phase changes


def of_pooled(views: Views, seed: int) -> Source:
    """Phase 1: the base's features as they are."""
    given = keras.Input(views.pooled.shape[1:])
    return Source(
        learn=lambda photos, epoch: views.pooled[views.learn_rows(photos, epoch, seed)],
        judge=lambda photos: views.pooled[views.judge[photos]],
        network=keras.Model(given, keras.layers.Identity()(given)),
        variables=[],
    )


def of_cut(views: Views, cut: NDArray[np.float16], trunk: Trunk, seed: int) -> Source:
    """Phase 2: from the last frozen layer on."""
    return Source(
        learn=lambda photos, epoch: cut[views.learn_rows(photos, epoch, seed)],
        judge=lambda photos: cut[views.judge[photos]],
        network=trunk.upper,
        variables=trunk.upper.trainable_variables,
    )


def of_pixels(
    pixels: PixelBatch,
    split: Split,
    trunk: Trunk,
    request: FinetuneRequest,
    *,
    input_range: tuple[float, float],
    phase: int,
) -> Source:
    """Either phase without anything kept: every photo anew, augmented anew, through all layers."""
    low, high = input_range
    given = keras.Input(pixels.shape[1:])
    scaled = keras.layers.Rescaling((high - low) / 255, low)(given)

    def learn(photos: Places, epoch: int) -> NDArray[Any]:
        chosen = split.learn[photos]
        drawn = draw(request.augmentation, chosen, seed=request.seed, view=epoch + 1)
        return augment(PixelBatch(np.array(pixels[chosen])), drawn)

    return Source(
        learn=learn,
        judge=lambda photos: np.array(pixels[split.judge[photos]]),
        network=keras.Model(given, trunk.upper(trunk.lower(scaled))),
        variables=trunk.upper.trainable_variables if phase == 2 else [],
    )
