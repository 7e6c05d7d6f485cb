"""Depth `top`: a new head, and the last blocks of the base's network, trained in two phases."""

from collections.abc import Sequence
from pathlib import Path

import keras
import tensorflow as tf

from services.worker.finetune import export, source, trunk
from services.worker.finetune.checkpoints import Checkpoints
from services.worker.finetune.errors import UnsuitableBase
from services.worker.finetune.head import Head, build
from services.worker.finetune.job import Job
from services.worker.finetune.judge import Judge
from services.worker.finetune.near import near_by_pixels
from services.worker.finetune.optimizers import class_weights
from services.worker.finetune.photos import Decoding, Photos
from services.worker.finetune.progress import Pace
from services.worker.finetune.publication import Learnt, publish
from services.worker.finetune.source import Source
from services.worker.finetune.split import Split, split
from services.worker.finetune.tensorboard import Curves
from services.worker.finetune.train import Training
from services.worker.finetune.trunk import Trunk
from services.worker.finetune.views import ViewMaker
from shared.files import DiskFull
from shared.inception import configure
from shared.reports import PhotoError
from shared.schemas import Epoch, TrainingProgress
from shared.store import Manifest

CHANGED = "The dataset is not what it was when this job began; it was learnt anew."


class Top:
    """One attempt. Each step raises LeaseLost."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._request = job.order.request
        self._mixed = False

    def run(self) -> None:
        """Raises DatasetGone, UnsuitableBase, Diverged, UnknownModel, DamagedModel, ModelExists."""
        manifest = self._job.published()
        if manifest is None:
            manifest = self._attempt()
        self._job.announce(manifest, final=True)

    def _attempt(self) -> Manifest:
        try:
            self._mixed = configure(self._job.parts.settings.threads, training=True)
            photos = self._photos()
            parts = split(photos.photos, lambda: near_by_pixels(photos.pixels), self._request)
            class_weights(parts, self._request)  # refused before hours of work
            return self._learn(photos, parts)
        except tf.errors.ResourceExhaustedError as error:
            raise (DiskFull if "space" in str(error) else MemoryError)(str(error)) from error

    def _photos(self) -> Photos:
        job = self._job

        pace = Pace(0)

        def say(done: int, total: int, errors: Sequence[PhotoError]) -> None:
            job.say("reading photos", pace.at(done, total), errors)

        parts = job.parts

        def forget() -> None:
            job.scratch.forget("views")
            job.scratch.forget("checkpoints")

        decoding = Decoding(parts.sandbox, parts.pool, job.scratch.part("photos"), say, forget)
        photos = decoding.run(job.entries())
        if photos.changed:
            name = str(job.order.request.dataset)
            job.say("reading photos", errors=[PhotoError(path=name, error=CHANGED)])
        return photos

    def _learn(self, photos: Photos, parts: Split) -> Manifest:
        store = self._job.parts.store
        base = store.verify(self._job.order.base)
        network = _load(store.folder(base.name) / "model.keras")
        body = trunk.cut(network, base.feature, self._request.train_from_layer)
        head = build(self._request, body.pooled.shape[-1], len(parts.classes))
        sources = self._sources(photos, parts, body, base.input_range)
        history = self._train(head, parts, sources)
        said = Judge(head, sources[1], parts.labels[parts.judge]).said()
        learnt = Learnt(export.whole(body, head), head.feature, head.dimension, said, history)
        return publish(self._job, base, photos, parts, learnt)

    def _sources(
        self, photos: Photos, parts: Split, body: Trunk, input_range: tuple[float, float]
    ) -> list[Source]:
        request, pixels = self._request, photos.pixels
        plain = [
            source.of_pixels(pixels, parts, body, request, input_range=input_range, phase=phase)
            for phase in (1, 2)
        ]
        if not request.cached_views:
            return plain

        pace = Pace(1)

        def say(done: int, total: int) -> None:
            self._job.say("looking at photos", pace.at(done, total))

        maker = ViewMaker(body, input_range, self._job.scratch.part("views"), say)
        views = maker.run(pixels, parts, request)
        second = plain[1] if views.cut is None else source.of_cut(views, views.cut, body, request.seed)
        return [source.of_pooled(views, request.seed), second]

    def _train(self, head: Head, parts: Split, sources: Sequence[Source]) -> list[Epoch]:
        job = self._job
        curves = Curves(job.parts.settings.data, job.order.name)

        def say(progress: TrainingProgress) -> None:
            curves.write(progress.history)
            job.say(f"learning, phase {progress.phase} of 2", progress)

        checkpoints = Checkpoints(job.scratch.part("checkpoints"))
        training = Training(head, parts, self._request, checkpoints, say, mixed=self._mixed)
        return training.run(sources).history


def _load(file: Path) -> keras.Model:
    try:
        return keras.models.load_model(file, compile=False, safe_mode=True)
    except ValueError as error:  # a layer that is code, which nobody published here
        raise UnsuitableBase(f"{file.name} of the base cannot be loaded: {error}") from error
