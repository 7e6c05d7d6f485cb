"""One phase of a training: epochs until there are enough, the best of them by retrieval."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.worker.finetune.checkpoints import Checkpoints, State, Weights
from services.worker.finetune.errors import Diverged
from services.worker.finetune.head import Head, loss_of
from services.worker.finetune.judge import Judge
from services.worker.finetune.optimizers import build
from services.worker.finetune.source import Source
from shared.finetuning import FinetuneRequest
from shared.schemas import Epoch

RUNAWAY = 1e6  # a loss that no training comes back from

Step = Callable[[int, int, float], None]  # step, of how many, loss


class Phase:
    """`labels` (n,) are of the photos to learn from, `weights` (classes,) how much each class counts.

    `mixed`: the network computes in half the digits where that is faster (shared.inception.configure).
    """

    def __init__(
        self,
        number: int,
        source: Source,
        head: Head,
        judge: Judge,
        request: FinetuneRequest,
        *,
        labels: NDArray[np.int32],
        weights: NDArray[np.float32],
        mixed: bool,
    ) -> None:
        self.number = number
        self._source = source
        self._judge = judge
        self._request = request
        self._labels = labels
        self._variables = [*source.variables, *head.scores.trainable_variables]
        self._optimizer = build(request.phase(number), mixed=mixed)
        self._optimizer.build(self._variables)
        self._learn = _learner(source, head, request, self._optimizer, self._variables, tf.constant(weights))
        # the pooled features do not change while only the head learns
        self._watched = "accuracy" if number == 1 and head.vector is None else "map"

    def run(
        self,
        state: State,
        resumed: Weights | None,
        checkpoints: Checkpoints,
        *,
        step: Step,
        epoch: Callable[[State], None],
    ) -> State:
        """From a state of this phase with its weights, or from the end of the phase before."""
        if resumed is not None:
            _assign(self._everything(), resumed)
        else:
            best = self._judge.metrics()[self._watched]
            state = State(phase=self.number, best=best, history=state.history)
            self._save(checkpoints, state)
        while state.epoch < self._request.epochs and not self._enough(state):
            state = self._epoch(state, step)
            self._save(checkpoints, state)
            epoch(state)
        _assign(self._variables, checkpoints.best(self.number))
        return state

    def _epoch(self, state: State, step: Step) -> State:
        begun, number, size = time.monotonic(), state.epoch + 1, self._request.batch
        chance = np.random.default_rng((self._request.seed, self.number, number))
        order = chance.permutation(len(self._labels))
        losses = []
        for begin in range(0, len(order), size):
            photos = order[begin : begin + size]
            loss = self._learn(self._source.learn(photos, number), self._labels[photos])
            if not float(loss) < RUNAWAY:  # nor is NaN
                raise Diverged(
                    f"The loss is {float(loss)} in phase {self.number}; ask for a lower learning_rate."
                )
            losses.append(float(loss) * len(photos))
            step(begin + len(photos), len(order), float(loss))
        metrics = self._judge.metrics()
        done = Epoch(
            phase=self.number,
            epoch=number,
            loss=sum(losses) / len(order),
            metrics=metrics,
            seconds=time.monotonic() - begun,
        )
        better = metrics[self._watched] > state.best
        return State(
            phase=self.number,
            epoch=number,
            best=metrics[self._watched] if better else state.best,
            since_best=0 if better else state.since_best + 1,
            history=[*state.history, done],
        )

    def _enough(self, state: State) -> bool:
        patience = self._request.early_stopping
        return patience is not None and state.since_best >= patience

    def _save(self, checkpoints: Checkpoints, state: State) -> None:
        best = self._variables if state.since_best == 0 else None
        checkpoints.save(state, _values(self._everything()), best=best and _values(best))

    def _everything(self) -> list[Any]:
        return [*self._variables, *self._optimizer.variables]


def _learner(
    source: Source,
    head: Head,
    request: FinetuneRequest,
    optimizer: keras.Optimizer,
    variables: list[Any],
    weights: tf.Tensor,
) -> Any:
    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def learn(inputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            # batch normalisation stays as the base has it: the photos of one catalogue are alike
            pooled = source.network(tf.cast(inputs, tf.float32), training=False)
            loss = loss_of(request.learnt_by, head.scores(pooled), labels, weights)
            scaled = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(scaled, variables), variables)
        return loss

    return learn


def _assign(variables: Sequence[Any], values: Weights) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _values(variables: Sequence[Any]) -> list[Any]:
    return [variable.numpy() for variable in variables]
