"""A small head on vectors alone, learnt by normalised softmax."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.worker.finetune.checkpoints import Checkpoints, State
from services.worker.finetune.head import build
from services.worker.finetune.judge import Judge
from services.worker.finetune.phase import Phase
from services.worker.finetune.source import of_pooled
from services.worker.finetune.views import Views
from shared.finetuning import FinetuneRequest
from shared.projection import Projection
from shared.vectors import UnitVectors, Vectors


def normalized_softmax(
    rows: UnitVectors, labels: NDArray[np.int64], request: FinetuneRequest, folder: Path
) -> Projection:
    """Every epoch is judged by the rows it learns from: there is little a projection could learn by heart."""
    mean = rows.mean(axis=0)
    places = np.arange(len(rows))
    views = Views(1, None, Vectors(rows - mean), learn=places, judge=places, unseen=places[:0])
    source = of_pooled(views, request.seed)
    head = build(request, rows.shape[1], int(labels.max()) + 1, bias=False)
    phase = Phase(
        1,
        source,
        head,
        Judge(head, source, labels),
        request,
        labels=labels.astype(np.int32),
        weights=np.ones(int(labels.max()) + 1, np.float32),
        mixed=False,
    )
    phase.run(State(), None, Checkpoints(folder), step=lambda *_: None, epoch=lambda _: None)
    return Projection(np.asarray(mean, np.float32), head.layers[0].kernel.numpy())
