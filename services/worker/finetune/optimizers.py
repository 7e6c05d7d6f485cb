"""How weights are moved, and how much each class counts."""

import keras
import numpy as np
from numpy.typing import NDArray

from services.worker.finetune.errors import DatasetGone
from services.worker.finetune.split import Split
from shared.finetuning import FinetuneRequest, Phase


def build(phase: Phase, *, mixed: bool) -> keras.Optimizer:
    """As it was asked for; `mixed` precision needs larger losses, lest small gradients vanish."""
    plain = _plain(phase)
    return keras.optimizers.LossScaleOptimizer(plain) if mixed else plain


def _plain(phase: Phase) -> keras.Optimizer:
    rate, momentum = phase.learning_rate, phase.momentum
    if phase.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, momentum=momentum)
    if phase.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=momentum)
    return keras.optimizers.Adam(rate) if phase.optimizer == "adam" else keras.optimizers.AdamW(rate)


def class_weights(split: Split, request: FinetuneRequest) -> NDArray[np.float32]:
    """(classes,), 1 on average over the photos where classes are to count the same. Raises DatasetGone."""
    counts = np.bincount(split.labels[split.learn], minlength=len(split.classes))
    asked = request.class_weights
    if isinstance(asked, dict):
        if unknown := sorted(set(asked) - set(split.classes)):
            raise DatasetGone(f"class_weights names {unknown[0]!r}, which is no class that is learnt.")
        return np.array([asked.get(name, 1) for name in split.classes], np.float32)
    if asked:
        return np.asarray(len(split.learn) / (len(counts) * counts), np.float32)
    return np.ones(len(counts), np.float32)
