"""The index of a projected model: SQLite and its writers know the base's rows alone."""

from collections.abc import Sequence

from services.search.index import Index
from shared.projected import network_of, projection_of
from shared.projection import Projection
from shared.store import ModelStore
from shared.vectors import Lengths, UnitVectors, to_unit


class ProjectedIndex(Index):
    """Takes rows of the base and keeps what the projection makes of them."""

    def __init__(self, model: str, base: str, projection: Projection) -> None:
        super().__init__(model, projection.dimension)
        self.source = base
        self._projection = projection

    def put(self, images: Sequence[int], items: Sequence[int], rows: UnitVectors, lengths: Lengths) -> None:
        """Adds rows of the base, or replaces those of images that are there."""
        del lengths  # of the base's rows; what they become has its own
        super().put(images, items, *to_unit(self._projection.apply(rows)))


def index_of(store: ModelStore, model: str) -> Index:
    """A model's index, empty. Raises UnknownModel, MissingBase, DamagedModel."""
    manifest = store.manifest(model)
    if manifest.kind == "projection":
        return ProjectedIndex(model, network_of(store, model), projection_of(store, model))
    return Index(model, manifest.dimension)
