"""The index of a projected model: SQLite and its writers know the base's rows alone."""

from collections.abc import Sequence

from services.search.index import Index
from services.search.memory import Batch
from shared.projected import network_of, projection_of
from shared.projection import Projection
from shared.store import ModelStore
from shared.vectors import to_unit


class ProjectedIndex(Index):
    """Takes rows of the base and keeps what the projection makes of them."""

    def __init__(self, model: str, base: str, projection: Projection) -> None:
        super().__init__(model, projection.dimension)
        self.source = base
        self._projection = projection

    def replace(
        self, removed: Sequence[int], added: Batch | None = None, *, moved: Sequence[tuple[int, int]] = ()
    ) -> None:
        """As any index does; `added` are rows of the base, projected before anybody has to wait."""
        if added is not None:  # the lengths are of the base's rows; what they become has its own
            added = Batch(added.images, added.items, *to_unit(self._projection.apply(added.rows)))
        super().replace(removed, added, moved=moved)


def index_of(store: ModelStore, model: str) -> Index:
    """A model's index, empty. Raises UnknownModel, MissingBase, DamagedModel."""
    manifest = store.manifest(model)
    if manifest.kind == "projection":
        return ProjectedIndex(model, network_of(store, model), projection_of(store, model))
    return Index(model, manifest.dimension)
