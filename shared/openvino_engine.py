"""Networks in OpenVINO, on the CPU and in float32."""

import sys
from typing import Any

import numpy as np

from shared.engines import OPENVINO, EngineName, Engines
from shared.store import Manifest
from shared.vectors import SIDE, PixelBatch, Vectors

AT_ONCE = 32  # images in memory at once
WARM = (1, 2, 16)  # a size not seen before takes some tens of milliseconds more, once


def import_openvino() -> Any:
    """The package, without its reports: importing it would send one to its makers.

    Where the package that sends them cannot be imported, OpenVINO (and NNCF) go without.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


class OpenVinoEngine:
    """Runs a converted network in batches of any size."""

    name: EngineName = OPENVINO

    def __init__(self, xml: bytes, weights: bytes, *, dimension: int, threads: int = 0) -> None:
        core = import_openvino().Core()
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",  # else bfloat16 where the CPU has it: other vectors elsewhere
            "ENABLE_CPU_PINNING": False,  # two processes would sit on the same cores
        }
        if threads:
            settings["INFERENCE_NUM_THREADS"] = threads
        compiled = core.compile_model(core.read_model(xml, weights), "CPU", settings)
        self._request = compiled.create_infer_request()
        self.dimension = dimension

    def predict(self, batch: PixelBatch) -> Vectors:
        """(n, 299, 299, 3) uint8 -> (n, dimension) float32, as the network gives it."""
        parts = [self._part(batch[i : i + AT_ONCE]) for i in range(0, len(batch), AT_ONCE)]
        return Vectors(np.concatenate(parts))

    def warm_up(self) -> None:
        """Runs a few batch sizes once."""
        for size in WARM:
            self.predict(PixelBatch(np.zeros((size, SIDE, SIDE, 3), np.uint8)))

    def _part(self, batch: Any) -> Any:
        rows = self._request.infer({0: batch})[0]
        return np.array(rows, np.float32).reshape(len(batch), self.dimension)


def open_engine(engines: Engines, model: Manifest, *, threads: int) -> OpenVinoEngine:
    """A model's engine from the data folder. Raises EngineMissing, DamagedEngine."""
    xml, weights = engines.read(model)
    return OpenVinoEngine(xml, weights, dimension=model.dimension, threads=threads)
