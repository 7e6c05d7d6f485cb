"""A fine-tune job as both depths see it: what was asked, where to keep things, and who is told."""

import importlib.metadata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.worker.catalogue import HttpCatalogue
from services.worker.finetune.dataset import Entry, gather
from services.worker.finetune.photos import Photo
from services.worker.finetune.scratch import Scratch
from services.worker.finetune.split import Split
from shared.datasets import DatasetRoots
from shared.finetuning import FromField
from shared.images import PREPROCESSING
from shared.leases import FinetuneOrder
from shared.photos import PhotoRoots
from shared.reports import PhotoError, Published, Training
from shared.sandbox import Sandbox
from shared.schemas import TrainingProgress
from shared.settings import Settings
from shared.store import Manifest, ModelStore, UnknownModel

PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "scikit-learn", "pillow", "nitari")


@dataclass(frozen=True)
class Parts:
    """What a fine-tune works with."""

    settings: Settings
    catalogue: HttpCatalogue
    store: ModelStore
    datasets: DatasetRoots
    photos: PhotoRoots
    sandbox: Sandbox
    pool: ThreadPoolExecutor


@dataclass(frozen=True)
class Job:
    """One attempt at a job; it goes on from where the attempt before it was killed."""

    id: str
    page: int
    holder: str
    order: FinetuneOrder
    parts: Parts
    scratch: Scratch

    def entries(self) -> list[Entry]:
        """The photos that are asked for. Raises DatasetGone."""
        return gather(self.order, self.parts.datasets, self.parts.photos, self.parts.catalogue)

    def say(
        self, note: str, progress: TrainingProgress | None = None, errors: Sequence[PhotoError] = ()
    ) -> None:
        """How far it is. Raises LeaseLost."""
        report = Training(
            page_id=self.page,
            holder=self.holder,
            note=note,
            progress=progress or TrainingProgress(),
            errors=list(errors),
        )
        self.parts.catalogue.report(report)

    def published(self) -> Manifest | None:
        """The model, where an earlier attempt has published it."""
        try:
            manifest = self.parts.store.manifest(self.order.name)
        except UnknownModel:
            return None
        return manifest if manifest.job == self.id else None

    def announce(self, manifest: Manifest, *, final: bool) -> None:
        """The model can be used. Raises LeaseLost."""
        dataset = manifest.dataset or {}
        result = {
            "metrics": manifest.metrics,
            "gate": manifest.gate.model_dump() if manifest.gate else None,
            "dataset": {**dataset, "classes": len(dataset.get("classes", []))},
        }
        report = Published(
            page_id=self.page, holder=self.holder, model=manifest.name, result=result, final=final
        )
        self.parts.catalogue.report(report)

    def manifest(self, split: Split, photos: Sequence[Photo], *, hash: str, **own: Any) -> Manifest:
        """What the model says of itself; `own` is what the depth adds."""
        asked = self.order.request.dataset
        source = f"values of {asked.from_field}" if isinstance(asked, FromField) else asked
        dataset = {
            "name": source,
            "hash": hash,
            "classes": split.classes,
            "photos": len(photos),
            "learnt_from": len(split.learn),
            "held_out": len(split.judge),
            "unseen": len(split.unseen),
        }
        return Manifest(
            name=self.order.name,
            base=self.order.base,
            preprocessing=PREPROCESSING,
            source=f"learnt from {source}",
            created=datetime.now(UTC),
            dataset=dataset,
            settings=self.order.request.resolved(),
            job=self.id,
            versions=_versions(),
            **own,
        )


def _versions() -> dict[str, str]:
    found = {
        package.metadata["Name"].lower().replace("_", "-"): package.version
        for package in importlib.metadata.distributions()
    }
    return {name: found[name] for name in PACKAGES if name in found}
