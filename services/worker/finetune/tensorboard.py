"""Curves for TensorBoard: a run for each phase of each model."""

from pathlib import Path

import tensorflow as tf

from shared.schemas import Epoch

FOLDER = "tensorboard"  # of the data folder


class Curves:
    """Of one model."""

    def __init__(self, data: Path, name: str) -> None:
        self._folder = data / FOLDER / name
        self._written = 0

    def write(self, history: list[Epoch]) -> None:
        """What is new in it."""
        for epoch in history[self._written :]:
            writer = tf.summary.create_file_writer(str(self._folder / f"phase_{epoch.phase}"))
            with writer.as_default():
                tf.summary.scalar("loss", epoch.loss, step=epoch.epoch)
                for name, value in epoch.metrics.items():
                    tf.summary.scalar(f"held_out/{name}", value, step=epoch.epoch)
            writer.close()
        self._written = len(history)
