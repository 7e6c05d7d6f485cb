"""The data folder: where things lie, and models as folders that are published once and never changed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.files import fsync_folder, sha256_of, write_beside

MODEL_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
MANIFEST = "manifest.json"
BASES = ("inception-v3-imagenet", "inception-v3-standin")  # Inception-v3 as it comes, the better one first


class UnknownModel(LookupError):
    """No model of that name is published."""


class DamagedModel(RuntimeError):
    """A model folder does not hold what its manifest says."""


class ModelExists(RuntimeError):
    """A model of that name is already published."""


class Gate(BaseModel):
    """Whether a model is better than the one it was learnt from: mAP and the difference's 95% interval."""

    passed: bool  # low > 0
    judged_by: Literal["held_out", "judged_queries"]
    queries: int
    base: float
    candidate: float
    difference: float
    low: float
    high: float


class Manifest(BaseModel):
    """What a model is: everything needed to embed with it and to know where it came from."""

    name: str = Field(pattern=MODEL_NAME)
    base: str | None = None
    # model.keras, a frozen TensorFlow graph model.pb, a projection.npz of the base's vectors, or no file:
    # only vectors, made elsewhere
    kind: Literal["keras", "graph", "projection", "vectors"]
    dimension: int
    input_range: tuple[float, float]
    input_tensor: str | None = None  # graph only
    feature: str  # feature layer (keras) or tensor (graph)
    preprocessing: dict[str, Any]  # shared.images.PREPROCESSING at the time of publishing
    source: str
    created: datetime
    dataset: dict[str, Any] | None = None
    settings: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    gate: Gate | None = None
    job: str | None = None  # that published it
    versions: dict[str, str] = {}  # of the packages it was made with
    exports: dict[str, dict[str, Any]] = {}  # file -> how to read it, of those beside model.keras
    files: dict[str, str] = {}  # name -> sha256

    @property
    def is_network(self) -> bool:
        """Whether it turns photos into vectors by itself."""
        return self.kind in ("keras", "graph")


class ModelStore:
    """The published models below `models/` of the data folder."""

    def __init__(self, data: Path) -> None:
        self.path = data / "models"

    def names(self) -> list[str]:
        """Every published model, sorted."""
        return sorted(manifest.parent.name for manifest in self.path.glob(f"[!.]*/{MANIFEST}"))

    def default(self, preferred: str | None = None) -> str | None:
        """The model to begin with: `preferred`, else one of BASES, else the newest; None where there is none.

        A projected model counts where its base is, one of only vectors never. Raises UnknownModel where
        `preferred` is not published.
        """
        if preferred is not None:
            return self.folder(preferred).name
        manifests = {name: self.manifest(name) for name in self.names()}
        networks = {name for name, one in manifests.items() if one.is_network}
        able = [name for name, one in manifests.items() if name in networks or one.base in networks]
        return next(
            (name for name in BASES if name in networks),
            max(able, key=lambda name: manifests[name].created, default=None),
        )

    def folder(self, name: str) -> Path:
        """The folder of a published model. Raises UnknownModel."""
        if name not in self.names():
            raise UnknownModel(f"There is no model {name!r}.")
        return self.path / name

    def manifest(self, name: str) -> Manifest:
        """What a model says of itself. Raises UnknownModel."""
        return Manifest.model_validate_json((self.folder(name) / MANIFEST).read_bytes())

    def verify(self, name: str) -> Manifest:
        """The manifest, after each file's sha256 was compared. Raises UnknownModel, DamagedModel."""
        manifest, folder = self.manifest(name), self.folder(name)
        for file, digest in manifest.files.items():
            if not (folder / file).is_file() or sha256_of(folder / file) != digest:
                raise DamagedModel(f"{file} of the model {name!r} is not the file that was published.")
        return manifest

    def delete(self, name: str) -> None:
        """Removes a model's folder: first its name, so that nobody finds half of it. Raises UnknownModel."""
        folder = self.folder(name)
        away = folder.with_name(f".{name}.{os.urandom(6).hex()}")
        folder.rename(away)
        fsync_folder(self.path)
        shutil.rmtree(away, ignore_errors=True)

    @contextmanager
    def publishing(self, manifest: Manifest) -> Iterator[Path]:
        """A folder to write a model's files into; published as `manifest.name` when the block ends well.

        Fills `files` of the manifest. Raises ModelExists.
        """
        target = self.path / manifest.name
        beside = self.path / f".{manifest.name}.{os.urandom(6).hex()}"
        beside.mkdir(parents=True)
        try:
            yield beside
            if target.exists():
                raise ModelExists(f"The model {manifest.name!r} is already published.")
            written = sorted(path for path in beside.rglob("*") if path.is_file())
            files = {path.relative_to(beside).as_posix(): sha256_of(path) for path in written}
            for path in written:
                with path.open("rb") as opened:
                    os.fsync(opened.fileno())
            final = manifest.model_copy(update={"files": files})
            write_beside(beside / MANIFEST, final.model_dump_json(indent=2).encode())
            beside.rename(target)
            fsync_folder(self.path)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
