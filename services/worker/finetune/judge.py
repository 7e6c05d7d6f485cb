"""What a state of the training is worth, on photos that are not learnt from."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.worker.evaluation.retrieval import retrieve
from services.worker.finetune.head import Head
from services.worker.finetune.source import Source
from shared.vectors import Vectors, to_unit

AT_ONCE = 64


class Judge:
    """Retrieval among photos (labels (n,)), and the accuracy of the classifier on classes it has learnt."""

    def __init__(self, head: Head, source: Source, labels: NDArray[np.int64]) -> None:
        self._source = source
        self._labels = labels

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def run(inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pooled = source.network(tf.cast(inputs, tf.float32), training=False)
            return pooled if head.vector is None else head.vector(pooled), head.scores(pooled)

        self._run = run

    def metrics(self) -> dict[str, float]:
        """`map`, `r1`, `r10`, `p10` of the vector, and `accuracy`."""
        vectors, scores = self._vectors_and_scores()
        known = self._labels < scores.shape[1]
        right = scores.argmax(axis=1)[known] == self._labels[known]
        found = retrieve(to_unit(Vectors(vectors))[0], self._labels)
        return {**found.means(), "accuracy": float(right.mean()) if known.any() else 0.0}

    def said(self) -> NDArray[np.int64]:
        """(n,) the class that each photo is taken for."""
        said: NDArray[np.int64] = self._vectors_and_scores()[1].argmax(axis=1)
        return said

    def _vectors_and_scores(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        places = np.arange(len(self._labels))
        parts = [
            self._run(self._source.judge(places[begin : begin + AT_ONCE]))
            for begin in range(0, len(places), AT_ONCE)
        ]
        vectors, scores = (np.concatenate([part[k].numpy() for part in parts]) for k in (0, 1))
        return vectors, scores
