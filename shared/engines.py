"""What runs a network, and networks made ready for OpenVINO in `engines/` of the data folder.

All of it is made of published models: deleting it loses nothing but the seconds that it takes to make.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from pydantic import BaseModel, ValidationError

from shared.files import fsync_folder, sha256_of, write_beside
from shared.store import MANIFEST, DamagedModel, Manifest
from shared.vectors import PixelBatch, Vectors

OPENVINO: Final = "openvino"
TENSORFLOW: Final = "tensorflow"
EngineName = Literal["openvino", "tensorflow"]
XML, BIN = "model.xml", "model.bin"
MADE_OF = {"dimension", "feature", "files", "input_range", "input_tensor"}  # of a model's manifest


class EngineMissing(RuntimeError):
    """The engine that was asked for is not there."""


class DamagedEngine(DamagedModel):
    """An engine's files are not those that were written."""


class Engine(Protocol):
    """Runs one network."""

    name: EngineName
    dimension: int

    def predict(self, batch: PixelBatch) -> Vectors:
        """(n, 299, 299, 3) uint8 -> (n, dimension) float32, as the network gives it."""

    def warm_up(self) -> None:
        """Pays the cost of first calls."""


class EngineManifest(BaseModel):
    """What an engine was made of, and its own files."""

    engine: EngineName
    model: str
    made_of: dict[str, Any]  # MADE_OF of the model's manifest: another network under that name is another
    cosine: float  # the smallest to what TensorFlow gives, over the photos it was checked with
    versions: dict[str, str]
    files: dict[str, str] = {}  # name -> sha256


class Engines:
    """The engines below `engines/<model>/` of the data folder."""

    def __init__(self, data: Path) -> None:
        self.path = data / "engines"

    def folder(self, model: str) -> Path:
        """Where the model's OpenVINO engine is, or would be."""
        return self.path / model / OPENVINO

    def current(self, model: Manifest) -> EngineManifest | None:
        """The engine of just this network; None where there is none, or one of other files."""
        try:
            manifest = EngineManifest.model_validate_json((self.folder(model.name) / MANIFEST).read_bytes())
        except (OSError, ValidationError):
            return None
        return manifest if manifest.made_of == made_of(model) else None

    def read(self, model: Manifest) -> tuple[bytes, bytes]:
        """model.xml and model.bin, checked as they were read. Raises EngineMissing, DamagedEngine."""
        if (manifest := self.current(model)) is None:
            raise EngineMissing(f"The model {model.name!r} has no OpenVINO engine; run `make weights`.")
        xml, weights = (self._file(model.name, file, manifest) for file in (XML, BIN))
        return xml, weights

    def _file(self, model: str, file: str, manifest: EngineManifest) -> bytes:
        try:
            content = (self.folder(model) / file).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != manifest.files.get(file):
            raise DamagedEngine(
                f"{file} of the engine of {model!r} is not the file that was written. Delete"
                f" {self.folder(model)} and run `make weights`."
            )
        return content

    @contextmanager
    def publishing(self, manifest: EngineManifest) -> Iterator[Path]:
        """A folder for model.xml and model.bin; takes the old engine's place when the block ends well."""
        target = self.folder(manifest.model)
        beside = target.with_name(f".{OPENVINO}.{os.urandom(6).hex()}")
        beside.mkdir(parents=True)
        try:
            yield beside
            for file in (XML, BIN):
                with (beside / file).open("rb") as opened:
                    os.fsync(opened.fileno())
            manifest.files = {file: sha256_of(beside / file) for file in (XML, BIN)}
            write_beside(beside / MANIFEST, manifest.model_dump_json(indent=2).encode())
            if target.exists():  # a folder is not renamed over another; between the two TensorFlow runs
                target.rename(beside.with_name(f"{beside.name}.old"))
            beside.rename(target)
            fsync_folder(target.parent)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            shutil.rmtree(beside.with_name(f"{beside.name}.old"), ignore_errors=True)

    def delete(self, model: str) -> None:
        """Removes a model's engines, if it has any."""
        shutil.rmtree(self.path / model, ignore_errors=True)


def made_of(model: Manifest) -> dict[str, Any]:
    """What of a model an engine depends on."""
    return model.model_dump(mode="json", include=MADE_OF)


def choose(
    model: Manifest, engines: Engines, *, setting: str, gpu: Callable[[], bool], tensorflow: bool
) -> EngineName:
    """Which engine runs a network; `gpu` is asked only where TensorFlow is there. Raises EngineMissing."""
    if setting == TENSORFLOW or (setting == "auto" and tensorflow and gpu()):
        return TENSORFLOW
    if engines.current(model) is not None:
        return OPENVINO
    if setting == OPENVINO or not tensorflow:
        raise EngineMissing(f"The model {model.name!r} has no OpenVINO engine; run `make weights`.")
    return TENSORFLOW
