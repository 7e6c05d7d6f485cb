"""Turns what is asked of an import of vectors into an order: what it names is found, or it is refused."""

import sqlite3

from services.search.learning.names import promised
from services.search.wanted import Plan, Wanted
from shared.photos import PhotoRoots
from shared.settings import Settings
from shared.store import Manifest, ModelExists, ModelStore
from shared.vector_folders import VectorRoots
from shared.vector_imports import VectorsOrder, VectorsRequest


class TakesNoVectors(ValueError):
    """A projected model: its vectors are made of its base's."""

    field = "model"


class VectorOrders:
    """Plans imports of vectors."""

    def __init__(self, settings: Settings, store: ModelStore, photos: PhotoRoots) -> None:
        self._store = store
        self._photos = photos
        self._roots = VectorRoots(settings)

    def plan(self, request: VectorsRequest) -> Plan:
        """A job to be made, whose plan raises ModelExists.

        Raises PathNotAllowed, VectorsNotFound, FolderNotFound, TakesNoVectors.
        """
        manifest = self._manifest(request.model)
        root, path = self._roots.find(request.path)
        folders = [] if request.photos is None else [self._photos.find(request.photos)]
        order = VectorsOrder(
            root=root,
            path=path,
            model=request.model,
            photos=request.photos,
            source=request.source,
            network=manifest is not None and manifest.is_network,
            fresh=manifest is None,
            dimension=None if manifest is None else manifest.dimension,
        )

        def plan(write: sqlite3.Connection) -> Wanted:
            if order.fresh:
                self._take(write, order.model)
            everything = request.photos is None
            asked = order.model_dump_json()
            return Wanted("vectors", "vectors", asked, order.model, folders, everything=everything)

        return plan

    def _manifest(self, name: str) -> Manifest | None:
        """Of the model that the vectors are of; None where there is none of that name."""
        manifest = self._store.manifest(name) if name in self._store.names() else None
        if manifest is not None and manifest.kind == "projection":
            raise TakesNoVectors(
                f"{name!r} is a projection of {manifest.base!r}: give the vectors of {manifest.base!r}."
            )
        return manifest

    def _take(self, write: sqlite3.Connection, name: str) -> None:
        """A new name is one job's; rows that a model of that name left behind are not its own."""
        if name in self._store.names() or name in promised(write):
            raise ModelExists(f"The model {name!r} is published by now, or a job is about to publish it.")
        write.execute("DELETE FROM vectors WHERE model = ?", (name,))
