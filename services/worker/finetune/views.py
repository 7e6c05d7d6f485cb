"""What the frozen layers make of each photo and its augmented copies, worked out once and kept on disk."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.worker.finetune.augment import augment, draw
from services.worker.finetune.disk import array_on_disk
from services.worker.finetune.split import Places, Split
from services.worker.finetune.trunk import Trunk
from shared.files import write_beside
from shared.finetuning import FinetuneRequest
from shared.vectors import PixelBatch, Vectors

CUT, POOLED, DONE = "cut.npy", "pooled.npy", "views.done"
AT_ONCE = 32  # photos at the network, and between two marks of how far it is

Say = Callable[[int, int], None]  # rows done, of how many


@dataclass(frozen=True)
class Views:
    """Rows: the photos to learn from, `views` times, then those that judge, then those of unseen classes."""

    views: int
    cut: NDArray[np.float16] | None  # (rows, ...) at the cut; None where the disk has no room for it
    pooled: Vectors  # (rows, features), as the base has them
    learn: Places
    judge: Places  # rows, not photos
    unseen: Places

    def learn_rows(self, photos: Places, epoch: int, seed: int) -> Places:
        """Rows of these places of the photos to learn from, a view each by chance."""
        views = np.random.default_rng((seed, epoch)).integers(0, self.views, len(self.learn))
        return np.asarray(views[photos] * len(self.learn) + photos)


class ViewMaker:
    """Works the views out, goes on where an earlier attempt stopped."""

    def __init__(
        self,
        trunk: Trunk,
        input_range: tuple[float, float],
        folder: Path,
        say: Say,
        *,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._folder = folder
        self._say = say
        self._free = free
        low, high = input_range

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def run(batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            at_cut = trunk.lower(tf.cast(batch, tf.float32) * ((high - low) / 255) + low, training=False)
            return tf.cast(at_cut, tf.float16), trunk.upper(at_cut, training=False)

        self._run = run
        self._shape = tuple(trunk.lower.output.shape[1:])
        self._features = int(trunk.upper.output.shape[-1])

    def run(self, pixels: PixelBatch, split: Split, request: FinetuneRequest) -> Views:
        """View 0 is the photo itself. Raises OSError when the disk is full."""
        if self._done() is None:
            for name in (CUT, POOLED):  # of an attempt that ended before it had decided
                (self._folder / name).unlink(missing_ok=True)
        alone = np.concatenate([split.judge, split.unseen])
        views, with_cut = self._room(len(split.learn), len(alone), max(1, request.cached_views))
        rows = views * len(split.learn) + len(alone)
        photos = np.concatenate([np.tile(split.learn, views), alone])
        view_of = np.concatenate([np.repeat(np.arange(views), len(split.learn)), np.zeros(len(alone), int)])
        cut = self._array(CUT, (rows, *self._shape), np.float16) if with_cut else None
        pooled = self._array(POOLED, (rows, self._features), np.float32)
        done = self._done()
        if done is None:
            write_beside(self._folder / DONE, b"0")
        for begin in range(done or 0, rows, AT_ONCE):
            part = slice(begin, min(begin + AT_ONCE, rows))
            batch = _copies(pixels, photos[part], view_of[part], request)
            at_cut, features = self._run(batch)
            pooled[part] = features.numpy()
            if cut is not None:
                cut[part] = at_cut.numpy()
            self._mark(part.stop, rows, cut, pooled)
        first = views * len(split.learn)
        judge, unseen = np.split(np.arange(first, rows), [len(split.judge)])
        return Views(views, cut, Vectors(pooled), split.learn, judge, unseen)

    def _room(self, learn: int, alone: int, views: int) -> tuple[int, bool]:
        """How many views, and whether what is at the cut is kept: half of the free disk may be used."""
        if self._done() is not None:  # an earlier attempt has decided
            rows = len(np.load(self._folder / POOLED, mmap_mode="r"))
            return (rows - alone) // learn, (self._folder / CUT).exists()
        each = int(np.prod(self._shape)) * 2
        free = self._free(self._folder) // 2
        for count in range(views, 0, -1):
            if (count * learn + alone) * each <= free:
                return count, True
        return views, False

    def _array(self, name: str, shape: tuple[int, ...], kind: type) -> Any:
        file = self._folder / name
        if self._done() is not None:
            return np.lib.format.open_memmap(file, mode="r+")
        return array_on_disk(file, shape, kind)

    def _done(self) -> int | None:
        """Rows that are there; None where nothing was decided yet."""
        file = self._folder / DONE
        return int(file.read_text()) if file.exists() else None

    def _mark(self, done: int, rows: int, *arrays: Any) -> None:
        if done == rows or done % (AT_ONCE * 8) == 0:
            for array in arrays:
                if array is not None:
                    array.flush()
            write_beside(self._folder / DONE, str(done).encode())
        self._say(done, rows)


def _copies(pixels: PixelBatch, photos: Places, views: Places, request: FinetuneRequest) -> PixelBatch:
    batch = np.array(pixels[photos])
    for view in set(views[views > 0].tolist()):
        where = np.flatnonzero(views == view)
        drawn = draw(request.augmentation, photos[where], seed=request.seed, view=view)
        batch[where] = augment(PixelBatch(batch[where]), drawn)
    return PixelBatch(batch)
