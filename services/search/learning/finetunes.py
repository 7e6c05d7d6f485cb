"""Turns what is asked of a fine-tune into an order: dataset, base and name are found, or refused."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from services.search.learning.names import free_name
from services.search.models import Models
from services.search.wanted import Plan, Wanted
from shared.datasets import DatasetNotFound, DatasetRef, DatasetRoots
from shared.finetuning import Depth, FinetuneRequest, FromField
from shared.leases import FinetuneOrder
from shared.store import Manifest, ModelStore

# Whether a model can be learnt from these photos; raises an error that says why not.
Check = Callable[[DatasetRef | FromField], None]
BASES: dict[Depth, tuple[str, ...]] = {"top": ("keras",), "head": ("keras", "graph")}  # kinds of model


class UnsuitableBase(ValueError):
    """A model of a kind that nothing can be learnt from at this depth."""

    field = "base"


class Finetunes:
    """Plans fine-tunes; `check` looks into a dataset before there is a job."""

    def __init__(
        self, store: ModelStore, models: Models, roots: DatasetRoots, *, zone: str | None, check: Check
    ) -> None:
        self._store = store
        self._models = models
        self._roots = roots
        self._zone = None if zone is None else ZoneInfo(zone)
        self._check = check

    def plan(self, request: FinetuneRequest) -> Plan:
        """A job to be made, whose plan raises ModelExists.

        Raises PathNotAllowed, DatasetNotFound, UnknownModel, NoModel, UnsuitableBase, and what `check` does.
        """
        base = self._base(request)
        asked = request.dataset
        dataset = asked if isinstance(asked, FromField) else self._roots.find(asked)
        validation = self._validation(request.validation)
        self._check(dataset)
        if validation is not None:
            self._check(validation)
        folder = dataset if isinstance(dataset, DatasetRef) else None

        def plan(write: sqlite3.Connection) -> Wanted:
            name = self._name(write, request.name)
            order = FinetuneOrder(
                request=request, name=name, base=base, dataset=folder, validation=validation
            )
            return Wanted("finetune", "train", order.model_dump_json(), base, [])

        return plan

    def _base(self, request: FinetuneRequest) -> str:
        manifest = self._models.manifest(self._models.named(request.base))
        while request.base is None and manifest.base in self._store.names():
            # as it came: what is held out now, a model that was learnt here may have learnt from
            manifest = self._models.manifest(manifest.base)
        if manifest.kind not in BASES[request.depth]:
            raise UnsuitableBase(_unsuitable(manifest, request.depth))
        return manifest.name

    def _validation(self, validation: str | float) -> DatasetRef | None:
        if not isinstance(validation, str):
            return None
        try:
            return self._roots.find(validation)
        except DatasetNotFound as error:
            error.field = "validation"
            raise

    def _name(self, write: sqlite3.Connection, asked: str | None) -> str:
        today = datetime.now(self._zone).date().isoformat()
        return free_name(write, self._store, asked, (f"{today}-{n}" for n in count(1)))


def _unsuitable(manifest: Manifest, depth: Depth) -> str:
    if manifest.kind == "vectors":
        return f"{manifest.name!r} are only vectors: there is no network to learn from."
    return (
        f"{manifest.name!r} is a {manifest.kind} model; depth {depth}"
        f" learns from {' or '.join(BASES[depth])} ones."
    )
