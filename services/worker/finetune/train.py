"""Two phases: a head on the frozen base, then the head and the last blocks below it."""

from collections.abc import Sequence

import numpy as np

from services.worker.finetune.checkpoints import Checkpoints, State
from services.worker.finetune.head import Head
from services.worker.finetune.judge import Judge
from services.worker.finetune.optimizers import class_weights
from services.worker.finetune.phase import Phase
from services.worker.finetune.progress import Progress, Say
from services.worker.finetune.source import Source
from services.worker.finetune.split import Split
from shared.finetuning import FinetuneRequest


class Training:
    """Trains a head, and the trunk below it, on a source for each phase; goes on from the last checkpoint."""

    def __init__(
        self,
        head: Head,
        split: Split,
        request: FinetuneRequest,
        checkpoints: Checkpoints,
        say: Say,
        *,
        mixed: bool = False,
    ) -> None:
        self._head = head
        self._split = split
        self._request = request
        self._checkpoints = checkpoints
        self._say = say
        self._mixed = mixed

    def run(self, sources: Sequence[Source]) -> State:
        """Leaves the weights of the second phase's best epoch in place."""
        newest = self._checkpoints.newest()
        state = newest[0] if newest is not None else State()
        for number, source in enumerate(sources, 1):
            if state.phase <= number:
                resumed = newest[1] if newest is not None and newest[0].phase == number else None
                progress = Progress(number, state, self._request.epochs, self._say)
                phase = self._phase(number, source)
                state = phase.run(state, resumed, self._checkpoints, step=progress.step, epoch=progress.epoch)
        return state

    def _phase(self, number: int, source: Source) -> Phase:
        labels = self._split.labels
        return Phase(
            number,
            source,
            self._head,
            Judge(self._head, source, labels[self._split.judge]),
            self._request,
            labels=labels[self._split.learn].astype(np.int32),
            weights=class_weights(self._split, self._request),
            mixed=self._mixed,
        )
